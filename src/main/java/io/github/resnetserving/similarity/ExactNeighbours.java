package io.github.resnetserving.similarity;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.PriorityQueue;
import java.util.stream.IntStream;

/**
 * Compares with every row. A block of rows is kept as an array for each of their numbers, so that
 * the inner loop runs over rows at the same place of every array, and the compiler makes vector
 * instructions of it.
 */
final class ExactNeighbours implements Neighbours {

  private static final int BLOCK = 256;

  /** Numbers of a row that one pass over the sums takes. */
  private static final int STEP = 4;

  private final int rows;
  private final int width; // a multiple of STEP
  private final float[][][] blocks; // (blocks, width, BLOCK)

  ExactNeighbours(float[][] all) {
    this.rows = all.length;
    this.width = rows == 0 ? 0 : Math.ceilDiv(all[0].length, STEP) * STEP;
    this.blocks = new float[Math.ceilDiv(rows, BLOCK)][][];
    Arrays.setAll(blocks, b -> block(all, b * BLOCK));
  }

  private float[][] block(float[][] all, int from) {
    float[][] block = new float[width][BLOCK];
    for (int r = from; r < Math.min(rows, from + BLOCK); r++) {
      for (int k = 0; k < all[r].length; k++) {
        block[k][r - from] = all[r][k];
      }
    }
    return block;
  }

  @Override
  public List<Neighbour> nearest(float[] query, int most) {
    return nearest(query, most, -2, new float[BLOCK]);
  }

  @Override
  public List<List<Neighbour>> nearest(float[][] queries, int most, double least) {
    return IntStream.range(0, queries.length)
        .parallel()
        .mapToObj(i -> nearest(queries[i], most, least, new float[BLOCK]))
        .toList();
  }

  private List<Neighbour> nearest(float[] query, int most, double least, float[] sums) {
    float[] padded = Arrays.copyOf(query, width);
    PriorityQueue<Neighbour> best = new PriorityQueue<>(Neighbour.BEST_FIRST.reversed());
    for (int b = 0; b < blocks.length; b++) {
      multiply(padded, blocks[b], sums);
      int inside = Math.min(BLOCK, rows - b * BLOCK);
      for (int j = 0; j < inside; j++) {
        double floor = best.size() < most ? least : best.element().similarity();
        if (sums[j] >= least && (sums[j] > floor || best.size() < most)) {
          best.add(new Neighbour(b * BLOCK + j, Math.min(1, sums[j])));
          if (best.size() > most) {
            best.remove();
          }
        }
      }
    }
    List<Neighbour> sorted = new ArrayList<>(best);
    sorted.sort(Neighbour.BEST_FIRST);
    return sorted;
  }

  private void multiply(float[] query, float[][] block, float[] sums) {
    Arrays.fill(sums, 0);
    for (int k = 0; k < width; k += STEP) {
      add(
          sums,
          block[k],
          query[k],
          block[k + 1],
          query[k + 1],
          block[k + 2],
          query[k + 2],
          block[k + 3],
          query[k + 3]);
    }
  }

  private static void add(
      float[] sums,
      float[] first,
      float a,
      float[] second,
      float b,
      float[] third,
      float c,
      float[] fourth,
      float d) {
    for (int j = 0; j < BLOCK; j++) {
      sums[j] += a * first[j] + b * second[j] + c * third[j] + d * fourth[j];
    }
  }

  @Override
  public void close() {}
}
