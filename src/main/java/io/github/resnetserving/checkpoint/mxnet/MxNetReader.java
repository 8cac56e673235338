package io.github.resnetserving.checkpoint.mxnet;

import io.github.resnetserving.checkpoint.WeightsException;
import io.github.resnetserving.checkpoint.foreign.ForeignGraph;
import io.github.resnetserving.checkpoint.foreign.ForeignNetwork;
import io.github.resnetserving.checkpoint.foreign.GraphRecognition;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;

/** Reads one list of arrays of MXNet. */
public final class MxNetReader {

  private static final ValueLayout.OfLong LONG =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final long MAX_SYMBOL = 16 << 20;

  private MxNetReader() {}

  /**
   * What was read.
   *
   * @param published whether the arrays have Gluon's names, and so the preprocessing of its model
   *     zoo
   */
  public record Found(ForeignNetwork network, boolean published) {}

  /** Whether a file begins as such a list. */
  public static boolean isOne(MemorySegment file) {
    return file.byteSize() >= 2 * Long.BYTES && file.get(LONG, 0) == NdArrayList.MAGIC;
  }

  /**
   * Reads a list, and the symbol beside it if there is one: {@code net-symbol.json} for {@code
   * net-0000.params} or {@code net.params}.
   *
   * @throws WeightsException if it is damaged, or no residual network that runs here
   */
  public static Found read(MemorySegment file, Path path) throws WeightsException {
    NdArrayList list = NdArrayList.read(file);
    Path symbol = symbol(path);
    if (Files.isRegularFile(symbol)) {
      ForeignGraph graph;
      try {
        if (Files.size(symbol) > MAX_SYMBOL) {
          throw new WeightsException("%s has more than 16 MiB".formatted(symbol.getFileName()));
        }
        graph = new MxNetSymbol(Files.readString(symbol), list.arrays()).graph();
      } catch (WeightsException e) {
        throw e;
      } catch (IOException e) {
        throw new WeightsException(
            "%s cannot be read: %s".formatted(symbol.getFileName(), e.getMessage()), e);
      }
      return new Found(GraphRecognition.of(graph), false);
    }
    return new Found(GraphRecognition.of(new GluonNames(list.arrays()).graph()), true);
  }

  private static Path symbol(Path path) {
    String name = String.valueOf(path.getFileName()).replaceFirst("(-\\d{4})?\\.params$", "");
    return path.resolveSibling(name + "-symbol.json");
  }
}
