package io.github.resnetserving.confidence;

import io.github.resnetserving.checkpoint.Checkpoint;
import io.github.resnetserving.checkpoint.SafetensorsWriter;
import io.github.resnetserving.checkpoint.Tensor;
import io.github.resnetserving.checkpoint.TensorSource.FloatTensor;
import io.github.resnetserving.tensor.DType;
import io.github.resnetserving.tensor.NetworkOutput;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;

/**
 * Pooled features of images that a network knows, each of Euclidean length 1, rounded to float16 as
 * they are stored. Thread-safe.
 */
public final class ReferenceFeatures {

  /** Bounds memory, and the time of a search: 8 MB and about a millisecond for 1,024 features. */
  public static final int MOST = 2_000;

  private static final String TENSOR = "features";

  /** Each feature of all references lies together, so that a search adds whole rows. */
  private final float[][] columns;

  private final int count;

  private ReferenceFeatures(float[][] columns, int count) {
    this.columns = columns;
    this.count = count;
  }

  /**
   * Takes features, at most {@link #MOST}, all of one width.
   *
   * @throws IllegalArgumentException if there are none or too many
   */
  public static ReferenceFeatures of(List<float[]> features) {
    int count = features.size();
    if (count < 1 || count > MOST) {
      throw new IllegalArgumentException(
          "%d reference features: there must be between 1 and %d".formatted(count, MOST));
    }
    float[][] columns = new float[features.getFirst().length][count];
    for (int i = 0; i < count; i++) {
      float[] unit = NetworkOutput.unit(features.get(i));
      for (int c = 0; c < columns.length; c++) {
        columns[c][i] = Float.float16ToFloat(Float.floatToFloat16(unit[c]));
      }
    }
    return new ReferenceFeatures(columns, count);
  }

  /**
   * Reads a file that {@link #write} wrote.
   *
   * @throws IOException if it is none
   */
  static ReferenceFeatures read(URI file) throws IOException {
    try (Checkpoint checkpoint = Checkpoint.open(file)) {
      Tensor tensor = checkpoint.tensors().get(TENSOR);
      if (tensor == null
          || tensor.shape().size() != 2
          || tensor.shape().getFirst() < 1
          || tensor.shape().getFirst() > MOST) {
        throw new IOException("it must hold the tensor features of up to %d rows".formatted(MOST));
      }
      int count = tensor.shape().getFirst();
      int width = tensor.shape().getLast();
      float[] rows = tensor.toFloats();
      float[][] columns = new float[width][count];
      for (int i = 0; i < rows.length; i++) {
        columns[i % width][i / width] = rows[i];
      }
      return new ReferenceFeatures(columns, count);
    }
  }

  /** Writes (count, width) numbers as float16, whole or not at all. */
  void write(Path file) throws IOException {
    float[] rows = new float[count * columns.length];
    for (int i = 0; i < rows.length; i++) {
      rows[i] = columns[i % columns.length][i / columns.length];
    }
    SequencedMap<String, FloatTensor> tensors = new LinkedHashMap<>();
    tensors.put(TENSOR, new FloatTensor(List.of(count, columns.length), rows));
    SafetensorsWriter.writeRounded(file, tensors, DType.F16, Map.of());
  }

  /** How many there are. */
  public int count() {
    return count;
  }

  /** How many numbers each has. */
  int width() {
    return columns.length;
  }

  /**
   * Euclidean distance to the k-th nearest reference.
   *
   * @param features (width,) of any length
   * @param without a reference that does not count, such as the image itself; -1 for none
   */
  public double distance(float[] features, int k, int without) {
    if (features.length != columns.length) {
      throw new IllegalArgumentException(
          "%d features: the references have %d".formatted(features.length, columns.length));
    }
    float[] unit = NetworkOutput.unit(features);
    float[] squares = new float[count];
    for (int c = 0; c < columns.length; c++) {
      float[] column = columns[c];
      float own = unit[c];
      for (int i = 0; i < count; i++) {
        float difference = column[i] - own;
        squares[i] += difference * difference;
      }
    }
    if (without >= 0) {
      squares[without] = Float.POSITIVE_INFINITY;
    }
    Arrays.sort(squares);
    return Math.sqrt(squares[k - 1]);
  }
}
