package io.github.resnetserving.training;

/**
 * How well logits tell the right classes.
 *
 * @param images how many
 * @param right of them, those whose class has the highest logit
 * @param totalLoss sum of their cross entropies
 */
record Score(int images, int right, double totalLoss) {

  static final Score NONE = new Score(0, 0, 0);

  /**
   * The score of a batch.
   *
   * @param logits (n, classes)
   * @param labels (n,)
   */
  static Score of(float[] logits, int[] labels) {
    int classes = logits.length / labels.length;
    double loss = 0;
    for (int i = 0; i < labels.length; i++) {
      double most = Double.NEGATIVE_INFINITY;
      for (int c = 0; c < classes; c++) {
        most = Math.max(most, logits[i * classes + c]);
      }
      double sum = 0;
      for (int c = 0; c < classes; c++) {
        sum += Math.exp(logits[i * classes + c] - most);
      }
      loss += Math.log(sum) + most - logits[i * classes + labels[i]];
    }
    return new Score(labels.length, correct(logits, labels), loss);
  }

  /** How many images have the highest logit at their class; of equals the first counts. */
  static int correct(float[] logits, int[] labels) {
    int classes = logits.length / labels.length;
    int right = 0;
    for (int i = 0; i < labels.length; i++) {
      int best = 0;
      for (int c = 1; c < classes; c++) {
        if (logits[i * classes + c] > logits[i * classes + best]) {
          best = c;
        }
      }
      right += best == labels[i] ? 1 : 0;
    }
    return right;
  }

  Score plus(Score other) {
    return new Score(images + other.images, right + other.right, totalLoss + other.totalLoss);
  }

  double accuracy() {
    return (double) right / images;
  }

  /** Log loss: mean cross entropy. */
  double loss() {
    return totalLoss / images;
  }
}
