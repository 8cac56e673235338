package io.github.resnetserving.models;

import io.github.resnetserving.models.Labels.Label;
import io.github.resnetserving.models.NetworkOptions.Variant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Hugging Face's {@code config.json} of a ResNet. */
final class HuggingFaceConfig {

  private HuggingFaceConfig() {}

  static PublishedSettings read(JsonFields fields) throws ModelException {
    // Neither shows in the weights.
    if (fields.flag("downsample_in_first_stage", false)) {
      throw fields.wrong("downsample_in_first_stage is true, which is not run here");
    }
    if (fields.has("hidden_act") && !fields.text("hidden_act").equals("relu")) {
      throw fields.wrong(
          "hidden_act is \"%s\": only relu is run here".formatted(fields.text("hidden_act")));
    }
    @Nullable Variant variant =
        fields.has("downsample_in_bottleneck")
            ? (fields.flag("downsample_in_bottleneck", false) ? Variant.V1 : Variant.V1_5)
            : null;
    return new PublishedSettings(
        null, fields.has("id2label") ? labels(fields) : null, variant, List.of());
  }

  private static Labels labels(JsonFields fields) throws ModelException {
    Map<String, String> byId = fields.textsByName("id2label");
    List<String> names = new ArrayList<>();
    for (int id = 0; id < byId.size(); id++) {
      String name = byId.get(Integer.toString(id));
      if (name == null) {
        throw fields.wrong("id2label has %d entries and none for %d".formatted(byId.size(), id));
      }
      names.add(name);
    }
    if (names.isEmpty()) {
      throw fields.wrong("id2label is empty");
    }
    return labels(names);
  }

  /** A name is one line in the labels file. */
  static Labels labels(List<String> names) {
    return new Labels(
        names.stream().map(name -> new Label(null, name.strip().replaceAll("\\R", " "))).toList());
  }
}
