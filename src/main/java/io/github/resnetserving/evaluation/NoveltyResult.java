package io.github.resnetserving.evaluation;

import io.github.resnetserving.confidence.NoveltyScore;
import io.github.resnetserving.confidence.Statistics;
import io.github.resnetserving.evaluation.ConfidenceFit.Neighbours;
import java.util.List;
import java.util.Locale;

/**
 * How well scores tell images of unknown classes from images of known ones: the area under the
 * receiver operating characteristic of each, from 0 to 1; one half is chance.
 *
 * @param known images of the model's classes
 * @param unknown images of other classes
 * @param energy of the logits (Liu et al. 2020)
 * @param nearest distance to the features of the known images (Sun et al. 2022)
 * @param softmax one less the largest probability (Hendrycks and Gimpel 2017)
 */
public record NoveltyResult(int known, int unknown, double energy, double nearest, double softmax) {

  /**
   * Compares the scores. References of the nearest features are known images, none of which is its
   * own neighbour.
   *
   * @param known with one view each
   * @param unknown likewise; their labels do not count
   */
  public static NoveltyResult of(List<Sample> known, List<Sample> unknown) {
    NoveltyScore energy = new NoveltyScore.Energy();
    Neighbours neighbours = Neighbours.of(known);
    return new NoveltyResult(
        known.size(),
        unknown.size(),
        Statistics.auroc(
            ConfidenceFit.scores(known, energy), ConfidenceFit.scores(unknown, energy)),
        Statistics.auroc(
            neighbours.scores(known), ConfidenceFit.scores(unknown, neighbours.score())),
        Statistics.auroc(unsure(known), unsure(unknown)));
  }

  private static double[] unsure(List<Sample> samples) {
    return samples.stream().mapToDouble(Sample::doubt).toArray();
  }

  /** One line for people. */
  public String text() {
    return String.format(
        Locale.ROOT,
        "AUROC of %,d unknown among %,d known images: energy %.4f, nearest features %.4f, maximum"
            + " softmax %.4f",
        unknown,
        known,
        energy,
        nearest,
        softmax);
  }
}
