package io.github.resnetserving.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.resnetserving.capacity.Figures;
import io.github.resnetserving.capacity.Figures.Besides;
import io.github.resnetserving.capacity.Figures.DecodedImage;
import io.github.resnetserving.capacity.Times.EquallyLikely;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.yaml.snakeyaml.Yaml;

class CapacityCommandTest {

  @TempDir private Path folder;

  /** Two processors, 2 + 4 ms an image in batches, 0.5 ms a request and 1 ms of decoding. */
  @BeforeEach
  void measured() throws IOException {
    new Figures(
            "a processor",
            2,
            "resnet50",
            "int8",
            "direct",
            2,
            1,
            List.of(new DecodedImage("photo.jpg", 60_000, new EquallyLikely(List.of(1.0)))),
            1,
            List.of(
                new EquallyLikely(List.of(6.0)),
                new EquallyLikely(List.of(10.0)),
                new EquallyLikely(List.of(14.0)),
                new EquallyLikely(List.of(18.0))),
            1,
            Optional.empty(),
            new Besides(0.5, 0.1, 0.2, 500))
        .write(folder.resolve("figures.json"));
  }

  private ProgramRun capacity(String... options) {
    List<String> words = new ArrayList<>(List.of("capacity"));
    words.add("--machine=" + folder.resolve("figures.json"));
    words.add("--requests=2000");
    words.addAll(List.of(options));
    return ProgramRun.of(words.toArray(String[]::new));
  }

  @Test
  void loadsKneeReplicasAndValuesArePrinted() {
    ProgramRun run = capacity("--rate=2000", "--p99=60ms");

    assertThat(run.err()).isEmpty();
    assertThat(run.exitCode()).isZero();
    // 2000 / (0.5 + 1 + 18 / 4) = 333 at most
    assertThat(run.out())
        .containsPattern("resnet50 in int8 on a processor, 2 processors: .* up to 33\\d\\.\\d ")
        .contains("load   requests/s  p50 ms  p95 ms  p99 ms  mean batch  processors busy")
        .contains("\n10 %  ", "\n100 %  ", "\n150 %  ")
        .containsPattern("knee: \\d0 %, ")
        .containsPattern("highest load with a p99 of 60 ms: \\d+ %, ")
        .containsPattern("replicas: \\d, 1 of them spare; up to 1?\\d for 1.5 times the rate")
        .contains("values for the chart:", "targetCpuPercent: ", "kind: hpa");
  }

  @Test
  void theSameSeedGivesTheSameOutputAndAnotherOneDoesNot() {
    String out = capacity("--rate=2000", "--p99=60ms").out();

    assertThat(capacity("--rate=2000", "--p99=0.06s").out()).isEqualTo(out);
    assertThat(capacity("--rate=2000", "--p99=60ms", "--seed=2").out()).isNotEqualTo(out);
  }

  @Test
  void valuesAndPlotAreWritten() throws IOException {
    Path values = folder.resolve("values.yaml");
    Path plot = folder.resolve("latency.png");

    ProgramRun run =
        capacity(
            "--rate=2000", "--p99=60ms", "--scaler=keda", "--output=" + values, "--plot=" + plot);

    assertThat(run.exitCode()).isZero();
    assertThat(run.out()).doesNotContain("values for the chart");
    Map<String, Map<String, Object>> yaml = new Yaml().load(Files.readString(values));
    assertThat(yaml.get("autoscaling"))
        .containsEntry("kind", "keda")
        .containsEntry("minReplicas", 2)
        .containsKeys("maxReplicas", "targetCpuPercent", "targetQueueMillis");
    assertThat(ImageIO.read(plot.toFile()).getWidth()).isEqualTo(900);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      value = {
        "--rate=0 | --p99=60ms | --rate must be positive and --spare between 0 and 1000",
        "--rate=10 | --p99=fast | 'fast' is no time: it must be one such as 150ms or 1.5s",
        "--rate=10 | --p99=0ms | '0ms' is no time: it must be one such as 150ms or 1.5s",
        "--rate=10 | --spare=1 | Missing required option: '--p99=TIME'",
      })
  void wordsThatCannotBeMeantAreWrongUsage(String one, String two, String message) {
    ProgramRun run = capacity(one, two);

    assertThat(run.exitCode()).isEqualTo(2);
    assertThat(run.err()).contains(message);
  }

  @Test
  void aP99ThatCannotBeKeptAndAFileThatIsNotThereFail() {
    ProgramRun slow = capacity("--rate=10", "--p99=5ms");
    ProgramRun none =
        ProgramRun.of("capacity", "--rate=10", "--p99=50ms", "--machine=" + folder + "/none.json");

    assertThat(slow.exitCode()).isEqualTo(1);
    assertThat(slow.err()).startsWith("a p99 of 5 ms cannot be kept here: it is ");
    assertThat(none.exitCode()).isEqualTo(1);
    assertThat(none.err())
        .startsWith("there is no file " + folder + "/none.json: bench machine measures");
  }
}
