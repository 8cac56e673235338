package io.github.resnetserving.weights;

import java.io.IOException;
import java.net.URI;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SequencedMap;

/** Stub until the package lands. */
public final class Checkpoint implements AutoCloseable {
  private Checkpoint() {}

  public static Checkpoint open(URI file) throws IOException {
    throw new IOException(file.toString());
  }

  public SequencedMap<String, Tensor> tensors() {
    return new LinkedHashMap<>();
  }

  public Map<String, String> metadata() {
    return Map.of();
  }

  @Override
  public void close() {}
}
