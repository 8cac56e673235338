package io.github.resnetserving.capacity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.resnetserving.capacity.Figures.Besides;
import io.github.resnetserving.capacity.Figures.DecodedImage;
import io.github.resnetserving.capacity.Times.EquallyLikely;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

class FiguresTest {

  private static final JsonMapper JSON = new JsonMapper();

  @TempDir private Path folder;

  static Figures figures() {
    return new Figures(
        "a processor @ 2.50GHz",
        2,
        "cifar10-resnet20",
        "int8",
        "direct",
        2,
        1,
        List.of(new DecodedImage("photo.jpg", 60_000, new EquallyLikely(List.of(1.5, 1.6)))),
        1.25,
        List.of(new EquallyLikely(List.of(5.0)), new EquallyLikely(List.of(8.0, 9.0))),
        1.5,
        Optional.of(new EquallyLikely(List.of(3.5))),
        new Besides(0.4, 0.3, 0.2, 500));
  }

  private Path written(ObjectNode object) throws IOException {
    return Files.writeString(folder.resolve("figures.json"), object.toString());
  }

  private ObjectNode object() throws IOException {
    Path file = folder.resolve("figures.json");
    figures().write(file);
    return (ObjectNode) JSON.readTree(Files.readString(file));
  }

  @Test
  void whatIsWrittenIsRead() throws IOException {
    Path file = folder.resolve("figures.json");

    figures().write(file);

    assertThat(Figures.read(file)).isEqualTo(figures());
  }

  @Test
  void withoutATeamThereIsNoTimeOfOne() throws IOException {
    ObjectNode object = object();
    object.remove("spread_ms");

    assertThat(Figures.read(written(object)).spread()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "format",
        "processor",
        "processors",
        "model",
        "precision",
        "plan",
        "workers",
        "threads",
        "images",
        "decode_slowdown",
        "batches_ms",
        "compute_slowdown",
        "request_ms",
        "wait_ms",
        "client_ms",
        "resident_mb"
      })
  void aFieldThatIsMissingIsNamed(String field) throws IOException {
    ObjectNode object = object();
    object.remove(field);
    Path file = written(object);

    assertThatThrownBy(() -> Figures.read(file))
        .isInstanceOf(IOException.class)
        .hasMessage("%s: %s is missing", file, field);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "format | 2 | format is 2, and this release reads 1: measure the machine again with bench"
            + " machine",
        "processor | \"a\\nb\" | processor is \"a\\nb\": it must be a text of one line",
        "processors | 0 | processors is 0: it must be a whole number of at least 1",
        "workers | 1.5 | workers is 1.5: it must be a whole number of at least 1",
        "threads | \"2\" | threads is \"2\": it must be a whole number of at least 1",
        "images | [] | images must be a list of 1 to 4096 entries",
        "images | [3] | images[0] must be an object",
        "images | [{\"name\":\"a\"}] | images[0].bytes is missing",
        "images | [{\"name\":\"a\",\"bytes\":9,\"decode_ms\":7}] | images[0].decode_ms must be a"
            + " list of at least one time in milliseconds",
        "decode_slowdown | 0.5 | decode_slowdown is 0.5: it must be a number of at least 1",
        "batches_ms | 3 | batches_ms must be a list of 1 to 4096 entries",
        "batches_ms | [[1],[\"x\"]] | batches_ms[1] holds \"x\": it must hold numbers",
        "batches_ms | [[2,1]] | batches_ms[0]: the times are [2.0, 1.0]: each must be positive and"
            + " at least the one before",
        "batches_ms | [[0]] | batches_ms[0]: the times are [0.0]: each must be positive and at"
            + " least the one before",
        "spread_ms | [] | spread_ms must be a list of at least one time in milliseconds",
        "request_ms | -1 | request_ms is -1: it must be a number of at least 0",
        "resident_mb | \"much\" | resident_mb is \"much\": it must be a number of at least 0",
      })
  void aFieldThatIsWrongIsNamedWithWhatItMustBe(String field, String value, String message)
      throws IOException {
    ObjectNode object = object();
    object.set(field, JSON.readTree(value));
    Path file = written(object);

    assertThatThrownBy(() -> Figures.read(file))
        .isInstanceOf(IOException.class)
        .hasMessage("%s: %s", file, message);
  }

  @Test
  void aFileThatIsNoneOrNoJsonIsRefused() throws IOException {
    Path none = folder.resolve("none.json");
    Path text = Files.writeString(folder.resolve("text.json"), "figures");
    Path list = Files.writeString(folder.resolve("list.json"), "[]");

    assertThatThrownBy(() -> Figures.read(none))
        .hasMessage("there is no file %s: bench machine measures this machine and writes it", none);
    assertThatThrownBy(() -> Figures.read(text)).hasMessageStartingWith(text + " is no JSON: ");
    assertThatThrownBy(() -> Figures.read(list))
        .hasMessage("%s holds no JSON object: bench machine writes one", list);
  }

  @Test
  void aMeasurementIsKeptByTheMeansOfItsFiftieths() {
    double[] measured = new double[1000];
    for (int i = 0; i < measured.length; i++) {
      measured[i] = measured.length - i;
    }

    EquallyLikely times = EquallyLikely.of(measured);

    assertThat(times.millis()).hasSize(50).startsWith(10.5, 30.5).endsWith(970.5, 990.5);
    assertThat(times.mean()).isEqualTo(500.5);
    assertThat(EquallyLikely.of(3, 1, 2).millis()).containsExactly(1.0, 2.0, 3.0);
  }

  @Test
  void anImageOfABatchCostsItsPartOfIt() {
    assertThat(figures().busyComputeMillis(1)).isEqualTo(7.5);
    assertThat(figures().busyComputeMillis(2)).isEqualTo(1.5 * 8.5 / 2);
    assertThat(figures().busyComputeMillis(1.5)).isEqualTo(1.5 * 6.75 / 1.5);
  }
}
