package io.github.resnetserving.cli;

import io.github.resnetserving.model.Prediction;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import tools.jackson.databind.json.JsonMapper;

/** How predictions are printed. */
enum PredictionFormat {
  /** For people: a heading for each file, a line for each label. */
  TABLE {
    @Override
    String format(List<Item> items) {
      StringBuilder text = new StringBuilder();
      for (Item item : items) {
        text.append(item.file()).append('\n');
        for (Prediction prediction : item.predictions()) {
          text.append(
              String.format(
                  Locale.ROOT,
                  "  %6.2f %%  %s%n",
                  100 * prediction.probability(),
                  prediction.label().name()));
        }
      }
      return text.toString();
    }
  },
  /** One array of all files. */
  JSON {
    @Override
    String format(List<Item> items) {
      List<Object> array = new ArrayList<>();
      items.forEach(item -> array.add(wire(item)));
      return MAPPER.writeValueAsString(array) + "\n";
    }
  },
  /** One object a line. */
  NDJSON {
    @Override
    String format(List<Item> items) {
      StringBuilder lines = new StringBuilder();
      items.forEach(item -> lines.append(MAPPER.writeValueAsString(wire(item))).append('\n'));
      return lines.toString();
    }
  };

  private static final JsonMapper MAPPER = new JsonMapper();

  /** A file and its ranking. */
  record Item(String file, List<Prediction> predictions) {}

  abstract String format(List<Item> items);

  private static Map<String, Object> wire(Item item) {
    List<Object> predictions = new ArrayList<>();
    for (Prediction prediction : item.predictions()) {
      Map<String, Object> wire = new LinkedHashMap<>();
      wire.put("index", prediction.index());
      wire.put("wnid", prediction.label().wnid());
      wire.put("label", prediction.label().name());
      wire.put("probability", prediction.probability());
      predictions.add(wire);
    }
    Map<String, Object> wire = new LinkedHashMap<>();
    wire.put("id", item.file());
    wire.put("predictions", predictions);
    return wire;
  }
}
