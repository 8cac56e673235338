package io.github.resnetserving.heads;

import io.github.resnetserving.heads.Head.Fit;
import io.github.resnetserving.heads.Head.Kind;
import io.github.resnetserving.models.Labels;
import io.github.resnetserving.models.Labels.Label;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.TreeSet;

/**
 * Collects features with their classes, and fits a head to them. The fit takes as long as it takes
 * on the caller's thread and the common pool. Not thread-safe.
 */
public final class HeadFitter {

  /** How many neighbours vote where nobody says. */
  public static final int DEFAULT_K = 5;

  private static final int FOLDS = 5;
  private static final long SEED = 1;

  private final List<float[]> features = new ArrayList<>();
  private final List<String> labels = new ArrayList<>();

  /**
   * Adds an image.
   *
   * @param image (width,) its features; not copied
   * @param label the name of its class
   * @throws HeadException if the features are not finite, or of another width than those before
   */
  public void add(float[] image, String label) throws HeadException {
    if (!features.isEmpty() && features.getFirst().length != image.length) {
      throw HeadException.unusable(
          "The features of image %d are %d wide, and those before it %d."
              .formatted(features.size(), image.length, features.getFirst().length),
          null);
    }
    for (float value : image) {
      if (!Float.isFinite(value)) {
        throw HeadException.unusable(
            "The features of image %d are not finite.".formatted(features.size()), null);
      }
    }
    features.add(image);
    labels.add(label.strip().replaceAll("\\R", " ")); // a line of the labels file
  }

  /** How many images there are so far. */
  public int images() {
    return features.size();
  }

  /** The classes of the images so far, in the order of their names, or of numbers where all are. */
  public List<String> classes() {
    TreeSet<String> names = new TreeSet<>(labels);
    return names.stream().allMatch(name -> name.matches("\\d{1,9}"))
        ? names.stream().sorted(Comparator.comparingInt(Integer::parseInt)).toList()
        : List.copyOf(names);
  }

  /**
   * Fits a head.
   *
   * @param k how many neighbours vote; not looked at where the kind is linear
   * @throws HeadException if there are fewer than two classes, or fewer than two images of one
   */
  public HeadDraft fit(Kind kind, int k) throws HeadException {
    List<String> classes = classes();
    int[] told = labels.stream().mapToInt(classes::indexOf).toArray();
    int least = fewest(classes, told);
    float[][] all = features.toArray(float[][]::new);
    Labels names = new Labels(classes.stream().map(name -> new Label(null, name)).toList());
    return switch (kind) {
      case LINEAR -> linear(all, told, names, Math.min(FOLDS, least));
      case NEAREST -> nearest(all, told, names, k);
    };
  }

  /** How many images the smallest class has. */
  private static int fewest(List<String> classes, int[] labels) throws HeadException {
    if (classes.size() < 2) {
      throw HeadException.unusable(
          "There %s: a head needs at least two classes, each with its images."
              .formatted(
                  classes.isEmpty()
                      ? "are no images in folders of classes"
                      : "is one class alone, " + classes.getFirst()),
          null);
    }
    int[] counts = new int[classes.size()];
    for (int label : labels) {
      counts[label]++;
    }
    int least = Integer.MAX_VALUE;
    for (int c = 0; c < counts.length; c++) {
      if (counts[c] < 2) {
        throw HeadException.unusable(
            "The class %s has one image: it needs at least two, one to learn from and one to check. Add some, or remove it."
                .formatted(classes.get(c)),
            null);
      }
      least = Math.min(least, counts[c]);
    }
    return least;
  }

  private static HeadDraft linear(float[][] features, int[] labels, Labels names, int folds) {
    LogisticRegression.Validation chosen =
        LogisticRegression.crossValidate(features, labels, names.count(), folds, SEED);
    LogisticRegression.Model model =
        LogisticRegression.fit(features, labels, names.count(), chosen.c());
    int width = features[0].length;
    float[] weights = new float[names.count() * width];
    for (int c = 0; c < names.count(); c++) {
      System.arraycopy(model.weights()[c], 0, weights, c * width, width);
    }
    return new HeadDraft(
        new Scorer.Linear(weights, model.bias().clone()),
        names,
        new Fit(features.length, chosen.c(), null, folds, chosen.accuracy()));
  }

  /** Its accuracy is that of each image by all others. */
  private static HeadDraft nearest(float[][] features, int[] labels, Labels names, int k)
      throws HeadException {
    if (k < 1 || k >= features.length) {
      throw HeadException.unusable(
          "k is %d: it must be between 1 and %d, one less than there are images."
              .formatted(k, features.length - 1),
          null);
    }
    Scorer.Nearest scorer = Scorer.Nearest.of(features, labels, names.count(), k);
    int right = 0;
    for (int i = 0; i < features.length; i++) {
      right += largest(scorer.logits(features[i], i)) == labels[i] ? 1 : 0;
    }
    return new HeadDraft(
        scorer,
        names,
        new Fit(features.length, null, k, features.length, (double) right / features.length));
  }

  private static int largest(float[] scores) {
    int best = 0;
    for (int c = 1; c < scores.length; c++) {
      best = scores[c] > scores[best] ? c : best;
    }
    return best;
  }
}
