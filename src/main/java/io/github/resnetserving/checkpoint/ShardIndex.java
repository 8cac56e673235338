package io.github.resnetserving.checkpoint;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.github.resnetserving.checkpoint.Checkpoint.Contents;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.LinkedHashMap;
import java.util.SequencedMap;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * The index of a checkpoint that is kept in several files, as Hugging Face's libraries write it:
 * {@code {"weight_map": {TENSOR: FILE}}}.
 *
 * @param files the file of each tensor, a plain name, by the tensor's name
 */
record ShardIndex(SequencedMap<String, String> files) {

  /** The largest ResNets have a thousand tensors, and a hundred bytes tell where one lies. */
  private static final long MAX_BYTES = 16 << 20;

  private static final int MAX_SHARDS = 1000;
  private static final Pattern FILE_NAME = Pattern.compile("[A-Za-z0-9_-][A-Za-z0-9._-]*");

  private static final JsonMapper JSON =
      JsonMapper.builder(
              JsonFactory.builder()
                  .streamReadConstraints(StreamReadConstraints.builder().maxNestingDepth(8).build())
                  .build())
          .build();

  /** Whether a file is an index: a JSON object that speaks of a weight map. */
  static boolean isOne(MemorySegment file) {
    if (file.byteSize() == 0
        || file.byteSize() > MAX_BYTES
        || file.get(ValueLayout.JAVA_BYTE, 0) != '{') {
      return false;
    }
    String text = new String(file.toArray(ValueLayout.JAVA_BYTE), UTF_8);
    return text.contains("\"weight_map\"");
  }

  static ShardIndex parse(MemorySegment file) throws WeightsException {
    JsonNode root;
    try {
      root = JSON.readTree(file.toArray(ValueLayout.JAVA_BYTE));
    } catch (JacksonException e) {
      throw new WeightsException(
          "it is an index of shards, but cannot be read as JSON (%s): fetch it again"
              .formatted(Printable.of(e.getOriginalMessage())),
          e);
    }
    JsonNode map = root.get("weight_map");
    if (map == null || !map.isObject() || map.isEmpty()) {
      throw new WeightsException("its weight_map is no object that names tensors: fetch it again");
    }
    SequencedMap<String, String> files = new LinkedHashMap<>();
    for (var entry : map.properties()) {
      String shard = entry.getValue().isString() ? entry.getValue().asString() : "";
      if (!FILE_NAME.matcher(shard).matches()) {
        throw new WeightsException(
            "its weight_map puts %s in \"%s\": it must name a file in the same folder"
                .formatted(Printable.of(entry.getKey()), Printable.of(shard)));
      }
      files.put(entry.getKey(), shard);
    }
    ShardIndex index = new ShardIndex(files);
    if (index.shards().size() > MAX_SHARDS) {
      throw new WeightsException(
          "its weight_map names %d files, more than %d"
              .formatted(index.shards().size(), MAX_SHARDS));
    }
    return index;
  }

  /** The files' names, in alphabetical order. */
  Set<String> shards() {
    return new TreeSet<>(files.values());
  }

  /**
   * Takes the tensors that the index names out of the shards.
   *
   * @param shards what each file holds, by the file's name
   * @throws WeightsException if a shard lacks a tensor that the index says it has, or has one more
   */
  SequencedMap<String, Tensor> join(SequencedMap<String, Contents> shards) throws WeightsException {
    SequencedMap<String, Tensor> tensors = new LinkedHashMap<>();
    for (var shard : shards.entrySet()) {
      for (Tensor tensor : shard.getValue().tensors().values()) {
        String name = tensor.name();
        if (!shard.getKey().equals(files.get(name))) {
          throw new WeightsException(
              "%s holds %s, which the index %s: fetch the index and all shards again"
                  .formatted(
                      shard.getKey(),
                      Printable.of(name),
                      files.containsKey(name) ? "puts in " + files.get(name) : "does not name"));
        }
        tensors.put(name, tensor);
      }
    }
    for (var entry : files.entrySet()) {
      if (!tensors.containsKey(entry.getKey())) {
        throw new WeightsException(
            "the index puts %s in %s, which does not hold it: fetch both again"
                .formatted(Printable.of(entry.getKey()), entry.getValue()));
      }
    }
    return tensors;
  }
}
