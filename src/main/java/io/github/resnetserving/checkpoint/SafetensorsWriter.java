package io.github.resnetserving.checkpoint;

import io.github.resnetserving.checkpoint.TensorSource.FloatTensor;
import io.github.resnetserving.tensor.DType;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SequencedMap;
import java.util.UUID;
import java.util.function.BiFunction;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.json.JsonFactory;

/**
 * Writes tensors as safetensors, which {@link Checkpoint} and Python's {@code safetensors} read.
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
    writeRounded(path, tensors, DType.F32, metadata);
  }

  /**
   * Like {@link #write}, with kernels and matrices rounded to another element type. Arrays of one
   * dimension, such as batch norms' variances, stay float32: they are small, and need its range.
   */
  public static void writeRounded(
      Path path,
      SequencedMap<String, FloatTensor> tensors,
      DType type,
      Map<String, String> metadata)
      throws IOException {
    SequencedMap<String, TensorSource> sources = new LinkedHashMap<>();
    tensors.forEach((name, tensor) ->
        sources.put(
            name,
            TensorSource.of(
                tensor.shape().size() > 1 ? type : DType.F32, tensor.shape(), tensor::values)));
    write(path, sources, metadata, /* durable= */ true);
  }

  /**
   * Like {@link #write}, of a checkpoint's tensors as they are, each in its own element type: so
   * the shards of a checkpoint become one file.
   *
   * @throws IllegalStateException if the checkpoint has been closed
   */
  public static void copy(Path path, Checkpoint checkpoint) throws IOException {
    copy(path, checkpoint, (_, source) -> source);
  }

  /**
   * Like {@link #copy(Path, Checkpoint)}, with other tensors in place of some.
   *
   * @param changed gives what is written of a tensor's name and itself
   */
  public static void copy(
      Path path, Checkpoint checkpoint, BiFunction<String, TensorSource, TensorSource> changed)
      throws IOException {
    SequencedMap<String, TensorSource> sources = new LinkedHashMap<>();
    checkpoint
        .tensors()
        .forEach((name, tensor) ->
            sources.put(
                name,
                changed.apply(
                    name, new TensorSource(tensor.dtype(), tensor.shape(), tensor::toBytes))));
    write(path, sources, checkpoint.metadata(), /* durable= */ true);
  }

  /**
   * Writes tensors of any type whole or not at all, each made when it is written, to a file that
   * can be made again: it is not forced to the disk.
   */
  public static void writeCached(
      Path path, SequencedMap<String, TensorSource> tensors, Map<String, String> metadata)
      throws IOException {
    write(path, tensors, metadata, /* durable= */ false);
  }

  private static void write(
      Path path,
      SequencedMap<String, TensorSource> tensors,
      Map<String, String> metadata,
      boolean durable)
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
      write(partial, header, tensors, durable);
      Files.move(
          partial, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } finally {
      Files.deleteIfExists(partial);
    }
  }

  private static void write(
      Path path, byte[] header, SequencedMap<String, TensorSource> tensors, boolean durable)
      throws IOException {
    try (FileChannel out =
        FileChannel.open(path, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
      ByteBuffer length = ByteBuffer.allocate(Long.BYTES).order(ByteOrder.LITTLE_ENDIAN);
      writeFully(out, length.putLong(header.length).flip());
      writeFully(out, ByteBuffer.wrap(header));
      for (TensorSource tensor : tensors.values()) {
        byte[] elements = tensor.elements().get();
        // A whole array at once would be copied to native memory of its size, which is kept.
        for (int done = 0; done < elements.length; done += CHUNK_BYTES) {
          int count = Math.min(elements.length - done, CHUNK_BYTES);
          writeFully(out, ByteBuffer.wrap(elements, done, count));
        }
      }
      if (durable) {
        out.force(/* metaData= */ true);
      }
    }
  }

  private static void writeFully(FileChannel out, ByteBuffer bytes) throws IOException {
    while (bytes.hasRemaining()) {
      out.write(bytes);
    }
  }

  private static byte[] header(
      SequencedMap<String, TensorSource> tensors, Map<String, String> metadata) {
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
        TensorSource tensor = entry.getValue();
        long end = begin + tensor.count() * tensor.dtype().bytes();
        out.writeObjectPropertyStart(entry.getKey());
        out.writeStringProperty("dtype", tensor.dtype().name());
        out.writeArrayPropertyStart("shape");
        tensor.shape().forEach(out::writeNumber);
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
