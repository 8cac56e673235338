package io.github.resnetserving.models;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.github.resnetserving.fuzz.CostOracle;
import io.github.resnetserving.models.NetworkOptions.Variant;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.provider.MethodSource;

/** The files beside a model's weights: ours, and those that Hugging Face and timm publish. */
class ModelFilesFuzzTest {

  /** Each line is matched against three patterns, whose calls the fuzzer watches at a cost. */
  private static final long LINE_UNITS = 512;

  @TempDir private Path folder;

  static List<byte[]> manifests() {
    return bytes(
        ModelManifest.of(
                "weights.pt",
                "0".repeat(64),
                "labels.csv",
                NetworkOptions.of(Variant.V1_5),
                Preprocessing.CIFAR)
            .toJson());
  }

  static List<byte[]> labelFiles() {
    return bytes("index,wnid,label\n0,n01440764,tench\n1,,goldfish, gold\n", "cat\ndog\n");
  }

  static List<byte[]> configs() {
    return bytes(
        """
        {"architectures": ["ResNetForImageClassification"], "id2label": {"0": "cat", "1": "dog"},
         "depths": [3, 4, 6, 3], "downsample_in_bottleneck": false, "num_labels": 2}\
        """,
        """
        {"architecture": "resnet50", "num_classes": 1000, "pretrained_cfg": {"crop_pct": 0.875,
         "input_size": [3, 224, 224], "interpolation": "bicubic", "mean": [0.485, 0.456, 0.406],
         "std": [0.229, 0.224, 0.225], "crop_mode": "center"}}\
        """);
  }

  static List<byte[]> preprocessors() {
    return bytes(
        """
        {"crop_pct": 0.875, "do_normalize": true, "do_resize": true, "size": 224, "resample": 3,
         "image_processor_type": "ConvNextImageProcessor", "image_mean": [0.5, 0.5, 0.5],
         "image_std": [0.5, 0.5, 0.5]}\
        """,
        """
        {"do_center_crop": true, "size": {"shortest_edge": 256}, "resample": 2,
         "crop_size": {"height": 224, "width": 224}, "rescale_factor": 0.00392156862745098,
         "image_mean": [0.5, 0.5, 0.5], "image_std": [0.5, 0.5, 0.5]}\
        """,
        """
        {"preprocessing": {"resize": 256, "interpolation": "bilinear", "crop": 224,
         "mean": [0.5, 0.5, 0.5], "std": [0.5, 0.5, 0.5]}}\
        """);
  }

  private static List<byte[]> bytes(String... texts) {
    return List.of(texts).stream().map(text -> text.getBytes(UTF_8)).toList();
  }

  @MethodSource("manifests")
  @FuzzTest
  void manifest(byte[] json) {
    check(json, () -> ModelManifest.parse(new String(json, UTF_8), "model.json"));
  }

  @MethodSource("labelFiles")
  @FuzzTest
  void labels(byte[] text) {
    long lines = new String(text, UTF_8).lines().count();
    CostOracle.MESSAGES.check(
        text,
        text.length + LINE_UNITS * lines,
        ModelException.class,
        () -> LabelFile.parse(new String(text, UTF_8), "labels.csv"));
  }

  @MethodSource("configs")
  @FuzzTest
  void config(byte[] json) throws IOException {
    Files.write(folder.resolve("config.json"), json);
    check(json, () -> PublishedSettings.ofFolder(folder));
  }

  @MethodSource("preprocessors")
  @FuzzTest
  void preprocessor(byte[] json) throws IOException {
    Path file = Files.write(folder.resolve("preprocessor_config.json"), json);
    check(json, () -> PublishedSettings.ofFile(file));
  }

  private static void check(byte[] input, CostOracle.Work work) {
    CostOracle.MESSAGES.check(input, input.length, ModelException.class, work);
  }
}
