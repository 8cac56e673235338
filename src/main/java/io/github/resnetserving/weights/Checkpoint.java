package io.github.resnetserving.weights;

import java.io.IOException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Stub until the package lands: safetensors in memory. */
public final class Checkpoint implements AutoCloseable {
  private final SequencedMap<String, Tensor> tensors = new LinkedHashMap<>();
  private final Map<String, String> metadata = new LinkedHashMap<>();

  private Checkpoint() {}

  public static Checkpoint open(URI file) throws IOException {
    Checkpoint checkpoint = new Checkpoint();
    ByteBuffer all;
    try (var in = file.toURL().openStream()) {
      all = ByteBuffer.wrap(in.readAllBytes()).order(ByteOrder.LITTLE_ENDIAN);
    }
    byte[] header = new byte[(int) all.getLong()];
    all.get(header);
    int start = all.position();
    for (var e : new JsonMapper().readTree(header).properties()) {
      if (e.getKey().equals("__metadata__")) {
        e.getValue()
            .properties()
            .forEach(m -> checkpoint.metadata.put(m.getKey(), m.getValue().asString()));
        continue;
      }
      List<Integer> shape = new ArrayList<>();
      for (JsonNode n : e.getValue().get("shape")) {
        shape.add(n.asInt());
      }
      int from = start + e.getValue().get("data_offsets").get(0).asInt();
      int to = start + e.getValue().get("data_offsets").get(1).asInt();
      checkpoint.tensors.put(
          e.getKey(),
          new Tensor(
              shape,
              () -> {
                float[] v = new float[(to - from) / 4];
                all.slice(from, to - from).order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer().get(v);
                return v;
              }));
    }
    return checkpoint;
  }

  public SequencedMap<String, Tensor> tensors() {
    return tensors;
  }

  public Map<String, String> metadata() {
    return metadata;
  }

  @Override
  public void close() {}
}
