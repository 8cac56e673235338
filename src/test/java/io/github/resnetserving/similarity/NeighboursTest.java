package io.github.resnetserving.similarity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.resnetserving.similarity.Neighbours.Neighbour;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** The rows most like another. */
class NeighboursTest {

  private static final float[][] ROWS = {
    {1, 0, 0}, {0.6f, 0.8f, 0}, {0, 1, 0}, {0, 0, 0}, {-1, 0, 0}
  };

  @Test
  void theNearestRowsComeBestFirst() throws Exception {
    try (Neighbours exact = Neighbours.of(ROWS)) {
      assertThat(exact.nearest(new float[] {1, 0, 0}, 2))
          .containsExactly(new Neighbour(0, 1), new Neighbour(1, 0.6f));
      assertThat(exact.nearest(new float[] {1, 0, 0}, 9).stream().map(Neighbour::row))
          .containsExactly(0, 1, 2, 3, 4);
    }
  }

  @Test
  void aRowBelowTheLeastSimilarityIsNoNeighbour() throws Exception {
    try (Neighbours exact = Neighbours.of(ROWS)) {
      List<List<Neighbour>> found = exact.nearest(ROWS, 5, 0.7);

      assertThat(found.stream().map(list -> list.stream().map(Neighbour::row).toList()))
          .containsExactly(List.of(0), List.of(1, 2), List.of(2, 1), List.of(), List.of(4));
    }
  }

  @Test
  void thereMayBeNoRows() throws Exception {
    try (Neighbours none = Neighbours.of(new float[0][])) {
      assertThat(none.nearest(new float[] {1}, 3)).isEmpty();
    }
  }

  @Test
  void unitRowsHaveLengthOneAndZeroStaysZero() {
    assertThat(Neighbours.unit(new float[] {3, 4})).containsExactly(0.6f, 0.8f);
    assertThat(Neighbours.unit(new float[] {0, 0})).containsExactly(0, 0);
  }

  /** Twice as wide as Lucene's own limit, as ResNet-50's features are. */
  @Test
  void theGraphFindsWhatComparingEachFinds() throws Exception {
    float[][] rows = clusters(/* clusters= */ 40, /* each= */ 10, /* width= */ 2048);
    try (Neighbours exact = new ExactNeighbours(rows);
        Neighbours graph = HnswNeighbours.temporary(rows)) {
      List<List<Neighbour>> expected = exact.nearest(rows, 5, 0.5);
      List<List<Neighbour>> found = graph.nearest(rows, 5, 0.5);

      long same =
          IntStream.range(0, rows.length)
              .filter(i -> rowsOf(expected.get(i)).equals(rowsOf(found.get(i))))
              .count();
      assertThat(same).isGreaterThanOrEqualTo(396); // of 400: a graph may miss some
      assertThat(found.get(7).getFirst().similarity()).isCloseTo(1, within(1e-5));
    }
  }

  @Test
  void aRowOfZerosHasNoNeighboursInAGraph() throws Exception {
    try (Neighbours graph = HnswNeighbours.temporary(ROWS)) {
      assertThat(graph.nearest(new float[3], 5)).isEmpty();
      assertThat(rowsOf(graph.nearest(ROWS[0], 5))).containsExactly(0, 1, 2, 4);
    }
  }

  private static List<Integer> rowsOf(List<Neighbour> neighbours) {
    return neighbours.stream().map(Neighbour::row).sorted().toList();
  }

  private static float[][] clusters(int clusters, int each, int width) {
    Random random = new Random(5);
    float[][] rows = new float[clusters * each][];
    Arrays.setAll(
        rows,
        i -> {
          Random center = new Random(i / each);
          float[] row = new float[width];
          for (int k = 0; k < width; k++) {
            row[k] = (float) (center.nextGaussian() + 0.5 * random.nextGaussian());
          }
          return Neighbours.unit(row);
        });
    return rows;
  }
}
