package io.github.resnetserving.checkpoint.imports;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.github.resnetserving.checkpoint.Printable;
import io.github.resnetserving.checkpoint.SafetensorsWriter;
import io.github.resnetserving.checkpoint.WeightsException;
import io.github.resnetserving.checkpoint.foreign.ForeignNetwork;
import io.github.resnetserving.checkpoint.onnx.OnnxReader;
import io.github.resnetserving.models.Preprocessing;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A network in a file of another library. Immutable; its weights are read from the file when they
 * are written.
 *
 * @param format the library's name
 * @param preprocessing what its publisher documents; null where nothing is documented
 */
public record ForeignFile(
    String format, ForeignNetwork network, @Nullable Preprocessing preprocessing) {

  /** Protocol buffers, and Java's buffers, end there. */
  private static final long MAX_BYTES = Integer.MAX_VALUE - 8;

  private static final int HEAD = 16;

  /**
   * Reads a file, if its first bytes are those of another library.
   *
   * @throws WeightsException if it is damaged, or holds no residual network that runs here; the
   *     message begins with the file's name
   */
  public static Optional<ForeignFile> open(Path path) throws WeightsException {
    if (!Files.isRegularFile(path)) {
      return Optional.empty();
    }
    String file = String.valueOf(path.getFileName());
    try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
      MemorySegment bytes =
          channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size(), Arena.ofAuto());
      String head =
          new String(
              bytes.asSlice(0, Math.min(HEAD, bytes.byteSize())).toArray(ValueLayout.JAVA_BYTE),
              ISO_8859_1);
      String extension = file.substring(file.lastIndexOf('.') + 1).toLowerCase(Locale.ROOT);
      return read(bytes, head, extension, path);
    } catch (WeightsException e) {
      throw e.in(Printable.of(file));
    } catch (IOException e) {
      throw new WeightsException(
          "%s: it cannot be opened: %s".formatted(Printable.of(file), e.getMessage()), e);
    }
  }

  private static Optional<ForeignFile> read(
      MemorySegment bytes, String head, String extension, Path path) throws WeightsException {
    if (isOnnx(head) && !extension.equals("caffemodel")) {
      requireSize(bytes);
      Path folder = path.toAbsolutePath().getParent();
      return Optional.of(
          new ForeignFile("ONNX", OnnxReader.read(bytes, folder == null ? path : folder), null));
    }
    return Optional.empty();
  }

  /** A protocol buffer whose first field is a small ir_version, the next the producer's name. */
  private static boolean isOnnx(String head) {
    return head.length() > 4
        && head.charAt(0) == 0x08
        && head.charAt(1) > 0
        && head.charAt(1) < 32
        && "\u0012\u001a\"*\u003a\u0042".indexOf(head.charAt(2)) >= 0;
  }

  private static void requireSize(MemorySegment bytes) throws WeightsException {
    if (bytes.byteSize() > MAX_BYTES) {
      throw new WeightsException(
          "it has 2 GiB or more, and the largest ResNets have a quarter of that");
    }
  }

  /**
   * Writes the network as safetensors.
   *
   * @throws IOException if the file cannot be written
   */
  public void write(Path target) throws IOException {
    SafetensorsWriter.writeCached(
        target, network.tensors(), Map.of("format", "pt", "from", format));
  }
}
