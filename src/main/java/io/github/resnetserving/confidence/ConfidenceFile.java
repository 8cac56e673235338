package io.github.resnetserving.confidence;

import com.fasterxml.jackson.annotation.JsonProperty;
import io.github.resnetserving.models.Digest;
import io.github.resnetserving.models.ModelException;
import io.github.resnetserving.models.ModelSpec;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;

/**
 * What was fitted on labelled images: the file {@code confidence.json} beside a model's weights.
 *
 * @param weights digest of the weights that it belongs to, as {@link ModelSpec#digest} spells it
 * @param preprocessing what was done to the images
 * @param precision what the network computed in
 * @param images how many there were
 * @param temperature fitted on all of them
 * @param before quality at temperature 1
 * @param after quality of each half of the images at the temperature of the other half
 * @param precisionAt the precision that the thresholds were chosen for; null where none was
 * @param thresholds one a class, below which the answer is to abstain, null where the precision is
 *     not reached; empty where there are none
 * @param novelty null where there is none
 * @param reference what later answers are compared with
 */
public record ConfidenceFile(
    @JsonProperty("weights") String weights,
    @JsonProperty("preprocessing") String preprocessing,
    @JsonProperty("precision") String precision,
    @JsonProperty("images") int images,
    @JsonProperty("temperature") double temperature,
    @JsonProperty("before") Quality before,
    @JsonProperty("after") Quality after,
    @JsonProperty("precision_at") @Nullable Double precisionAt,
    @JsonProperty("thresholds") List<@Nullable Double> thresholds,
    @JsonProperty("novelty") @Nullable NoveltyReference novelty,
    @JsonProperty("reference") Reference reference) {

  /** Its name. */
  public static final String NAME = "confidence.json";

  /** The file of reference features beside it. */
  public static final String FEATURES = "novelty.safetensors";

  private static final JsonMapper JSON =
      JsonMapper.builder()
          .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
          .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
          .enable(DeserializationFeature.FAIL_ON_MISSING_CREATOR_PROPERTIES)
          .enable(SerializationFeature.INDENT_OUTPUT)
          .build();

  /** Log loss and expected calibration error over 15 bins. */
  public record Quality(
      @JsonProperty("log_loss") double logLoss,
      @JsonProperty("calibration_error") double calibrationError) {}

  /**
   * Which score is used, and how it is spread over the images.
   *
   * @param score {@code energy} or {@code nearest}
   * @param neighbours k of {@code nearest}; 0 for {@code energy}
   * @param features digest of the file of reference features; null for {@code energy}
   * @param quantiles of the images' scores, in ascending order
   */
  public record NoveltyReference(
      @JsonProperty("score") String score,
      @JsonProperty("neighbours") int neighbours,
      @JsonProperty("features") @Nullable String features,
      @JsonProperty("quantiles") List<Double> quantiles) {

    /** Copies the list. */
    public NoveltyReference {
      quantiles = List.copyOf(quantiles);
    }
  }

  /** Copies the list. */
  public ConfidenceFile {
    thresholds = Collections.unmodifiableList(new ArrayList<@Nullable Double>(thresholds));
  }

  /**
   * Reads the file beside a model's weights.
   *
   * @return the model's confidence; {@link Confidence#NONE} where there is no file
   * @throws ModelException if it cannot be used or belongs to other weights; the message says what
   *     to do
   */
  public static Confidence find(ModelSpec spec) throws ModelException {
    String text;
    try (InputStream in = spec.beside(NAME).toURL().openStream()) {
      text = new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (FileNotFoundException e) {
      if (isThere(spec.beside(NAME))) {
        throw unusable("it cannot be read: let the server's user read it", e);
      }
      return Confidence.NONE;
    } catch (IOException e) {
      throw unusable(String.valueOf(e.getMessage()), e);
    }
    try {
      ConfidenceFile file = JSON.readValue(text, ConfidenceFile.class);
      if (file == null) {
        throw new IllegalArgumentException("it is empty");
      }
      file.check(spec);
      Optional<NoveltyScore> score = file.score(spec);
      return new Confidence(file, "sha256:" + Digest.sha256(text), score.orElse(null));
    } catch (JacksonException e) {
      throw unusable(e.getOriginalMessage(), e);
    } catch (IOException | IllegalArgumentException e) {
      throw unusable(String.valueOf(e.getMessage()), e);
    }
  }

  private static boolean isThere(URI file) {
    return "file".equals(file.getScheme()) && Files.exists(Path.of(file));
  }

  @SuppressWarnings("ConstantValue") // Jackson puts null where a file says so
  private void check(ModelSpec spec) {
    if (!spec.digest().equals(weights)) {
      throw new IllegalArgumentException("it belongs to the weights " + weights);
    }
    if (!spec.preprocessing().id().equals(preprocessing)) {
      throw new IllegalArgumentException("it belongs to the preprocessing " + preprocessing);
    }
    if (!(temperature > 0 && temperature < Double.POSITIVE_INFINITY)) {
      throw new IllegalArgumentException(
          "temperature is %s: it must be more than 0".formatted(temperature));
    }
    int classes = spec.labels().count();
    if (!thresholds.isEmpty() && thresholds.size() != classes) {
      throw new IllegalArgumentException(
          "%d thresholds are not one for each of %d classes".formatted(thresholds.size(), classes));
    }
    if (reference == null
        || reference.confidence().size() != Reference.BINS
        || reference.classes().size() != Reference.groups(classes)) {
      throw new IllegalArgumentException("reference does not have the bins of this version");
    }
  }

  private Optional<NoveltyScore> score(ModelSpec spec) throws IOException {
    if (novelty == null) {
      return Optional.empty();
    }
    List<Double> quantiles = novelty.quantiles();
    if (quantiles.isEmpty() || !quantiles.equals(quantiles.stream().sorted().toList())) {
      throw new IllegalArgumentException("quantiles of novelty must ascend");
    }
    return switch (String.valueOf(novelty.score())) { // Jackson puts null where a file says so
      case "energy" -> Optional.of(new NoveltyScore.Energy());
      case "nearest" -> {
        URI features = spec.beside(FEATURES);
        String digest;
        try (InputStream in = features.toURL().openStream()) {
          digest = "sha256:" + Digest.sha256(in);
        } catch (FileNotFoundException e) {
          throw new IOException(FEATURES + " is missing", e);
        }
        if (!digest.equals(novelty.features())) {
          throw new IllegalArgumentException(
              "%s has the digest %s, not %s".formatted(FEATURES, digest, novelty.features()));
        }
        yield Optional.of(
            new NoveltyScore.Nearest(ReferenceFeatures.read(features), novelty.neighbours()));
      }
      default ->
          throw new IllegalArgumentException(
              "score of novelty is \"%s\": it must be energy or nearest"
                  .formatted(novelty.score()));
    };
  }

  private static ModelException unusable(String reason, Exception cause) {
    return new ModelException(
        "%s: %s; run calibrate --labels again, or remove the file".formatted(NAME, reason), cause);
  }

  /**
   * Writes reference features beside the model's weights.
   *
   * @return their digest
   */
  public static String writeFeatures(ModelSpec spec, ReferenceFeatures features)
      throws IOException {
    Path file = place(spec, FEATURES);
    features.write(file);
    return "sha256:" + Digest.sha256(file);
  }

  /**
   * Writes the file beside the model's weights, whole or not at all.
   *
   * @throws ModelException if the model is inside the program, not in a folder
   */
  public Path write(ModelSpec spec) throws IOException {
    Path file = place(spec, NAME);
    Path part = file.resolveSibling("." + NAME + ".part");
    Files.writeString(part, JSON.writeValueAsString(this) + "\n");
    return Files.move(part, file, StandardCopyOption.ATOMIC_MOVE);
  }

  /**
   * Refuses a model whose folder cannot be written to, before anything is computed.
   *
   * @throws ModelException if the model is inside the program, not in a folder
   */
  public static void requireFolder(ModelSpec spec) throws ModelException {
    place(spec, NAME);
  }

  private static Path place(ModelSpec spec, String name) throws ModelException {
    if (!"file".equals(spec.weights().getScheme())) {
      throw new ModelException(
          "%s is inside the program: copy it to the models folder to calibrate it"
              .formatted(spec.name()));
    }
    return Path.of(spec.beside(name));
  }
}
