package io.github.resnetserving.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.resnetserving.engine.EngineOptions;
import io.github.resnetserving.engine.InferenceEngine;
import io.github.resnetserving.graph.NetworkFile;
import io.github.resnetserving.models.ModelRepository;
import io.github.resnetserving.models.ModelSpec;
import io.github.resnetserving.tensor.NetworkInput.Pixels;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Networks that other libraries wrote, with the logits that those compute. The scripts beside the
 * files in src/test/resources/foreign made both.
 */
class ForeignModelsTest {

  private static final Path FILES = Path.of("src/test/resources/foreign");
  private static final int SIDE = 224;

  @TempDir private Path folder;

  @ParameterizedTest
  @CsvSource({
    "export-folded.onnx",
    "export-separate.onnx",
    "export-average.onnx",
    "zoo-v2.onnx",
    "external.onnx"
  })
  void theLogitsAreThoseOfTheOtherLibrary(String file) throws Exception {
    ProgramRun added = add(FILES.resolve(file));

    assertThat(added.exitCode()).as(added.err()).isZero();
    float[] expected = expected(file);
    float[] actual = logits();
    float largest = 0;
    for (float logit : expected) {
      largest = Math.max(largest, Math.abs(logit));
    }
    assertThat(actual).hasSameSizeAs(expected);
    for (int i = 0; i < expected.length; i++) {
      assertThat(actual[i]).isCloseTo(expected[i], within(1e-4f * largest));
    }
  }

  private ProgramRun add(Path file, String... options) {
    List<String> words =
        new ArrayList<>(List.of("models", "add", "net", "--weights", file.toString()));
    words.addAll(List.of(options));
    words.addAll(List.of("--models-dir", folder.resolve("models").toString()));
    return ProgramRun.of(words.toArray(String[]::new));
  }

  private static float[] expected(String file) throws Exception {
    JsonNode all = JsonMapper.shared().readTree(Files.readString(FILES.resolve("logits.json")));
    JsonNode numbers = all.get(file);
    float[] logits = new float[numbers.size()];
    for (int i = 0; i < logits.length; i++) {
      logits[i] = numbers.get(i).floatValue();
    }
    return logits;
  }

  /** Of the model that was added, as it is served. */
  private float[] logits() throws Exception {
    ModelSpec spec = new ModelRepository(folder.resolve("models")).find("net", "1").orElseThrow();
    try (NetworkFile weights = NetworkFile.open(spec.weights(), spec.network());
        InferenceEngine engine =
            InferenceEngine.load(
                weights.network(), spec.preprocessing(), EngineOptions.ofMachine(1))) {
      return engine.run(List.of(image())).getFirst().logits();
    }
  }

  private static Pixels image() {
    byte[] rgb = new byte[SIDE * SIDE * 3];
    for (int y = 0; y < SIDE; y++) {
      for (int x = 0; x < SIDE; x++) {
        for (int c = 0; c < 3; c++) {
          rgb[(y * SIDE + x) * 3 + c] = (byte) (x * (3 + c) + y * (5 - c) + x * y / 16 + 40 * c);
        }
      }
    }
    return new Pixels(SIDE, SIDE, rgb);
  }
}
