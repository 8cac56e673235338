package io.github.resnetserving.models;

import io.github.resnetserving.models.Labels.Label;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The fields of a JSON object in a file that others wrote; a message names file and field. */
final class JsonFields {

  private static final JsonMapper JSON = new JsonMapper();

  private final String where;
  private final JsonNode object;

  private JsonFields(String where, JsonNode object) {
    this.where = where;
    this.object = object;
  }

  static JsonFields read(Path file) throws ModelException {
    String where = String.valueOf(file.getFileName());
    JsonNode node = parse(TextFile.read(file), where);
    if (!node.isObject()) {
      throw new ModelException(where + " holds no JSON object");
    }
    return new JsonFields(where, node);
  }

  private static JsonNode parse(String text, String where) throws ModelException {
    try {
      return JSON.readTree(text);
    } catch (JacksonException e) {
      throw new ModelException("%s is no JSON: %s".formatted(where, e.getOriginalMessage()), e);
    }
  }

  /** Labels: an array of names, or an object of index to a name or to {@code [wnid, name]}. */
  static Labels parseLabels(String text, String where) throws ModelException {
    JsonNode node = parse(text, where);
    List<Label> labels = new ArrayList<>();
    for (int i = 0; i < node.size(); i++) {
      @Nullable JsonNode entry = node.isArray() ? node.get(i) : node.get(Integer.toString(i));
      @Nullable Label label = entry == null ? null : label(entry);
      if (label == null) {
        throw new ModelException(
            ("%s has %d entries, and for %d neither a name nor [wnid, name]: indices count from 0"
                    + " to the number of classes less one")
                .formatted(where, node.size(), i));
      }
      labels.add(label);
    }
    if (labels.isEmpty()) {
      throw new ModelException(where + " is empty: it must hold one name a class");
    }
    return new Labels(labels);
  }

  private static @Nullable Label label(JsonNode entry) {
    if (entry.isString()) {
      return new Label(null, oneLine(entry.asString()));
    }
    return entry.isArray()
            && entry.size() == 2
            && entry.get(0).isString()
            && entry.get(1).isString()
        ? new Label(entry.get(0).asString(), oneLine(entry.get(1).asString()))
        : null;
  }

  /** A name is one line in the labels file. */
  private static String oneLine(String name) {
    return name.strip().replaceAll("\\R", " ");
  }

  /** What to throw; the message is told with the file's name. */
  ModelException wrong(String message) {
    return new ModelException(where + ": " + message);
  }

  /** Whether the field is there and not null. */
  boolean has(String field) {
    return find(field) != null;
  }

  boolean hasWholeNumber(String field) {
    JsonNode node = find(field);
    return node != null && node.isIntegralNumber();
  }

  boolean hasObject(String field) {
    JsonNode node = find(field);
    return node != null && node.isObject();
  }

  JsonFields object(String field) throws ModelException {
    JsonNode node = need(field);
    if (!node.isObject()) {
      throw wrong("%s is %s: it must be an object".formatted(field, node));
    }
    return new JsonFields(where, node);
  }

  int wholeNumber(String field) throws ModelException {
    return wholeNumber(field, need(field));
  }

  double number(String field) throws ModelException {
    return number(field, need(field));
  }

  String text(String field) throws ModelException {
    return text(field, need(field));
  }

  boolean flag(String field, boolean absent) throws ModelException {
    JsonNode node = find(field);
    if (node == null) {
      return absent;
    }
    if (!node.isBoolean()) {
      throw wrong("%s is %s: it must be true or false".formatted(field, node));
    }
    return node.asBoolean();
  }

  List<Double> numbers(String field) throws ModelException {
    return list(field, this::number);
  }

  List<Integer> wholeNumbers(String field) throws ModelException {
    return list(field, this::wholeNumber);
  }

  List<String> texts(String field) throws ModelException {
    return list(field, this::text);
  }

  /** Every field of an object of texts. */
  Map<String, String> textsByName(String field) throws ModelException {
    Map<String, String> texts = new LinkedHashMap<>();
    for (Map.Entry<String, JsonNode> entry : object(field).object.properties()) {
      texts.put(entry.getKey(), text(field, entry.getValue()));
    }
    return texts;
  }

  /** What a field or an element of it is. */
  private interface Reader<T> {

    T read(String field, JsonNode node) throws ModelException;
  }

  private <T> List<T> list(String field, Reader<T> reader) throws ModelException {
    JsonNode node = need(field);
    if (!node.isArray()) {
      throw wrong("%s is %s: it must be an array".formatted(field, node));
    }
    List<T> elements = new ArrayList<>();
    for (JsonNode element : node) {
      elements.add(reader.read(field, element));
    }
    return elements;
  }

  private int wholeNumber(String field, JsonNode node) throws ModelException {
    if (!node.isIntegralNumber() || !node.canConvertToInt()) {
      throw wrong("%s is %s: it must be a whole number".formatted(field, node));
    }
    return node.asInt();
  }

  private double number(String field, JsonNode node) throws ModelException {
    if (!node.isNumber()) {
      throw wrong("%s is %s: it must be a number".formatted(field, node));
    }
    return node.asDouble();
  }

  private String text(String field, JsonNode node) throws ModelException {
    if (!node.isString()) {
      throw wrong("%s is %s: it must be text".formatted(field, node));
    }
    return node.asString();
  }

  private @Nullable JsonNode find(String field) {
    JsonNode node = object.get(field);
    return node == null || node.isNull() ? null : node;
  }

  private JsonNode need(String field) throws ModelException {
    JsonNode node = find(field);
    if (node == null) {
      throw wrong(field + " is missing");
    }
    return node;
  }
}
