package io.github.resnetserving.checkpoint.keras;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.github.resnetserving.checkpoint.Printable;
import io.github.resnetserving.checkpoint.WeightsException;
import io.github.resnetserving.checkpoint.foreign.ForeignGraph;
import io.github.resnetserving.checkpoint.foreign.ForeignNetwork;
import io.github.resnetserving.checkpoint.foreign.GraphRecognition;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import org.jspecify.annotations.Nullable;

/** Reads one file of Keras. */
public final class KerasReader {

  private static final String WEIGHTS = "model.weights.h5";
  private static final String CONFIG = "config.json";
  private static final int MAX_CONFIG = 16 << 20;

  /** Four times the largest ResNet. */
  private static final int MAX_WEIGHTS = 1 << 30;

  private KerasReader() {}

  /**
   * What was read.
   *
   * @param published whether the layers have the names of Keras Applications, and so the
   *     preprocessing of those
   */
  public record Found(ForeignNetwork network, boolean published) {}

  /**
   * Reads HDF5: a model, or weights alone.
   *
   * @param file the whole file, of less than 2 GiB
   */
  public static Found read(MemorySegment file) throws WeightsException {
    return read(file.asByteBuffer(), null);
  }

  /**
   * Reads a {@code .keras} archive.
   *
   * @throws WeightsException if it is not whole, or no residual network that runs here
   */
  public static Found readArchive(Path path) throws WeightsException {
    try (ZipFile archive = new ZipFile(path.toFile())) {
      byte[] config = bytes(archive, CONFIG, MAX_CONFIG);
      byte[] weights = bytes(archive, WEIGHTS, MAX_WEIGHTS);
      return read(ByteBuffer.wrap(weights), new String(config, UTF_8));
    } catch (WeightsException e) {
      throw e;
    } catch (IOException e) {
      throw new WeightsException(
          "it is a Keras archive, but damaged (%s): fetch it again"
              .formatted(Printable.of(String.valueOf(e.getMessage()))),
          e);
    }
  }

  private static byte[] bytes(ZipFile archive, String name, int most) throws IOException {
    ZipEntry entry = archive.getEntry(name);
    if (entry == null) {
      throw new WeightsException(
          "it is a Keras archive without %s: save the model again with model.save".formatted(name));
    }
    if (entry.getMethod() != ZipEntry.STORED && name.equals(WEIGHTS)) {
      throw new WeightsException(
          "its %s is compressed: save the model again with model.save".formatted(name));
    }
    try (InputStream in = archive.getInputStream(entry)) {
      byte[] bytes = in.readNBytes(most);
      if (bytes.length == most) {
        throw new WeightsException(
            "its %s has %d bytes or more, which no ResNet has".formatted(name, most));
      }
      return bytes;
    }
  }

  // In damaged files jhdf meets negative sizes, positions outside and wrong types, and throws as
  // the
  // JDK does.
  private static Found read(ByteBuffer hdf, @Nullable String config) throws WeightsException {
    try {
      KerasWeights weights = KerasWeights.of(hdf);
      @Nullable String told = config == null ? weights.config() : config;
      ForeignGraph graph =
          told == null ? new KerasNames(weights).graph() : new KerasConfig(told, weights).graph();
      ForeignNetwork network = GraphRecognition.of(graph);
      return new Found(
          told == null && KerasNames.areOld(weights.layers())
              ? network.noted(KerasNames.DOUBT)
              : network,
          KerasNames.arePublished(weights.layers()));
    } catch (UncheckedIOException e) {
      throw e.getCause() instanceof WeightsException known
          ? known
          : new WeightsException(String.valueOf(e.getMessage()), e);
    } catch (RuntimeException e) {
      throw new WeightsException(
          "it begins as HDF5, as Keras writes, but is truncated or damaged (%s): fetch it again"
              .formatted(Printable.of(String.valueOf(e.getMessage()))),
          e);
    }
  }
}
