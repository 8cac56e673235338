package io.github.resnetserving.similarity;

import java.io.IOException;
import java.util.Comparator;
import java.util.List;

/**
 * Finds the rows most like another, by the cosine of the angle between them. Thread-safe.
 *
 * <p>Among at most {@link #EXACT_ROWS} rows it compares with each; among more it asks a graph
 * (Malkov and Yashunin 2018), which may miss some.
 */
public sealed interface Neighbours extends AutoCloseable permits ExactNeighbours, HnswNeighbours {

  /** Rows up to which each is compared. */
  int EXACT_ROWS = 20_000;

  /**
   * A row and how like it is.
   *
   * @param row its index
   * @param similarity cosine, at most 1
   */
  record Neighbour(int row, double similarity) {

    static final Comparator<Neighbour> BEST_FIRST =
        Comparator.comparingDouble((Neighbour n) -> -n.similarity())
            .thenComparingInt(Neighbour::row);
  }

  /**
   * Takes rows in.
   *
   * @param rows (rows, width) numbers; each of unit length by {@link #unit}, or all zero; not
   *     copied
   */
  static Neighbours of(float[][] rows) throws IOException {
    return rows.length <= EXACT_ROWS ? new ExactNeighbours(rows) : HnswNeighbours.temporary(rows);
  }

  /**
   * The most similar rows.
   *
   * @param query (width,) numbers of unit length
   * @param most how many at most
   * @return best first
   */
  List<Neighbour> nearest(float[] query, int most) throws IOException;

  /**
   * The most similar rows of many queries at once, by all processors.
   *
   * @param least similarity below which a row is no neighbour
   * @return for each query, best first
   */
  List<List<Neighbour>> nearest(float[][] queries, int most, double least) throws IOException;

  @Override
  void close() throws IOException;

  /** Scales to unit length; what is zero stays zero. */
  static float[] unit(float[] row) {
    double sum = 0;
    for (float value : row) {
      sum += (double) value * value;
    }
    float[] scaled = new float[row.length];
    if (sum > 0) {
      double factor = 1 / Math.sqrt(sum);
      for (int i = 0; i < row.length; i++) {
        scaled[i] = (float) (row[i] * factor);
      }
    }
    return scaled;
  }
}
