package io.github.resnetserving.checkpoint;

import io.github.resnetserving.tensor.DType;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.util.ByteBufferBackedInputStream;

/**
 * The JSON header of a safetensors file, read token by token so that an unexpected document is
 * refused before it is built.
 *
 * @param entries in the header's order; names are unique
 * @param metadata the free text under {@code __metadata__}
 */
record SafetensorsHeader(List<Entry> entries, Map<String, String> metadata) {

  static final String METADATA = "__metadata__";

  private static final int MAX_TENSORS = 100_000;

  private static final JsonFactory JSON =
      JsonFactory.builder()
          .streamReadConstraints(
              StreamReadConstraints.builder().maxNestingDepth(4).maxNameLength(10_000).build())
          .build();

  /** What the header says of one tensor; begin and end in bytes from the start of the data. */
  record Entry(String name, DType dtype, List<Long> shape, long begin, long end) {}

  static SafetensorsHeader parse(MemorySegment json) throws WeightsException {
    try (JsonParser in =
        JSON.createParser(
            ObjectReadContext.empty(), new ByteBufferBackedInputStream(json.asByteBuffer()))) {
      return parse(in);
    } catch (JacksonException e) {
      throw new WeightsException(
          "its safetensors header cannot be read as JSON (%s): the file is damaged"
              .formatted(Printable.of(e.getOriginalMessage())),
          e);
    }
  }

  private static SafetensorsHeader parse(JsonParser in) throws WeightsException {
    require(in.nextToken() == JsonToken.START_OBJECT, "it is not an object");
    Set<String> names = new HashSet<>();
    List<Entry> entries = new ArrayList<>();
    Map<String, String> metadata = Map.of();
    while (in.nextToken() == JsonToken.PROPERTY_NAME) {
      String name = in.currentName();
      require(names.add(name), "%s appears twice".formatted(Printable.of(name)));
      require(names.size() <= MAX_TENSORS, "it has more than %d tensors".formatted(MAX_TENSORS));
      if (name.equals(METADATA)) {
        metadata = parseMetadata(in);
      } else {
        entries.add(parseEntry(name, in));
      }
    }
    require(in.nextToken() == null, "something follows the object");
    return new SafetensorsHeader(entries, metadata);
  }

  private static Map<String, String> parseMetadata(JsonParser in) throws WeightsException {
    Map<String, String> metadata = new LinkedHashMap<>();
    require(in.nextToken() == JsonToken.START_OBJECT, METADATA + " is not an object");
    while (in.nextToken() == JsonToken.PROPERTY_NAME) {
      String key = in.currentName();
      require(in.nextToken() == JsonToken.VALUE_STRING, METADATA + " holds more than text");
      require(
          metadata.putIfAbsent(key, in.getString()) == null,
          "%s appears twice in %s".formatted(Printable.of(key), METADATA));
      require(metadata.size() <= MAX_TENSORS, "%s is too long".formatted(METADATA));
    }
    return metadata;
  }

  private static Entry parseEntry(String name, JsonParser in) throws WeightsException {
    String shown = "tensor " + Printable.of(name);
    require(in.nextToken() == JsonToken.START_OBJECT, shown + " is not described by an object");
    @Nullable DType dtype = null;
    @Nullable List<Long> shape = null;
    @Nullable List<Long> offsets = null;
    while (in.nextToken() == JsonToken.PROPERTY_NAME) {
      String key = in.currentName();
      switch (key) {
        case "dtype" -> {
          require(dtype == null, shown + " has two dtypes");
          dtype = parseType(shown, in);
        }
        case "shape" -> {
          require(shape == null, shown + " has two shapes");
          shape = parseNumbers(shown + "'s shape", in);
        }
        case "data_offsets" -> {
          require(offsets == null, shown + " has data_offsets twice");
          offsets = parseNumbers(shown + "'s data_offsets", in);
        }
        default ->
            throw new WeightsException(
                "in its safetensors header, %s has the unknown property %s: the file is damaged"
                    .formatted(shown, Printable.of(key)));
      }
    }
    if (dtype == null || shape == null || offsets == null) {
      throw refused(shown + " lacks dtype, shape or data_offsets");
    }
    require(
        offsets.size() == 2 && offsets.get(0) <= offsets.get(1),
        shown + "'s data_offsets are not a begin and an end");
    return new Entry(name, dtype, shape, offsets.get(0), offsets.get(1));
  }

  private static DType parseType(String shown, JsonParser in) throws WeightsException {
    require(in.nextToken() == JsonToken.VALUE_STRING, shown + "'s dtype is not text");
    String name = in.getString();
    try {
      return DType.valueOf(name);
    } catch (IllegalArgumentException e) {
      throw new WeightsException(
          "%s is of the element type %s, which is not read: save it as F32, F16 or BF16"
              .formatted(shown, Printable.of(name)),
          e);
    }
  }

  private static List<Long> parseNumbers(String shown, JsonParser in) throws WeightsException {
    require(in.nextToken() == JsonToken.START_ARRAY, shown + " is not an array");
    List<Long> numbers = new ArrayList<>();
    while (in.nextToken() != JsonToken.END_ARRAY) {
      require(
          in.currentToken() == JsonToken.VALUE_NUMBER_INT && numbers.size() < 64,
          shown + " is not a short list of whole numbers");
      long number = in.getLongValue();
      require(number >= 0, shown + " is negative");
      numbers.add(number);
    }
    return numbers;
  }

  private static void require(boolean holds, String finding) throws WeightsException {
    if (!holds) {
      throw refused(finding);
    }
  }

  private static WeightsException refused(String finding) {
    return new WeightsException(
        "in its safetensors header, %s: the file is damaged".formatted(finding));
  }
}
