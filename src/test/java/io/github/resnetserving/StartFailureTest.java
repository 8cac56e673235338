package io.github.resnetserving;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;

@ExtendWith(OutputCaptureExtension.class)
class StartFailureTest {

  @TempDir private Path models;

  @Test
  void aModelThatIsNotThereStopsTheStartInASentence(CapturedOutput output) {
    assertThatThrownBy(() ->
            SpringApplication.run(
                ResNetServing.class,
                "--server.port=0",
                "--resnet.models-dir=" + models,
                "--resnet.default-model=nothere"))
        .hasRootCauseMessage("there is no model nothere; there are: cifar10-resnet20");

    assertThat(output)
        .contains("APPLICATION FAILED TO START")
        .contains("there is no model nothere; there are: cifar10-resnet20")
        .contains("Name models that are there, or say where they lie with --models-dir.");
  }

  @Test
  void aGpuThatIsNotThereStopsTheStartInASentence(CapturedOutput output) {
    assertThatThrownBy(() ->
            SpringApplication.run(ResNetServing.class, "--server.port=0", "--resnet.device=gpu:99"))
        .rootCause()
        .hasMessageStartingWith("gpu:99 was asked for, but there is ");

    assertThat(output).contains("APPLICATION FAILED TO START").contains("gpu:99 was asked for");
  }

  @Test
  void aPrecisionOfGpusStopsTheStartOfAProcessor(CapturedOutput output) {
    assertThatThrownBy(() ->
            SpringApplication.run(
                ResNetServing.class,
                "--server.port=0",
                "--resnet.device=cpu",
                "--resnet.precision=fp16"))
        .rootCause()
        .hasMessageStartingWith("fp16 is for GPUs, and networks are computed on cpu: take auto");

    assertThat(output).contains("APPLICATION FAILED TO START");
  }
}
