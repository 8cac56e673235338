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
    public String format(String file, List<Prediction> predictions) {
      StringBuilder text = new StringBuilder(file).append('\n');
      for (Prediction prediction : predictions) {
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
    public String format(String file, List<Prediction> predictions) {
      return MAPPER.writeValueAsString(wire(file, predictions));
    }
  },
  /** One object a line. */
  NDJSON("", "", "") {
    @Override
    public String format(String file, List<Prediction> predictions) {
      return MAPPER.writeValueAsString(wire(file, predictions)) + "\n";
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
  public abstract String format(String file, List<Prediction> predictions);

  /** An object of JSON. */
  public static Map<String, Object> wire(String file, List<Prediction> ranking) {
    List<Object> predictions = new ArrayList<>();
    for (Prediction prediction : ranking) {
      Map<String, Object> wire = new LinkedHashMap<>();
      wire.put("index", prediction.index());
      wire.put("wnid", prediction.label().wnid());
      wire.put("label", prediction.label().name());
      wire.put("probability", prediction.probability());
      predictions.add(wire);
    }
    Map<String, Object> wire = new LinkedHashMap<>();
    wire.put("id", file);
    wire.put("predictions", predictions);
    return wire;
  }
}
