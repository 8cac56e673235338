package io.github.resnetserving.models.download;

import com.fasterxml.jackson.annotation.JsonProperty;
import io.github.resnetserving.models.Normalization;
import io.github.resnetserving.models.Preprocessing;
import io.github.resnetserving.models.Preprocessing.Interpolation;
import io.github.resnetserving.models.download.ModelFetcher.PublishedModel;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import tools.jackson.core.type.TypeReference;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.json.JsonMapper;

/**
 * The ResNets, ResNeXts and Wide ResNets that torchvision publishes, as its {@code
 * models/resnet.py} lists them. Immutable.
 *
 * @param models by architecture, for each the weights in the order of their numbers
 */
record TorchvisionCatalog(List<PublishedModel> models) {

  private static final Pattern NAME =
      Pattern.compile("((?:wide_)?resnex?t\\d+(?:_\\w+)?)(?:-(v\\d))?");
  private static final Pattern PYTHON_NAME =
      Pattern.compile(
          "((?:Wide_)?ResNeX?t\\d+(?:_\\w+)?)_Weights\\.(?:IMAGENET1K_(V\\d)|(DEFAULT))");

  TorchvisionCatalog {
    models = List.copyOf(models);
  }

  /** An entry of the file that lists them. */
  private record Entry(
      @JsonProperty("model") String model,
      @JsonProperty("weights") String weights,
      @JsonProperty("url") String url,
      @JsonProperty("sha256_prefix") String sha256,
      @JsonProperty("acc1") double accuracy,
      @JsonProperty("acc5") double accuracy5,
      @JsonProperty("resize") int resize,
      @JsonProperty("crop") int crop,
      @JsonProperty("interpolation") String interpolation,
      @JsonProperty("mean") List<Double> mean,
      @JsonProperty("std") List<Double> std,
      @JsonProperty("params") long parameters,
      @JsonProperty("mb") double mebibytes) {

    String version() {
      return weights.substring(weights.lastIndexOf('_') + 1).toLowerCase(Locale.ROOT);
    }

    PublishedModel named(String name) {
      return new PublishedModel(
          name,
          weights,
          url.substring(url.lastIndexOf('/') + 1),
          sha256,
          accuracy,
          accuracy5,
          parameters,
          mebibytes,
          new Preprocessing(
              resize,
              Interpolation.valueOf(interpolation.toUpperCase(Locale.ROOT)),
              crop,
              new Normalization(mean, std)));
    }
  }

  /** Those listed inside the program. */
  static TorchvisionCatalog load() {
    JsonMapper json =
        JsonMapper.builder().disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES).build();
    List<Entry> entries;
    try (InputStream in =
        Objects.requireNonNull(
            TorchvisionCatalog.class.getResourceAsStream("/torchvision_resnet_weights.json"))) {
      entries = json.readValue(in, new TypeReference<List<Entry>>() {});
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    // torchvision numbers weights as they get better: the last are its default.
    Map<String, Entry> best = new LinkedHashMap<>();
    entries.forEach(entry -> best.put(entry.model(), entry));
    List<PublishedModel> models = new ArrayList<>();
    for (Entry entry : entries) {
      models.add(
          entry.named(
              entry.equals(best.get(entry.model()))
                  ? entry.model()
                  : entry.model() + "-" + entry.version()));
    }
    return new TorchvisionCatalog(models);
  }

  /**
   * What a name means: {@code resnet50}, {@code resnet50-v1}, or as in Python {@code
   * ResNet50_Weights.IMAGENET1K_V1}. A model keeps the name it has in the catalog, so that {@code
   * resnet50-v2} and {@code resnet50} are one.
   */
  Optional<PublishedModel> find(String name) {
    Matcher python = PYTHON_NAME.matcher(name);
    if (python.matches()) {
      String plain = python.group(1).toLowerCase(Locale.ROOT);
      return find(
          python.group(3) != null ? plain : plain + "-" + python.group(2).toLowerCase(Locale.ROOT));
    }
    Matcher parts = NAME.matcher(name);
    if (!parts.matches()) {
      return Optional.empty();
    }
    String version = parts.group(2);
    return models.stream()
        .filter(model ->
            model.name().equals(name)
                || (version != null
                    && model.name().equals(parts.group(1))
                    && model.weights().equals("IMAGENET1K_" + version.toUpperCase(Locale.ROOT))))
        .findFirst();
  }
}
