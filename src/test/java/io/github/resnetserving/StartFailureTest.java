package io.github.resnetserving;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
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
        .hasRootCauseMessage(
            "there is no model nothere; there are: cifar10-resnet20, imagenette-resnet18");

    assertThat(output)
        .contains("APPLICATION FAILED TO START")
        .contains("there is no model nothere; there are: cifar10-resnet20, imagenette-resnet18")
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

  @Test
  void aMisspelledSettingStopsTheStartInASentence(CapturedOutput output) {
    assertThatThrownBy(() ->
            SpringApplication.run(
                ResNetServing.class, "--server.port=0", "--resnet.batching.max-bach=4"))
        .hasMessage(
            "there is no property resnet.batching.max-bach, but there is"
                + " resnet.batching.max-batch");

    assertThat(output)
        .contains("APPLICATION FAILED TO START")
        .contains("there is no property resnet.batching.max-bach, but there is")
        .contains("docs/configuration.md lists all settings.")
        .doesNotContain("\tat ");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "resnet.precision=int7 | resnet.precision is \"int7\": it must be auto, fp32, bf16, fp16 or"
            + " int8",
        "resnet.image.decode=rough | resnet.image.decode is \"rough\": it must be exact or fast",
        "resnet.engine.plan=best | resnet.engine.plan is \"best\": it must be direct, fused, plain"
            + " or eager",
        "resnet.device=tpu | resnet.device is \"tpu\": it must be auto, cpu, or gpu:N, such as"
            + " gpu:0",
        "resnet.batching.max-batch=many | resnet.batching.max-batch is \"many\": it must be a whole"
            + " number",
        "resnet.batching.max-batch=0 | resnet.batching.max-batch is 0: it must be positive",
        "resnet.batching.max-delay=soon | resnet.batching.max-delay is \"soon\": it must be a time,"
            + " such as 500ms, 10s or 2m",
        "resnet.limits.max-body=huge | resnet.limits.max-body is \"huge\": it must be a size, such"
            + " as 512KB or 20MB",
        "resnet.offline=perhaps | resnet.offline is \"perhaps\": it must be true or false",
        "resnet.access.keys[0].name=app | resnet.access.keys has a key without a sha256: the"
            + " command keys new prints name and sha256",
        "resnet.image.background=red | resnet.image.background: "
      })
  void aBadValueStopsTheStartAndTheAllowedOnesAreTold(
      String setting, String message, CapturedOutput output) {
    assertThatThrownBy(
            () -> SpringApplication.run(ResNetServing.class, "--server.port=0", "--" + setting))
        .isNotNull();

    assertThat(output)
        .contains("APPLICATION FAILED TO START")
        .contains("Description:" + System.lineSeparator() + System.lineSeparator() + message)
        .doesNotContain("No enum constant")
        .doesNotContain("bean")
        .doesNotContain("\tat ");
  }
}
