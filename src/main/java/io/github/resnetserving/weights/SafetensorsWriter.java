package io.github.resnetserving.weights;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Map;
import java.util.SequencedMap;
import java.util.UUID;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.json.JsonFactory;

/**
 * Writes float32 tensors as safetensors, which {@link Checkpoint} and Python's {@code safetensors}
 * read.
 *
 * <p>Stateless; two writers of one path are safe, and the last to finish wins.
 *
 * <p>Source: the safetensors format description.
 */
public final class SafetensorsWriter {

  private static final JsonFactory JSON = new JsonFactory();
  private static final int CHUNK_BYTES = 1 << 20;

  /** So that the elements start at a multiple of 8 bytes, as the format recommends. */
  private static final int ALIGNMENT = 8;

  private SafetensorsWriter() {}

  /**
   * Writes a file whole or not at all: first beside its place, then moved there in one step.
   *
   * @param path the file; one that is there is replaced
   * @param tensors by name, written in this order
   * @param metadata free text to go with them, such as {@code format: pt}
   * @throws IOException if it cannot be written; nothing is left behind
   * @throws IllegalArgumentException if a tensor is named {@code __metadata__}
   */
  public static void write(
      Path path, SequencedMap<String, FloatTensor> tensors, Map<String, String> metadata)
      throws IOException {
    if (tensors.containsKey(SafetensorsHeader.METADATA)) {
      throw new IllegalArgumentException(
          "no tensor can be named " + SafetensorsHeader.METADATA + " in safetensors");
    }
    byte[] header = header(tensors, metadata);
    Path target = path.toAbsolutePath();
    Path partial =
        target.resolveSibling(".%s.%s.partial".formatted(target.getFileName(), UUID.randomUUID()));
    try {
      write(partial, header, tensors);
      Files.move(
          partial, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } finally {
      Files.deleteIfExists(partial);
    }
  }

  private static void write(Path path, byte[] header, SequencedMap<String, FloatTensor> tensors)
      throws IOException {
    try (FileChannel out =
        FileChannel.open(path, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
      ByteBuffer chunk = ByteBuffer.allocate(CHUNK_BYTES).order(ByteOrder.LITTLE_ENDIAN);
      writeFully(out, chunk.putLong(header.length).flip());
      writeFully(out, ByteBuffer.wrap(header));
      for (FloatTensor tensor : tensors.values()) {
        float[] values = tensor.values();
        for (int done = 0; done < values.length; ) {
          int count = Math.min(values.length - done, CHUNK_BYTES / Float.BYTES);
          chunk.clear();
          chunk.asFloatBuffer().put(values, done, count);
          writeFully(out, chunk.limit(count * Float.BYTES));
          done += count;
        }
      }
      out.force(/* metaData= */ true);
    }
  }

  private static void writeFully(FileChannel out, ByteBuffer bytes) throws IOException {
    while (bytes.hasRemaining()) {
      out.write(bytes);
    }
  }

  private static byte[] header(
      SequencedMap<String, FloatTensor> tensors, Map<String, String> metadata) {
    var bytes = new ByteArrayOutputStream();
    try (JsonGenerator out = JSON.createGenerator(ObjectWriteContext.empty(), bytes)) {
      out.writeStartObject();
      if (!metadata.isEmpty()) {
        out.writeObjectPropertyStart(SafetensorsHeader.METADATA);
        metadata.forEach(out::writeStringProperty);
        out.writeEndObject();
      }
      long begin = 0;
      for (var entry : tensors.entrySet()) {
        long end = begin + (long) entry.getValue().values().length * Float.BYTES;
        out.writeObjectPropertyStart(entry.getKey());
        out.writeStringProperty("dtype", DType.F32.name());
        out.writeArrayPropertyStart("shape");
        entry.getValue().shape().forEach(out::writeNumber);
        out.writeEndArray();
        out.writeArrayPropertyStart("data_offsets");
        out.writeNumber(begin);
        out.writeNumber(end);
        out.writeEndArray();
        out.writeEndObject();
        begin = end;
      }
      out.writeEndObject();
    }
    while (bytes.size() % ALIGNMENT != 0) {
      bytes.write(' ');
    }
    return bytes.toByteArray();
  }
}
