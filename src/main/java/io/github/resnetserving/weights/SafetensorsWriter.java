package io.github.resnetserving.weights;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Map;
import java.util.SequencedMap;

/** Stub until the package lands. */
public final class SafetensorsWriter {
  private SafetensorsWriter() {}

  public static void write(
      Path file, SequencedMap<String, FloatTensor> tensors, Map<String, String> metadata)
      throws IOException {
    StringBuilder h = new StringBuilder("{\"__metadata__\":{");
    String sep = "";
    for (var e : metadata.entrySet()) {
      h.append(sep).append('"').append(e.getKey()).append("\":\"");
      h.append(e.getValue().replace("\n", "\\n")).append('"');
      sep = ",";
    }
    h.append('}');
    long at = 0;
    for (var e : tensors.entrySet()) {
      long n = 4L * e.getValue().values().length;
      h.append(",\"").append(e.getKey()).append("\":{\"dtype\":\"F32\",\"shape\":");
      h.append(e.getValue().shape()).append(",\"data_offsets\":[").append(at);
      h.append(',').append(at + n).append("]}");
      at += n;
    }
    h.append('}');
    while (h.length() % 8 != 0) {
      h.append(' ');
    }
    byte[] header = h.toString().getBytes(StandardCharsets.UTF_8);
    ByteBuffer all =
        ByteBuffer.allocate((int) (8 + header.length + at)).order(ByteOrder.LITTLE_ENDIAN);
    all.putLong(header.length).put(header);
    for (var e : tensors.values()) {
      for (float v : e.values()) {
        all.putFloat(v);
      }
    }
    Path temporary = file.resolveSibling(file.getFileName() + ".part");
    Files.write(temporary, all.array());
    Files.move(temporary, file, StandardCopyOption.ATOMIC_MOVE);
  }
}
