package io.github.resnetserving.models;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import io.github.resnetserving.models.NetworkOptions.Variant;
import io.github.resnetserving.models.Preprocessing.Interpolation;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;

/**
 * The file {@code model.json} in a model's folder.
 *
 * @param weights name of the weights file beside it
 * @param sha256 the weights file's SHA-256, 64 hexadecimal digits
 * @param labels name of the labels file beside it; null where {@code head} is {@code none}
 * @param variant {@code v1.5} or {@code v1}; null for v1.5
 * @param stemStride see {@link NetworkOptions}; null where it is assumed, as are the next four
 * @param preprocessing what the network expects of its input
 */
record ModelManifest(
    @JsonProperty("weights") String weights,
    @JsonProperty("sha256") String sha256,
    @JsonProperty("labels") @Nullable String labels,
    @JsonProperty("variant") @Nullable String variant,
    @JsonProperty("stem_stride") @Nullable Integer stemStride,
    @JsonProperty("stem_pool") @Nullable Boolean stemPool,
    @JsonProperty("head") @Nullable String head,
    @JsonProperty("state_dict") @Nullable String stateDict,
    @JsonProperty("prefix") @Nullable String prefix,
    @JsonProperty("preprocessing") Wire preprocessing) {

  static final String FILE = "model.json";

  private static final JsonMapper JSON =
      JsonMapper.builder()
          .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
          .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
          .enable(SerializationFeature.INDENT_OUTPUT)
          .changeDefaultPropertyInclusion(
              inclusion -> inclusion.withValueInclusion(JsonInclude.Include.NON_NULL))
          .build();

  /** {@link Preprocessing} as the file spells it. */
  record Wire(
      @JsonProperty("resize") int resize,
      @JsonProperty("interpolation") String interpolation,
      @JsonProperty("crop") int crop,
      @JsonProperty("mean") List<Double> mean,
      @JsonProperty("std") List<Double> std) {

    static Wire of(Preprocessing preprocessing) {
      return new Wire(
          preprocessing.resize(),
          preprocessing.interpolation().name().toLowerCase(Locale.ROOT),
          preprocessing.crop(),
          preprocessing.normalization().mean(),
          preprocessing.normalization().std());
    }

    Preprocessing toPreprocessing() {
      return new Preprocessing(
          resize,
          Interpolation.valueOf(interpolation.toUpperCase(Locale.ROOT)),
          crop,
          new Normalization(mean, std));
    }
  }

  /**
   * What to write.
   *
   * @param labels null where there are none
   */
  static ModelManifest of(
      String weights,
      String sha256,
      @Nullable String labels,
      NetworkOptions network,
      Preprocessing preprocessing) {
    return new ModelManifest(
        weights,
        sha256,
        labels,
        name(network.variantOrUsual()),
        network.stemStride(),
        network.stemPool(),
        network.head(),
        network.stateDict(),
        network.prefix(),
        Wire.of(preprocessing));
  }

  /**
   * Reads the file's text.
   *
   * @param where what to call the file in a message
   */
  static ModelManifest parse(String text, String where) throws ModelException {
    try {
      ModelManifest manifest = JSON.readValue(text, ModelManifest.class);
      manifest.check();
      return manifest;
    } catch (JacksonException e) {
      throw new ModelException("%s: %s".formatted(where, e.getOriginalMessage()), e);
    } catch (RuntimeException e) {
      throw new ModelException("%s: %s".formatted(where, e.getMessage()), e);
    }
  }

  private void check() {
    checkFile("weights", weights);
    if (labels != null) {
      checkFile("labels", labels);
    }
    if (toOptions().isHeadless() != (labels == null)) {
      throw new IllegalArgumentException(
          labels == null
              ? "labels is missing: it must name a file in the same folder, unless head is none"
              : "head is none, so that there are no classes, but labels is \"%s\": remove one of them"
                  .formatted(labels));
    }
    if (!sha256.matches("[0-9a-f]{64}")) {
      throw new IllegalArgumentException(
          "sha256 is \"%s\": it must have 64 lower-case hexadecimal digits".formatted(sha256));
    }
    preprocessing.toPreprocessing();
  }

  private static void checkFile(String field, String name) {
    if (!name.matches("[A-Za-z0-9_-][A-Za-z0-9._-]*")) {
      throw new IllegalArgumentException(
          "%s is \"%s\": it must name a file in the same folder".formatted(field, name));
    }
  }

  NetworkOptions toOptions() {
    return new NetworkOptions(toVariant(), stemStride, stemPool, head, stateDict, prefix);
  }

  private @Nullable Variant toVariant() {
    return switch (variant) {
      case null -> null;
      case "v1" -> Variant.V1;
      case "v1.5" -> Variant.V1_5;
      default ->
          throw new IllegalArgumentException(
              "variant is \"%s\": it must be v1 or v1.5".formatted(variant));
    };
  }

  static String name(Variant variant) {
    return switch (variant) {
      case V1 -> "v1";
      case V1_5 -> "v1.5";
    };
  }

  String toJson() {
    return JSON.writeValueAsString(this) + "\n";
  }

  /**
   * Reads a manifest and the labels that it names.
   *
   * @param found the manifest's address; the files that it names lie beside it
   */
  static ModelSpec spec(String name, String version, URL found) throws IOException {
    String where = "%s/%s/".formatted(name, version);
    ModelManifest manifest = ModelManifest.parse(text(found), where + FILE);
    @Nullable String file = manifest.labels();
    Labels labels =
        file == null ? Labels.NONE : LabelFile.parse(text(sibling(found, file)), where + file);
    return new ModelSpec(
        name,
        version,
        URI.create(sibling(found, manifest.weights()).toString()),
        "sha256:" + manifest.sha256(),
        manifest.toOptions(),
        manifest.preprocessing().toPreprocessing(),
        labels);
  }

  private static URL sibling(URL manifest, String file) throws IOException {
    String text = manifest.toString();
    return URI.create(text.substring(0, text.length() - FILE.length()) + file).toURL();
  }

  private static String text(URL resource) throws IOException {
    try (InputStream in = resource.openStream()) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
  }
}
