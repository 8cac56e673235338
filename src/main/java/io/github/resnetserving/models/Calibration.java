package io.github.resnetserving.models;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.SequencedMap;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;

/**
 * What a model's activations span, as measured on images: the file {@code calibration.json} beside
 * its weights, from which an 8-bit plan is made.
 *
 * @param weights digest of the weights that were measured, as {@link ModelSpec#digest} spells it
 * @param preprocessing what was done to the images, as {@link Preprocessing#id} spells it
 * @param images how many images were shown
 * @param ranges by the name of the convolution that gives the activation
 */
public record Calibration(
    @JsonProperty("weights") String weights,
    @JsonProperty("preprocessing") String preprocessing,
    @JsonProperty("images") int images,
    @JsonProperty("ranges") Map<String, ActivationRange> ranges) {

  private static final String FILE = "calibration.json";

  private static final JsonMapper JSON =
      JsonMapper.builder()
          .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
          .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
          .enable(DeserializationFeature.FAIL_ON_NULL_CREATOR_PROPERTIES)
          .enable(DeserializationFeature.FAIL_ON_MISSING_CREATOR_PROPERTIES)
          .enable(SerializationFeature.INDENT_OUTPUT)
          .build();

  public Calibration {
    if (ranges.values().stream().anyMatch(Objects::isNull)) {
      throw new IllegalArgumentException("a range is null");
    }
    ranges = Collections.unmodifiableMap(new LinkedHashMap<>(ranges));
  }

  /** Of a model's weights and preprocessing. */
  public static Calibration of(
      ModelSpec spec, int images, SequencedMap<String, ActivationRange> ranges) {
    return new Calibration(spec.digest(), spec.preprocessing().id(), images, ranges);
  }

  /**
   * The file beside a model's weights, or nothing if there is none.
   *
   * @throws ModelException if it cannot be read or belongs to other weights or preprocessing
   */
  public static Optional<Calibration> find(ModelSpec spec) throws ModelException {
    String where = "%s/%s/%s".formatted(spec.name(), spec.version(), FILE);
    Calibration calibration;
    try (InputStream in = spec.beside(FILE).toURL().openStream()) {
      calibration =
          JSON.readValue(new String(in.readAllBytes(), StandardCharsets.UTF_8), Calibration.class);
    } catch (FileNotFoundException e) {
      return Optional.empty();
    } catch (JacksonException e) {
      throw unusable(where, e.getOriginalMessage(), e);
    } catch (IOException e) {
      throw unusable(where, String.valueOf(e.getMessage()), e);
    }
    if (!calibration.weights.equals(spec.digest())) {
      throw unusable(where, "it was measured with the weights " + calibration.weights, null);
    }
    if (!calibration.preprocessing.equals(spec.preprocessing().id())) {
      throw unusable(
          where, "it was measured with the preprocessing " + calibration.preprocessing, null);
    }
    return Optional.of(calibration);
  }

  private static ModelException unusable(String where, String reason, @Nullable Exception cause) {
    return new ModelException(
        "%s: %s; run calibrate again, or remove the file".formatted(where, reason), cause);
  }

  /**
   * Writes the file beside the model's weights, whole or not at all.
   *
   * @throws ModelException if the model is inside the program, not in a folder
   */
  public Path write(ModelSpec spec) throws IOException {
    if (!"file".equals(spec.weights().getScheme())) {
      throw new ModelException(
          "%s is inside the program: copy it to the models folder to calibrate it"
              .formatted(spec.name()));
    }
    Path file = Path.of(spec.beside(FILE));
    Path part = file.resolveSibling("." + FILE + ".part");
    Files.writeString(part, JSON.writeValueAsString(this) + "\n");
    return Files.move(part, file, StandardCopyOption.ATOMIC_MOVE);
  }

  /**
   * What an 8-bit activation spans; values outside are clipped.
   *
   * @param low at most 0
   * @param high at least 0, and more than {@code low}
   */
  public record ActivationRange(
      @JsonProperty("low") double low, @JsonProperty("high") double high) {

    public ActivationRange {
      if (!(low <= 0 && high >= 0 && low < high && high - low < Float.MAX_VALUE)) {
        throw new IllegalArgumentException(
            "the range from %s to %s is none: it must have a length and contain 0"
                .formatted(low, high));
      }
    }
  }
}
