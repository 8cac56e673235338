package io.github.resnetserving.checkpoint.imports;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.github.resnetserving.checkpoint.Printable;
import io.github.resnetserving.checkpoint.TensorSource;
import io.github.resnetserving.checkpoint.WeightsException;
import io.github.resnetserving.checkpoint.foreign.ForeignNetwork;
import io.github.resnetserving.models.NetworkOptions;
import io.github.resnetserving.tensor.DType;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import org.jspecify.annotations.Nullable;

/**
 * BiT's networks as they were published: a {@code .npz} of NumPy, whose arrays have the names of
 * TensorFlow's layers. They get timm's names.
 *
 * <p>Source: NumPy's description of the npy format, versions 1 to 3, and the files of the Big
 * Transfer repository.
 */
final class BitArchive {

  private static final String EXTENSION = ".npy";

  /** What every file of BiT has. */
  private static final String STEM = "resnet/root_block/standardized_conv2d/kernel";

  /** A file has some 220 arrays, the deepest some 630. */
  private static final int MAX_ARRAYS = 10_000;

  private static final int MAX_HEADER = 4096;

  /** Eight times the largest array that was published. */
  private static final long MAX_ELEMENTS = 1L << 28;

  private static final Pattern UNIT = Pattern.compile("resnet/block(\\d{1,2})/unit(\\d{2,4})/(.+)");
  private static final Map<String, Integer> POSITIONS = Map.of("a", 1, "b", 2, "c", 3);
  private static final Map<String, String> PARTS =
      Map.of("gamma", "weight", "beta", "bias", "kernel", "weight", "bias", "bias");
  private static final Map<String, String> OTHERS =
      Map.of(
          STEM,
          "stem.conv.weight",
          "resnet/group_norm/gamma",
          "norm.weight",
          "resnet/group_norm/beta",
          "norm.bias",
          "resnet/head/conv2d/kernel",
          "head.fc.weight",
          "resnet/head/conv2d/bias",
          "head.fc.bias");
  private static final Pattern LAYER =
      Pattern.compile("([abc])/(standardized_conv2d|group_norm)/(kernel|gamma|beta)");
  private static final String PROJECTION = "a/proj/standardized_conv2d/kernel";

  private static final Pattern HEADER =
      Pattern.compile(
          "\\{'descr': '([^']*)', 'fortran_order': (True|False), 'shape': \\(([\\d, ]*)\\),"
              + " \\}\\s*");

  private BitArchive() {}

  /** Whether a zip file is one of NumPy's. */
  static boolean isOne(Path path) {
    try (ZipFile archive = new ZipFile(path.toFile())) {
      return archive.stream().findFirst().filter(BitArchive::isArray).isPresent();
    } catch (IOException _) {
      return false;
    }
  }

  private static boolean isArray(ZipEntry entry) {
    return entry.getName().endsWith(EXTENSION);
  }

  /**
   * Reads the arrays' names and shapes.
   *
   * @throws WeightsException if it is damaged, or no network of BiT; the message names the array
   */
  static ForeignNetwork read(Path path) throws WeightsException {
    SequencedMap<String, TensorSource> tensors = new LinkedHashMap<>();
    try (ZipFile archive = new ZipFile(path.toFile())) {
      if (archive.size() > MAX_ARRAYS) {
        throw new WeightsException(
            "it has %d arrays: BiT's have hundreds".formatted(archive.size()));
      }
      if (archive.getEntry(STEM + EXTENSION) == null) {
        throw new WeightsException(
            "it is a .npz of NumPy, and only those of BiT are read: it has no %s. Save the weights as"
                    .formatted(STEM)
                + " safetensors");
      }
      for (ZipEntry entry : archive.stream().filter(BitArchive::isArray).toList()) {
        String name = entry.getName().substring(0, entry.getName().length() - EXTENSION.length());
        Array array;
        try (InputStream in = archive.getInputStream(entry)) {
          array = Array.read(new DataInputStream(in), name);
        }
        tensors.put(renamed(name), array.tensor(path));
      }
    } catch (WeightsException e) {
      throw e;
    } catch (IOException e) {
      throw new WeightsException("it is damaged: %s".formatted(e.getMessage()), e);
    }
    return new ForeignNetwork(tensors, NetworkOptions.USUAL, /* scale= */ null, List.of());
  }

  private static String renamed(String array) throws WeightsException {
    String other = OTHERS.get(array);
    Matcher unit = UNIT.matcher(array);
    if (other != null || !unit.matches()) {
      return known(other, array);
    }
    String block =
        "stages.%d.blocks.%d."
            .formatted(Integer.parseInt(unit.group(1)) - 1, Integer.parseInt(unit.group(2)) - 1);
    Matcher layer = LAYER.matcher(unit.group(3));
    if (layer.matches()) {
      return "%s%s%d.%s"
          .formatted(
              block,
              layer.group(2).equals("group_norm") ? "norm" : "conv",
              POSITIONS.get(layer.group(1)),
              PARTS.get(layer.group(3)));
    }
    return known(unit.group(3).equals(PROJECTION) ? block + "downsample.conv.weight" : null, array);
  }

  private static String known(@Nullable String name, String array) throws WeightsException {
    if (name == null) {
      throw new WeightsException(
          "the array %s is none of BiT's networks".formatted(Printable.of(array)));
    }
    return name;
  }

  /**
   * An array of the archive, in C order and float32.
   *
   * @param shape as it is in the file: of kernels (height, width, inputs, outputs)
   * @param header bytes before its elements
   */
  private record Array(String name, List<Integer> shape, int header) {

    /** Reads what comes before the elements. */
    static Array read(DataInputStream in, String name) throws IOException {
      String printable = Printable.of(name);
      byte[] magic = in.readNBytes(8);
      if (magic.length < 8
          || !new String(magic, 0, 6, ISO_8859_1).equals("\u0093NUMPY")
          || magic[6] < 1
          || magic[6] > 3) {
        throw new WeightsException("%s is no array of NumPy".formatted(printable));
      }
      int count = magic[6] == 1 ? 2 : 4; // bytes of the header's length, the lowest first
      byte[] length = in.readNBytes(count);
      long bytes = 0;
      for (int i = length.length - 1; i >= 0; i--) {
        bytes = (bytes << 8) | (length[i] & 0xff);
      }
      if (length.length < count || bytes > MAX_HEADER) {
        throw new WeightsException("%s has no header of NumPy's".formatted(printable));
      }
      String text = new String(in.readNBytes((int) bytes), ISO_8859_1);
      Matcher header = HEADER.matcher(text);
      if (!header.matches() || !header.group(1).equals("<f4") || header.group(2).equals("True")) {
        throw new WeightsException(
            "%s is %s: only little-endian float32 in C order is read"
                .formatted(printable, Printable.of(text.strip())));
      }
      return new Array(name, shape(header.group(3), printable), 8 + count + (int) bytes);
    }

    private static List<Integer> shape(String text, String name) throws WeightsException {
      List<Integer> shape = new ArrayList<>();
      long count = 1;
      for (String size : text.replace(" ", "").split(",", -1)) {
        if (!size.isEmpty()) {
          long each = size.length() > 9 ? MAX_ELEMENTS + 1 : Long.parseLong(size);
          count = Math.max(count, 1) * each;
          if (count > MAX_ELEMENTS) {
            throw new WeightsException(
                "%s has the shape (%s): no network of BiT has one so large".formatted(name, text));
          }
          shape.add((int) each);
        }
      }
      return shape;
    }

    private int count() {
      return shape.stream().reduce(1, (a, b) -> a * b);
    }

    /** In PyTorch's layout: kernels (outputs, inputs, height, width). */
    TensorSource tensor(Path path) {
      List<Integer> arranged =
          shape.size() == 4
              ? List.of(shape.get(3), shape.get(2), shape.get(0), shape.get(1))
              : shape;
      return new TensorSource(DType.F32, arranged, () -> elements(path));
    }

    private byte[] elements(Path path) {
      byte[] bytes = new byte[count() * Float.BYTES];
      try (ZipFile archive = new ZipFile(path.toFile());
          InputStream in = archive.getInputStream(archive.getEntry(name + EXTENSION))) {
        in.skipNBytes(header);
        int read = in.readNBytes(bytes, 0, bytes.length);
        if (read < bytes.length || in.read() >= 0) {
          throw new WeightsException(
              "%s has more or fewer elements than its header tells: %d"
                  .formatted(Printable.of(name), count()));
        }
      } catch (EOFException e) {
        throw new UncheckedIOException(
            new WeightsException("%s is cut short".formatted(Printable.of(name)), e));
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
      return shape.size() == 4 ? transposed(bytes) : bytes;
    }

    private byte[] transposed(byte[] from) {
      int outputs = shape.get(3);
      int inputs = shape.get(2);
      int area = shape.get(0) * shape.get(1);
      byte[] to = new byte[from.length];
      for (int p = 0; p < area; p++) {
        for (int i = 0; i < inputs; i++) {
          for (int o = 0; o < outputs; o++) {
            System.arraycopy(
                from,
                ((p * inputs + i) * outputs + o) * Float.BYTES,
                to,
                ((o * inputs + i) * area + p) * Float.BYTES,
                Float.BYTES);
          }
        }
      }
      return to;
    }
  }
}
