package io.github.resnetserving.heads;

import java.util.Arrays;

/** How a head scores features. Immutable, so thread-safe. */
sealed interface Scorer {

  /** How wide the features must be. */
  int width();

  /** How many classes it tells apart. */
  int classes();

  /**
   * Scores features.
   *
   * @param features (width,) finite numbers
   * @return (classes,) finite numbers, whose softmax are probabilities
   */
  float[] logits(float[] features);

  /** The sum of products, in eight sums so that they need not wait for each other. */
  private static float dot(float[] a, int from, float[] b) {
    float s0 = 0;
    float s1 = 0;
    float s2 = 0;
    float s3 = 0;
    float s4 = 0;
    float s5 = 0;
    float s6 = 0;
    float s7 = 0;
    int i = 0;
    for (; i + 8 <= b.length; i += 8) {
      s0 += a[from + i] * b[i];
      s1 += a[from + i + 1] * b[i + 1];
      s2 += a[from + i + 2] * b[i + 2];
      s3 += a[from + i + 3] * b[i + 3];
      s4 += a[from + i + 4] * b[i + 4];
      s5 += a[from + i + 5] * b[i + 5];
      s6 += a[from + i + 6] * b[i + 6];
      s7 += a[from + i + 7] * b[i + 7];
    }
    float sum = ((s0 + s1) + (s2 + s3)) + ((s4 + s5) + (s6 + s7));
    for (; i < b.length; i++) {
      sum += a[from + i] * b[i];
    }
    return sum;
  }

  private static float length(float[] vector) {
    return (float) Math.sqrt(dot(vector, 0, vector));
  }

  /**
   * A linear classifier.
   *
   * @param weights (classes, width), row by row; not copied
   * @param bias (classes,)
   */
  @SuppressWarnings("ArrayRecordComponent") // thousands of numbers on the hot path
  record Linear(float[] weights, float[] bias) implements Scorer {

    @Override
    public int width() {
      return weights.length / bias.length;
    }

    @Override
    public int classes() {
      return bias.length;
    }

    @Override
    public float[] logits(float[] features) {
      float[] logits = new float[bias.length];
      for (int c = 0; c < logits.length; c++) {
        logits[c] = dot(weights, c * features.length, features) + bias[c];
      }
      return logits;
    }
  }

  /**
   * The nearest neighbours by cosine, each with a vote of {@code exp(cosine / 0.07)} (Wu et al.
   * 2018, section 3.4).
   *
   * @param neighbours (images, width), each row of length 1; not copied
   * @param labels (images,) the class of each
   * @param classes how many classes there are
   * @param k how many vote
   */
  @SuppressWarnings("ArrayRecordComponent") // thousands of numbers on the hot path
  record Nearest(float[] neighbours, int[] labels, int classes, int k) implements Scorer {

    private static final float TEMPERATURE = 0.07f;

    /** What a class has without any vote, so that its logarithm is finite. */
    private static final double LEAST = 1e-6;

    /** Scales features to length 1, as neighbours are kept. */
    static Nearest of(float[][] features, int[] labels, int classes, int k) {
      int width = features[0].length;
      float[] rows = new float[features.length * width];
      for (int i = 0; i < features.length; i++) {
        float length = length(features[i]);
        for (int j = 0; j < width; j++) {
          rows[i * width + j] = length == 0 ? 0 : features[i][j] / length;
        }
      }
      return new Nearest(rows, labels.clone(), classes, k);
    }

    @Override
    public int width() {
      return neighbours.length / labels.length;
    }

    @Override
    public float[] logits(float[] features) {
      return logits(features, /* without= */ -1);
    }

    /**
     * Scores features as if one of the neighbours were not there.
     *
     * @param without its index; −1 for none
     */
    float[] logits(float[] features, int without) {
      float length = length(features);
      int wanted = Math.min(k, labels.length - (without < 0 ? 0 : 1));
      float[] nearest = new float[wanted]; // cosines, largest first
      int[] voters = new int[wanted];
      int found = 0;
      for (int i = 0; i < labels.length; i++) {
        float cosine = length == 0 ? 0 : dot(neighbours, i * features.length, features) / length;
        if (i == without || (found == wanted && !(cosine > nearest[wanted - 1]))) {
          continue;
        }
        int place = Math.min(found, wanted - 1);
        while (place > 0 && cosine > nearest[place - 1]) {
          nearest[place] = nearest[place - 1];
          voters[place] = voters[place - 1];
          place--;
        }
        nearest[place] = cosine;
        voters[place] = i;
        found = Math.min(found + 1, wanted);
      }
      return votes(nearest, voters);
    }

    private float[] votes(float[] nearest, int[] voters) {
      double[] votes = new double[classes];
      Arrays.fill(votes, LEAST);
      for (int i = 0; i < voters.length; i++) {
        votes[labels[voters[i]]] += Math.exp((nearest[i] - nearest[0]) / TEMPERATURE);
      }
      float[] logits = new float[classes];
      for (int c = 0; c < classes; c++) {
        logits[c] = (float) Math.log(votes[c]);
      }
      return logits;
    }
  }
}
