package io.github.resnetserving.checkpoint.imports;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.github.resnetserving.checkpoint.Printable;
import io.github.resnetserving.checkpoint.SafetensorsWriter;
import io.github.resnetserving.checkpoint.WeightsException;
import io.github.resnetserving.checkpoint.caffe.CaffeReader;
import io.github.resnetserving.checkpoint.foreign.ForeignNetwork;
import io.github.resnetserving.checkpoint.keras.KerasReader;
import io.github.resnetserving.checkpoint.mxnet.MxNetReader;
import io.github.resnetserving.checkpoint.onnx.OnnxReader;
import io.github.resnetserving.models.Preprocessing;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.zip.ZipFile;
import org.jspecify.annotations.Nullable;

/**
 * A network in a file of another library. Immutable; its weights are read from the file when they
 * are written.
 *
 * @param name the file's, for a message
 * @param format the library's name
 * @param input what the publisher's documents say of the input; null where there is no publisher
 *     that the file tells
 */
public record ForeignFile(
    String name, String format, ForeignNetwork network, @Nullable PublishedInput input) {

  /** Protocol buffers, and Java's buffers, end there. */
  private static final long MAX_BYTES = Integer.MAX_VALUE - 8;

  private static final int HEAD = 16;
  private static final String HDF5 = "\u0089HDF\r\n\u001a\n";

  /** What an ONNX model may begin with after its version: in practice the producer's name. */
  private static final List<Integer> AFTER_VERSION =
      List.of(0x12, 0x1a, 0x22, 0x2a, 0x32, 0x3a, 0x42);

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
      return read(bytes, path, file.substring(file.lastIndexOf('.') + 1).toLowerCase(Locale.ROOT));
    } catch (WeightsException e) {
      throw e.in(Printable.of(file));
    } catch (IOException e) {
      throw new WeightsException(
          "%s: it cannot be opened: %s".formatted(Printable.of(file), e.getMessage()), e);
    }
  }

  private static Optional<ForeignFile> read(MemorySegment bytes, Path path, String extension)
      throws WeightsException {
    String name = Printable.of(String.valueOf(path.getFileName()));
    String head =
        new String(
            bytes.asSlice(0, Math.min(HEAD, bytes.byteSize())).toArray(ValueLayout.JAVA_BYTE),
            ISO_8859_1);
    if (head.startsWith(HDF5)) {
      requireSize(bytes);
      return Optional.of(keras(name, KerasReader.read(bytes)));
    }
    if (head.startsWith("PK") && isKerasArchive(path)) {
      return Optional.of(keras(name, KerasReader.readArchive(path)));
    }
    if (head.startsWith("PK") && BitArchive.isOne(path)) {
      return Optional.of(new ForeignFile(name, "BiT", BitArchive.read(path), PublishedInput.BIT));
    }
    if (MxNetReader.isOne(bytes)) {
      MxNetReader.Found found = MxNetReader.read(bytes, path.toAbsolutePath());
      return Optional.of(
          new ForeignFile(
              name, "MXNet", found.network(), found.published() ? PublishedInput.GLUON : null));
    }
    // Caffe's files begin with the network's name, or with nothing that tells them.
    if (extension.equals("caffemodel") && (head.isEmpty() || "{<v".indexOf(head.charAt(0)) < 0)) {
      requireSize(bytes);
      return Optional.of(
          new ForeignFile(name, "Caffe", CaffeReader.read(bytes).swapped(), PublishedInput.CAFFE));
    }
    if (isOnnx(head)) {
      requireSize(bytes);
      Path folder = path.toAbsolutePath().getParent();
      return Optional.of(
          new ForeignFile(
              name, "ONNX", OnnxReader.read(bytes, folder == null ? path : folder), null));
    }
    return Optional.empty();
  }

  private static ForeignFile keras(String name, KerasReader.Found found) {
    return found.published()
        ? new ForeignFile(name, "Keras", found.network().swapped(), PublishedInput.KERAS)
        : new ForeignFile(name, "Keras", found.network(), null);
  }

  /** An archive that is damaged is told what it is by the reader of PyTorch's. */
  private static boolean isKerasArchive(Path path) {
    try (ZipFile archive = new ZipFile(path.toFile())) {
      return archive.getEntry("model.weights.h5") != null;
    } catch (IOException _) {
      return false;
    }
  }

  /** A protocol buffer whose first field is a small ir_version. */
  private static boolean isOnnx(String head) {
    return head.length() > 4
        && head.charAt(0) == 0x08
        && head.charAt(1) > 0
        && head.charAt(1) < 32
        && AFTER_VERSION.contains((int) head.charAt(2));
  }

  private static void requireSize(MemorySegment bytes) throws WeightsException {
    if (bytes.byteSize() > MAX_BYTES) {
      throw new WeightsException(
          "it has 2 GiB or more, and the largest ResNets have an eighth of that");
    }
  }

  /** The same network for images whose channels come in the other order. */
  public ForeignFile swapped() {
    return new ForeignFile(name, format, network.swapped(), input);
  }

  /** The published preprocessing; null where there is none. */
  public @Nullable Preprocessing preprocessing() {
    PublishedInput published = input;
    return published == null ? null : published.preprocessing();
  }

  /**
   * Writes the network as safetensors.
   *
   * @throws WeightsException if an array cannot be read
   * @throws IOException if the file cannot be written
   */
  public void write(Path target) throws IOException {
    try {
      SafetensorsWriter.writeCached(
          target, network.tensors(), Map.of("format", "pt", "from", format));
    } catch (UncheckedIOException e) {
      throw e.getCause() instanceof WeightsException damaged ? damaged.in(name) : e.getCause();
    }
  }
}
