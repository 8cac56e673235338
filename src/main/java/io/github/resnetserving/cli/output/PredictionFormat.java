package io.github.resnetserving.cli.output;

import io.github.resnetserving.models.Prediction;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import tools.jackson.databind.json.JsonMapper;

/** How predictions are printed, one file after another. */
public enum PredictionFormat {
  /** For people: a heading for each file, a line for each label. */
  TABLE("", "", "") {
    @Override
    public String format(Item item) {
      StringBuilder text = new StringBuilder(item.file()).append('\n');
      for (Prediction prediction : item.predictions()) {
        text.append(
            String.format(
                Locale.ROOT,
                "  %6.2f %%  %s%n",
                100 * prediction.probability(),
                prediction.label().name()));
      }
      return text.toString();
    }
  },
  /** One array of all files. */
  JSON("[", ",\n", "]\n") {
    @Override
    public String format(Item item) {
      return MAPPER.writeValueAsString(wire(item));
    }
  },
  /** One object a line. */
  NDJSON("", "", "") {
    @Override
    public String format(Item item) {
      return MAPPER.writeValueAsString(wire(item)) + "\n";
    }
  };

  private static final JsonMapper MAPPER = new JsonMapper();

  private final String before;
  private final String between;
  private final String after;

  PredictionFormat(String before, String between, String after) {
    this.before = before;
    this.between = between;
    this.after = after;
  }

  /** A file and its ranking. */
  public record Item(String file, List<Prediction> predictions) {}

  /** What stands before the first file. */
  public String before() {
    return before;
  }

  /** What stands between two files. */
  public String between() {
    return between;
  }

  /** What stands after the last file. */
  public String after() {
    return after;
  }

  /** One file. */
  public abstract String format(Item item);

  /** An object of JSON. */
  public static Map<String, Object> wire(Item item) {
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
