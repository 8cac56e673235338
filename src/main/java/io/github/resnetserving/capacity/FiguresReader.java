package io.github.resnetserving.capacity;

import io.github.resnetserving.capacity.Figures.DecodedImage;
import io.github.resnetserving.capacity.Times.EquallyLikely;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Reads {@link Figures}; a message names file and field, and says what the field must be. */
final class FiguresReader {

  private static final JsonMapper JSON = new JsonMapper();

  /** As many as the largest batch can have. */
  private static final int MOST = 4096;

  private final String where;
  private final JsonNode object;

  private FiguresReader(String where, JsonNode object) {
    this.where = where;
    this.object = object;
  }

  static Figures read(Path file) throws IOException {
    JsonNode object;
    try {
      object = JSON.readTree(Files.readString(file));
    } catch (JacksonException e) {
      throw new IOException("%s is no JSON: %s".formatted(file, e.getOriginalMessage()), e);
    }
    if (!object.isObject()) {
      throw new IOException("%s holds no JSON object: bench machine writes one".formatted(file));
    }
    return new FiguresReader(file + ": ", object).figures();
  }

  private Figures figures() throws IOException {
    int format = whole("format");
    if (format != Figures.FORMAT) {
      throw wrong(
          "format is %d, and this release reads %d: measure the machine again with bench machine"
              .formatted(format, Figures.FORMAT));
    }
    return new Figures(
        text("processor"),
        whole("processors"),
        text("model"),
        text("precision"),
        text("plan"),
        whole("workers"),
        whole("threads"),
        images(),
        number("decode_slowdown", 1),
        batches(),
        number("compute_slowdown", 1),
        spread(),
        new Figures.Besides(
            number("request_ms", 0),
            number("wait_ms", 0),
            number("client_ms", 0),
            number("resident_mb", 0)));
  }

  private List<DecodedImage> images() throws IOException {
    List<DecodedImage> images = new ArrayList<>();
    JsonNode list = list("images");
    for (int i = 0; i < list.size(); i++) {
      JsonNode image = list.get(i);
      if (!image.isObject()) {
        throw wrong("images[%d] must be an object".formatted(i));
      }
      FiguresReader fields = new FiguresReader("%simages[%d].".formatted(where, i), image);
      images.add(
          new DecodedImage(
              fields.text("name"),
              fields.whole("bytes"),
              fields.times("decode_ms", fields.need("decode_ms"))));
    }
    return images;
  }

  private List<EquallyLikely> batches() throws IOException {
    List<EquallyLikely> batches = new ArrayList<>();
    JsonNode list = list("batches_ms");
    for (int i = 0; i < list.size(); i++) {
      batches.add(times("batches_ms[%d]".formatted(i), list.get(i)));
    }
    return batches;
  }

  private Optional<EquallyLikely> spread() throws IOException {
    return object.has("spread_ms")
        ? Optional.of(times("spread_ms", object.get("spread_ms")))
        : Optional.empty();
  }

  private EquallyLikely times(String field, JsonNode node) throws IOException {
    List<Double> millis = new ArrayList<>();
    for (JsonNode each : node) {
      if (!each.isNumber()) {
        throw wrong("%s holds %s: it must hold numbers".formatted(field, each));
      }
      millis.add(each.doubleValue());
    }
    if (!node.isArray() || millis.isEmpty()) {
      throw wrong("%s must be a list of at least one time in milliseconds".formatted(field));
    }
    try {
      return new EquallyLikely(millis);
    } catch (IllegalArgumentException e) {
      throw new IOException("%s%s: %s".formatted(where, field, e.getMessage()), e);
    }
  }

  private JsonNode list(String field) throws IOException {
    JsonNode node = need(field);
    if (!node.isArray() || node.isEmpty() || node.size() > MOST) {
      throw wrong("%s must be a list of 1 to %d entries".formatted(field, MOST));
    }
    return node;
  }

  private String text(String field) throws IOException {
    JsonNode node = need(field);
    if (!node.isString() || !node.asString().matches("[\\p{Print}&&[^\"\\\\]]+")) {
      throw wrong("%s is %s: it must be a text of one line".formatted(field, node));
    }
    return node.asString();
  }

  private int whole(String field) throws IOException {
    JsonNode node = need(field);
    if (!node.isInt() || node.intValue() < 1) {
      throw wrong("%s is %s: it must be a whole number of at least 1".formatted(field, node));
    }
    return node.intValue();
  }

  private double number(String field, double least) throws IOException {
    JsonNode node = need(field);
    if (!node.isNumber() || !(node.doubleValue() >= least) || node.doubleValue() > 1e9) {
      throw wrong("%s is %s: it must be a number of at least %.0f".formatted(field, node, least));
    }
    return node.doubleValue();
  }

  private JsonNode need(String field) throws IOException {
    @Nullable JsonNode node = object.get(field);
    if (node == null || node.isNull()) {
      throw wrong("%s is missing".formatted(field));
    }
    return node;
  }

  private IOException wrong(String message) {
    return new IOException(where + message);
  }
}
