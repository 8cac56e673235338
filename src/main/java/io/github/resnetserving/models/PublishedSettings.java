package io.github.resnetserving.models;

import io.github.resnetserving.models.NetworkOptions.Variant;
import io.github.resnetserving.models.Preprocessing.Interpolation;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What the files that are published beside a checkpoint tell about it: those of Hugging Face and of
 * timm, and the {@code preprocessing} of our own {@code model.json}.
 *
 * @param preprocessing null where the files do not tell
 * @param labels null where the files do not tell
 * @param variant null where the files do not tell
 * @param notes sentences for the user on what is done here in another way
 * @param test what the publisher tested with, where that was another size than that of training;
 *     null where the files tell none
 */
public record PublishedSettings(
    @Nullable Preprocessing preprocessing,
    @Nullable Labels labels,
    @Nullable Variant variant,
    List<String> notes,
    @Nullable Preprocessing test) {

  private static final String CONFIG = "config.json";
  private static final String PREPROCESSOR = "preprocessor_config.json";
  private static final List<String> WEIGHTS =
      List.of(
          "model.safetensors",
          "model.safetensors.index.json",
          "pytorch_model.bin",
          "pytorch_model.bin.index.json");

  public PublishedSettings {
    notes = List.copyOf(notes);
  }

  /** Settings without a size of their own for tests. */
  public PublishedSettings(
      @Nullable Preprocessing preprocessing,
      @Nullable Labels labels,
      @Nullable Variant variant,
      List<String> notes) {
    this(preprocessing, labels, variant, notes, /* test= */ null);
  }

  /**
   * These with the preprocessing that the publisher tested with.
   *
   * @throws ModelException if the files tell none
   */
  public PublishedSettings atTestSize() throws ModelException {
    if (test == null) {
      throw new ModelException(
          "the files tell no test size: only timm's config.json does, by test_input_size and"
              + " test_crop_pct");
    }
    return new PublishedSettings(test, labels, variant, notes);
  }

  /**
   * Reads one file that tells the preprocessing.
   *
   * @throws ModelException if it does not, or tells of something that is not done here
   */
  public static PublishedSettings ofFile(Path file) throws ModelException {
    JsonFields fields = JsonFields.read(file);
    try {
      if (fields.hasObject("preprocessing")) {
        return of(ownPreprocessing(fields.object("preprocessing")));
      }
      if (fields.has("resize") && fields.has("crop")) {
        return of(ownPreprocessing(fields));
      }
      if (TimmConfig.isOne(fields)) {
        return TimmConfig.read(fields);
      }
      if (fields.has("size")) {
        return PreprocessorConfig.read(fields);
      }
    } catch (IllegalArgumentException e) {
      throw fields.wrong(String.valueOf(e.getMessage()));
    }
    throw fields.wrong(
        "it is neither the preprocessing of a model.json (resize, crop), nor Hugging Face's"
            + " preprocessor_config.json (size), nor timm's config.json (pretrained_cfg)");
  }

  /** Reads a folder as Hugging Face publishes them; files that are not there tell nothing. */
  public static PublishedSettings ofFolder(Path folder) throws ModelException {
    Path config = folder.resolve(CONFIG);
    PublishedSettings settings = new PublishedSettings(null, null, null, List.of());
    if (Files.exists(config)) {
      JsonFields fields = JsonFields.read(config);
      settings = TimmConfig.isOne(fields) ? ofFile(config) : HuggingFaceConfig.read(fields);
    }
    if (!Files.exists(folder.resolve(PREPROCESSOR))) {
      return settings;
    }
    PublishedSettings input = ofFile(folder.resolve(PREPROCESSOR));
    return new PublishedSettings(
        input.preprocessing(), settings.labels(), settings.variant(), input.notes());
  }

  /**
   * The weights file of a folder as Hugging Face publishes them.
   *
   * @throws ModelException if there is none
   */
  public static Path weights(Path folder) throws ModelException {
    for (String name : WEIGHTS) {
      if (Files.exists(folder.resolve(name))) {
        return folder.resolve(name);
      }
    }
    throw new ModelException(
        "the folder %s has no weights: neither %s"
            .formatted(folder, String.join(" nor ", WEIGHTS)));
  }

  static PublishedSettings of(Preprocessing preprocessing, String... notes) {
    return new PublishedSettings(preprocessing, null, null, List.of(notes));
  }

  private static Preprocessing ownPreprocessing(JsonFields fields) throws ModelException {
    return new Preprocessing(
        fields.wholeNumber("resize"),
        interpolation(fields),
        fields.wholeNumber("crop"),
        new Normalization(fields.numbers("mean"), fields.numbers("std")));
  }

  /** The field {@code interpolation}, which model.json and timm spell alike. */
  static Interpolation interpolation(JsonFields fields) throws ModelException {
    String name = fields.text("interpolation");
    return switch (name) {
      case "bilinear" -> Interpolation.BILINEAR;
      case "bicubic" -> Interpolation.BICUBIC;
      default ->
          throw fields.wrong(
              "interpolation is \"%s\": it must be bilinear or bicubic".formatted(name));
    };
  }
}
