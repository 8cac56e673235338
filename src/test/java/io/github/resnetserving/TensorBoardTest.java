package io.github.resnetserving;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.resnetserving.ExternalProgram.Run;
import io.github.resnetserving.evaluation.Epoch;
import io.github.resnetserving.evaluation.Evaluation;
import io.github.resnetserving.evaluation.Report;
import io.github.resnetserving.evaluation.Sample;
import io.github.resnetserving.models.Labels;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * The event file of a report, read by TensorBoard itself. It comes from PyPI, into an environment
 * under {@code target}; skipped where that cannot be made.
 */
@Timeout(600)
class TensorBoardTest {

  @TempDir private Path folder;

  @Test
  void tensorBoardReadsTheScalarsOfEachEpoch() throws Exception {
    PythonEnvironment python = PythonEnvironment.of("tensorboard");
    Evaluation evaluation = new Evaluation(Labels.numbered(2));
    evaluation.add(
        new Sample(new Sample.Image("a", 0, () -> new byte[0]), List.of(new float[] {1, 0})));
    new Report(
            "Training",
            new LinkedHashMap<>(),
            List.of(new Report.Run("fp32", "direct on cpu", evaluation, 1)),
            List.of(epoch(1, 2.5, 0.25), epoch(200, 0.75, 0.5)),
            Instant.parse("2026-01-02T03:04:05Z"))
        .write(folder);

    Run reader =
        python.run(
            Map.of(),
            Duration.ofMinutes(2),
            "python",
            PythonEnvironment.SOURCES.resolve("read_events.py").toString(),
            folder.toString());

    assertThat(reader.status()).as(reader.output()).isZero();
    assertThat(reader.output().lines().filter(line -> line.matches("(accuracy|loss)/.*")))
        .containsExactly(
            "accuracy/validation 1 0.25 1767323015.0",
            "accuracy/validation 200 0.5 1767323045.0",
            "loss/training 1 2.5 1767323015.0",
            "loss/training 200 0.75 1767323045.0");
  }

  private static Epoch epoch(int number, double loss, double accuracy) {
    SequencedMap<String, Double> values = new LinkedHashMap<>();
    values.put("loss/training", loss);
    values.put("accuracy/validation", accuracy);
    return new Epoch(number, 30, values);
  }
}
