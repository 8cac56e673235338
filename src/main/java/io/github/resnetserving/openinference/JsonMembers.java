package io.github.resnetserving.openinference;

import java.nio.charset.StandardCharsets;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.core.json.JsonReadFeature;

/**
 * The members of a JSON body's objects, and their plain values, read token by token. How deeply
 * objects may be nested, how many members they may have and how long a text may be is limited. Used
 * by one thread.
 */
final class JsonMembers {

  /** Members of all objects together: a request has a dozen, and the parser keeps their names. */
  private static final int MOST_MEMBERS = 1_000;

  private static final int LONGEST_TEXT = 1_024;

  /** NaN and Infinity are no JSON, but Python writes them: they are read so as to be named. */
  private static final JsonFactory JSON =
      JsonFactory.builder()
          .streamReadConstraints(
              StreamReadConstraints.builder()
                  .maxNestingDepth(32)
                  .maxStringLength(LONGEST_TEXT)
                  .maxNameLength(LONGEST_TEXT)
                  .build())
          .enable(JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS)
          .build();

  private static JsonParser parser(byte[] body, int length) throws ProtocolException {
    try {
      // A factory keeps the names of all that it has read, thousands of them, and each request with
      // a new one would copy their table, of some 100 kB.
      return JSON.rebuild().build().createParser(ObjectReadContext.empty(), body, 0, length);
    } catch (JacksonException e) { // which looks at the first bytes for their encoding
      throw ProtocolException.invalid("The body is not JSON in UTF-8.");
    }
  }

  private final JsonParser parser;
  private int members;

  JsonMembers(byte[] body, int length) throws ProtocolException {
    this.parser = parser(body, length);
  }

  /** What the members are read from, for all that has no method here. */
  JsonParser parser() {
    return parser;
  }

  /** The name of the object's next member, whose value the parser is then at; null at its end. */
  @Nullable String member() throws ProtocolException {
    if (parser.nextToken() != JsonToken.PROPERTY_NAME) {
      return null; // the end of the object: the parser lets nothing else come
    }
    countMember();
    String name = parser.currentName();
    var _ = parser.nextToken();
    return name;
  }

  private void countMember() throws ProtocolException {
    if (++members > MOST_MEMBERS) {
      throw ProtocolException.invalid(
          "The body's objects have more than %d members.".formatted(MOST_MEMBERS));
    }
  }

  /** Passes over the value that the parser is at. */
  void skip() throws ProtocolException {
    int depth = 0;
    JsonToken token = parser.currentToken();
    while (true) {
      if (token == null) {
        return; // the parser has said that the JSON is cut off
      }
      if (token.isStructStart()) {
        depth++;
      } else if (token.isStructEnd()) {
        depth--;
      } else if (token == JsonToken.PROPERTY_NAME) {
        countMember();
      }
      if (depth == 0) {
        return;
      }
      token = parser.nextToken();
    }
  }

  static boolean once(Set<String> seen, String name) throws ProtocolException {
    if (!seen.add(name)) {
      throw ProtocolException.invalid("%s is given twice in an object.".formatted(name));
    }
    return true;
  }

  @Nullable String textOrNull(String what) throws ProtocolException {
    return parser.currentToken() == JsonToken.VALUE_NULL ? null : text(what);
  }

  String text(String what) throws ProtocolException {
    if (parser.currentToken() != JsonToken.VALUE_STRING) {
      throw ProtocolException.invalid(
          what.equals("id")
              ? "id must be text."
              : "%s, which must be text."
                  .formatted(
                      what.startsWith("parameter ")
                          ? "The request has no " + what
                          : "A tensor has no " + what));
    }
    String text = parser.getString();
    if (!StandardCharsets.UTF_8.newEncoder().canEncode(text)) {
      throw ProtocolException.invalid(
          "%s has half a surrogate pair, which is no character.".formatted(what));
    }
    return text;
  }

  @Nullable Long wholeOrNull(String what) throws ProtocolException {
    JsonToken token = parser.currentToken();
    if (token == JsonToken.VALUE_NULL) {
      return null;
    }
    if (token == JsonToken.VALUE_NUMBER_INT
        && parser.getNumberType() != JsonParser.NumberType.BIG_INTEGER) {
      return parser.getLongValue();
    }
    throw ProtocolException.invalid("%s must be a whole number.".formatted(what));
  }

  @Nullable Boolean truthOrNull(String what) throws ProtocolException {
    return switch (parser.currentToken()) {
      case VALUE_NULL -> null;
      case VALUE_TRUE -> true;
      case VALUE_FALSE -> false;
      default -> throw ProtocolException.invalid("%s must be true or false.".formatted(what));
    };
  }

  @FunctionalInterface
  interface ParameterReader {

    /** Reads the value of the parameter with this name. */
    void read(String name) throws ProtocolException;
  }

  void readParameters(ParameterReader reader) throws ProtocolException {
    if (parser.currentToken() == JsonToken.VALUE_NULL) {
      return;
    }
    if (parser.currentToken() != JsonToken.START_OBJECT) {
      throw ProtocolException.invalid("parameters must be an object.");
    }
    for (String name = member(); name != null; name = member()) {
      reader.read(name);
    }
  }
}
