package io.github.resnetserving.models;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.resnetserving.models.Labels.Label;
import io.github.resnetserving.models.NetworkOptions.Variant;
import io.github.resnetserving.models.Preprocessing.Interpolation;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PublishedSettingsTest {

  private static final String STATISTICS =
      "\"image_mean\": [0.485, 0.456, 0.406], \"image_std\": [0.229, 0.224, 0.225]";

  @TempDir private Path folder;

  @Test
  void ourOwnPreprocessingIsReadAloneAndInsideAModelJson() throws Exception {
    String own =
        """
        {"resize": 232, "interpolation": "bicubic", "crop": 224,
         "mean": [0.1, 0.2, 0.3], "std": [0.4, 0.5, 0.6]}
        """;
    Preprocessing expected =
        new Preprocessing(
            232,
            Interpolation.BICUBIC,
            224,
            new Normalization(List.of(0.1, 0.2, 0.3), List.of(0.4, 0.5, 0.6)));

    assertThat(file(own).preprocessing()).isEqualTo(expected);
    assertThat(file("{\"preprocessing\": %s}".formatted(own)).preprocessing()).isEqualTo(expected);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        // What transformers 4 and 5 write for ResNets.
        "{'size': {'shortest_edge': 224}, 'crop_pct': 0.875, 'resample': 3, 'do_resize': true"
            + "} | resize256-bicubic-crop224",
        "{'size': 224, 'crop_pct': 0.875, 'resample': 3,"
            + " 'feature_extractor_type': 'ConvNextFeatureExtractor'} | resize256-bicubic-crop224",
        "{'size': {'shortest_edge': 224}, 'crop_pct': null, 'resample': 2"
            + "} | resize256-bilinear-crop224",
        "{'size': {'shortest_edge': 224}, 'crop_pct': 0.95, 'resample': 3"
            + "} | resize235-bicubic-crop224",
        "{'size': {'shortest_edge': 256}, 'do_center_crop': true,"
            + " 'crop_size': {'height': 224, 'width': 224}, 'resample': 3,"
            + " 'image_processor_type': 'BitImageProcessor', 'rescale_factor': 0.00392156862745098"
            + "} | resize256-bicubic-crop224",
        "{'size': 256, 'do_center_crop': true, 'crop_size': 224, 'resample': 2,"
            + " 'image_processor_type': 'BitImageProcessor'} | resize256-bilinear-crop224"
      })
  void aPreprocessorConfigIsReadAsTransformersDoes(String fields, String id) throws Exception {
    PublishedSettings read = file(withStatistics(fields));

    Preprocessing preprocessing = requireNonNull(read.preprocessing());
    assertThat(preprocessing.id()).isEqualTo(id);
    assertThat(preprocessing.normalization()).isEqualTo(Normalization.IMAGENET);
    assertThat(read.notes()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{'size': {'shortest_edge': 384}, 'crop_pct': 0.95, 'resample': 3} | 384",
        "{'size': {'height': 224, 'width': 224}, 'resample': 3} | 224",
        "{'size': 224, 'image_processor_type': 'ViTImageProcessor', 'resample': 3} | 224"
      })
  void whereAImageWouldBeSquashedTheUserIsToldThatItIsCropped(String fields, int side)
      throws Exception {
    PublishedSettings read = file(withStatistics(fields));

    assertThat(read.preprocessing())
        .isEqualTo(new Preprocessing(side, Interpolation.BICUBIC, side, Normalization.IMAGENET));
    assertThat(read.notes())
        .containsExactly(
            "the model was made for images squashed to %1$d x %1$d; here the short edge becomes"
                    .formatted(side)
                + " %d and the middle is cut out".formatted(side));
  }

  @Test
  void withoutNormalizationValuesAreOnlyDividedBy255() throws Exception {
    assertThat(file("{\"size\": 224, \"resample\": 2, \"do_normalize\": false}").preprocessing())
        .isEqualTo(
            new Preprocessing(
                256,
                Interpolation.BILINEAR,
                224,
                new Normalization(List.of(0.0, 0.0, 0.0), List.of(1.0, 1.0, 1.0))));
  }

  @Test
  void timmsConfigIsReadNestedAndFlat() throws Exception {
    String cfg =
        """
        "input_size": [3, 224, 224], "interpolation": "bicubic", "crop_pct": 0.95,
        "crop_mode": "center", "mean": [0.485, 0.456, 0.406], "std": [0.229, 0.224, 0.225]
        """;
    Preprocessing expected =
        new Preprocessing(235, Interpolation.BICUBIC, 224, Normalization.IMAGENET);

    assertThat(file("{\"architecture\": \"resnet50\", \"pretrained_cfg\": {%s}}".formatted(cfg)))
        .isEqualTo(new PublishedSettings(expected, null, null, List.of()));
    PublishedSettings flat = file("{\"label_names\": [\"cat\", \"dog\"], %s}".formatted(cfg));
    assertThat(flat.preprocessing()).isEqualTo(expected);
    assertThat(flat.labels())
        .isEqualTo(new Labels(List.of(new Label(null, "cat"), new Label(null, "dog"))));
  }

  /** The fields of timm/resnet50.a1_in1k, and of a model that was tested as it was trained. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "'test_input_size': [3, 288, 288], 'test_crop_pct': 1.0 | resize288-bicubic-crop288",
        "'test_input_size': [3, 288, 288] | resize303-bicubic-crop288",
        "'test_crop_pct': 1.0 | resize224-bicubic-crop224",
        "'test_crop_pct': 0.95 | ",
        "'first_conv': 'conv1' | "
      })
  void timmsTestSizeIsReadBesideThatOfTraining(String fields, String id) throws Exception {
    PublishedSettings read =
        file(
            "{'pretrained_cfg': {'input_size': [3, 224, 224], 'interpolation': 'bicubic', 'crop_pct': 0.95, %s, 'mean': [0.485, 0.456, 0.406], 'std': [0.229, 0.224, 0.225]}}"
                .formatted(fields)
                .replace('\'', '"'));

    assertThat(requireNonNull(read.preprocessing()).id()).isEqualTo("resize235-bicubic-crop224");
    if (id == null) {
      assertThat(read.test()).isNull();
      assertThatThrownBy(read::atTestSize)
          .hasMessage(
              "the files tell no test size: only timm's config.json does, by test_input_size and"
                  + " test_crop_pct");
    } else {
      assertThat(requireNonNull(read.atTestSize().preprocessing()).id()).isEqualTo(id);
      assertThat(read.atTestSize().test()).isNull();
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "[] | x.json holds no JSON object",
        "{'a': 1} | x.json: it is neither the preprocessing of a model.json (resize, crop), nor"
            + " Hugging Face's preprocessor_config.json (size), nor timm's config.json"
            + " (pretrained_cfg)",
        "{'resize': '256', 'crop': 224} | x.json: resize is \"256\": it must be a whole number",
        "{'resize': 256, 'crop': 224} | x.json: interpolation is missing",
        "{'resize': 256, 'crop': 224, 'interpolation': 3}"
            + " | x.json: interpolation is 3: it must be text",
        "{'resize': 256, 'crop': 224, 'interpolation': 'nearest'}"
            + " | x.json: interpolation is \"nearest\": it must be bilinear or bicubic",
        "{'resize': 200, 'crop': 224, 'interpolation': 'bicubic', 'mean': [0, 0, 0],"
            + " 'std': [1, 1, 1]}"
            + " | x.json: crop is 224: it must be between 1 and resize, which is 200",
        "{'resize': 256, 'crop': 224, 'interpolation': 'bicubic', 'mean': 0.5}"
            + " | x.json: mean is 0.5: it must be an array",
        "{'resize': 256, 'crop': 224, 'interpolation': 'bicubic', 'mean': [true]}"
            + " | x.json: mean is true: it must be a number",
        "{'size': 224, 'do_resize': false}"
            + " | x.json: do_resize is false: images are always resized here",
        "{'size': 224, 'do_resize': 1} | x.json: do_resize is 1: it must be true or false",
        "{'size': 224, 'do_rescale': false} | x.json: images are always rescaled by 1/255 here",
        "{'size': 224, 'rescale_factor': 1} | x.json: images are always rescaled by 1/255 here",
        "{'size': 224} | x.json: resample is missing",
        "{'size': 224, 'resample': 0}"
            + " | x.json: resample is 0: it must be 2 (bilinear) or 3 (bicubic)",
        "{'size': 224, 'resample': 2, 'crop_pct': 1.5}"
            + " | x.json: crop_pct is 1.5: it must be above 0 and at most 1",
        "{'size': 224, 'resample': 2} | x.json: image_mean is missing",
        "{'size': 'big'} | x.json: size is \"big\": it must be an object",
        "{'size': {'height': 2, 'width': 3}} | x.json: size is 2 x 3: it must be a square",
        "{'size': {'shortest_edge': 224}, 'image_processor_type': 'ViTImageProcessor'}"
            + " | x.json: ViTImageProcessor with a shortest_edge and without do_center_crop is not"
            + " known here",
        "{'input_size': [1, 28, 28]}"
            + " | x.json: input_size is [1, 28, 28]: it must be 3, SIDE, SIDE",
        "{'input_size': [3, 224, 224], 'crop_mode': 'squash'}"
            + " | x.json: crop_mode is \"squash\": only center is done here",
        "{'input_size': [3, 224, 224], 'architecture': 'resnetaa50'}"
            + " | x.json: resnetaa50 blurs before it strides, which is not run here",
        "{'input_size': [3, 224, 224], 'architecture': 'seresnextaa101d_32x8d'}"
            + " | x.json: seresnextaa101d_32x8d blurs before it strides, which is not run here"
      })
  void aFileThatCannotBeFollowedIsRefusedByNameAndField(String json, String message) {
    assertThatThrownBy(() -> file(json.replace('\'', '"')))
        .isInstanceOf(ModelException.class)
        .hasMessage(message);
  }

  @Test
  void aFileThatIsNoJsonOrNotThereIsRefused() {
    assertThatThrownBy(() -> file("{"))
        .isInstanceOf(ModelException.class)
        .hasMessageStartingWith("x.json is no JSON: ");
    assertThatThrownBy(() -> PublishedSettings.ofFile(folder.resolve("none.json")))
        .isInstanceOf(ModelException.class)
        .hasMessage(folder.resolve("none.json") + ": no such file");
  }

  @Test
  void aHuggingFaceFolderTellsLabelsVariantAndPreprocessing() throws Exception {
    Files.writeString(
        folder.resolve("config.json"),
        """
        {"id2label": {"1": "dog\\nhound", "0": "cat"}, "hidden_act": "relu",
         "downsample_in_bottleneck": true}
        """);
    Files.writeString(
        folder.resolve("preprocessor_config.json"),
        "{\"size\": 224, \"resample\": 3, %s}".formatted(STATISTICS));

    assertThat(PublishedSettings.ofFolder(folder))
        .isEqualTo(
            new PublishedSettings(
                new Preprocessing(256, Interpolation.BICUBIC, 224, Normalization.IMAGENET),
                new Labels(List.of(new Label(null, "cat"), new Label(null, "dog hound"))),
                Variant.V1,
                List.of()));
  }

  @Test
  void anEmptyFolderTellsNothing() throws Exception {
    assertThat(PublishedSettings.ofFolder(folder))
        .isEqualTo(new PublishedSettings(null, null, null, List.of()));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{'downsample_in_first_stage': true}"
            + " | config.json: downsample_in_first_stage is true, which is not run here",
        "{'hidden_act': 'gelu'} | config.json: hidden_act is \"gelu\": only relu is run here",
        "{'id2label': {'0': 'a', '2': 'b'}}"
            + " | config.json: id2label has 2 entries and none for 1",
        "{'id2label': {}} | config.json: id2label is empty"
      })
  void aHuggingFaceNetworkThatIsNotRunHereIsRefused(String json, String message) throws Exception {
    Files.writeString(folder.resolve("config.json"), json.replace('\'', '"'));

    assertThatThrownBy(() -> PublishedSettings.ofFolder(folder))
        .isInstanceOf(ModelException.class)
        .hasMessage(message);
  }

  private static String withStatistics(String object) {
    String open = object.replace('\'', '"').substring(0, object.length() - 1);
    return "%s, %s}".formatted(open, STATISTICS);
  }

  private PublishedSettings file(String json) throws Exception {
    return PublishedSettings.ofFile(Files.writeString(folder.resolve("x.json"), json));
  }
}
