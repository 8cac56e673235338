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
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.UUID;
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

  /** What is written of one tensor. */
  private interface Source {

    DType dtype();

    List<Integer> shape();

    long count();

    /** Puts elements into a buffer, which has room for them. */
    void put(long from, int count, ByteBuffer chunk);
  }

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
    SequencedMap<String, Source> sources = new LinkedHashMap<>();
    tensors.forEach((name, tensor) -> sources.put(name, new Floats(tensor)));
    writeAll(path, sources, metadata);
  }

  /**
   * The same of a checkpoint's tensors as they are, each in its own element type: so the shards of
   * a checkpoint become one file.
   *
   * @throws IllegalStateException if the checkpoint has been closed
   */
  public static void copy(Path path, Checkpoint checkpoint) throws IOException {
    SequencedMap<String, Source> sources = new LinkedHashMap<>();
    checkpoint.tensors().forEach((name, tensor) -> sources.put(name, new Elements(tensor)));
    writeAll(path, sources, checkpoint.metadata());
  }

  private static void writeAll(
      Path path, SequencedMap<String, Source> tensors, Map<String, String> metadata)
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

  private static void write(Path path, byte[] header, SequencedMap<String, Source> tensors)
      throws IOException {
    try (FileChannel out =
        FileChannel.open(path, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
      ByteBuffer chunk = ByteBuffer.allocate(CHUNK_BYTES).order(ByteOrder.LITTLE_ENDIAN);
      writeFully(out, chunk.putLong(header.length).flip());
      writeFully(out, ByteBuffer.wrap(header));
      for (Source tensor : tensors.values()) {
        int most = CHUNK_BYTES / tensor.dtype().bytes();
        for (long done = 0; done < tensor.count(); ) {
          int count = (int) Math.min(tensor.count() - done, most);
          chunk.clear();
          tensor.put(done, count, chunk);
          writeFully(out, chunk.clear().limit(count * tensor.dtype().bytes()));
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

  private record Floats(FloatTensor tensor) implements Source {

    @Override
    public DType dtype() {
      return DType.F32;
    }

    @Override
    public List<Integer> shape() {
      return tensor.shape();
    }

    @Override
    public long count() {
      return tensor.values().length;
    }

    @Override
    public void put(long from, int count, ByteBuffer chunk) {
      chunk.asFloatBuffer().put(tensor.values(), Math.toIntExact(from), count);
    }
  }

  /** Gathered once a tensor, in row-major order. */
  private static final class Elements implements Source {

    private final Tensor tensor;
    private byte[] gathered = new byte[0];

    Elements(Tensor tensor) {
      this.tensor = tensor;
    }

    @Override
    public DType dtype() {
      return tensor.dtype();
    }

    @Override
    public List<Integer> shape() {
      return tensor.shape();
    }

    @Override
    public long count() {
      return tensor.count();
    }

    @Override
    public void put(long from, int count, ByteBuffer chunk) {
      if (from == 0) {
        gathered = tensor.toBytes();
      }
      int bytes = tensor.dtype().bytes();
      chunk.put(gathered, Math.toIntExact(from * bytes), count * bytes);
      if (from + count == tensor.count()) {
        gathered = new byte[0];
      }
    }
  }

  private static byte[] header(SequencedMap<String, Source> tensors, Map<String, String> metadata) {
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
        Source tensor = entry.getValue();
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
