package io.github.resnetserving.evaluation;

import io.github.resnetserving.confidence.Temperature;
import io.github.resnetserving.models.Labels;
import io.github.resnetserving.models.Prediction;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.IntStream;

/**
 * How often a network is right, summed up image by image. Memory grows by a number an image; the
 * images themselves are let go of, but for the sources of the worst mistakes. Not thread-safe.
 */
public final class Evaluation {

  /** Bins of the calibration error, of equal width, as in Guo et al. 2017. */
  static final int BINS = 15;

  private static final int MOST_MISTAKES = 24;

  /** Answers that are looked at. */
  static final int TOP = 5;

  /**
   * Images of one class that got one answer.
   *
   * @param label the right class
   * @param answer the class that the network named
   */
  record Cell(int label, int answer) implements Comparable<Cell> {

    @Override
    public int compareTo(Cell other) {
      return Comparator.comparingInt(Cell::label)
          .thenComparingInt(Cell::answer)
          .compare(this, other);
    }
  }

  /** A wrong answer. */
  record Mistake(Sample.Image image, Prediction answer) {}

  /**
   * The images whose answers had a probability in an interval.
   *
   * @param images how many
   * @param right those of them that were right
   * @param confidence sum of the answers' probabilities
   */
  record Bin(int images, int right, double confidence) {

    private Bin with(boolean isRight, double probability) {
      return new Bin(images + 1, right + (isRight ? 1 : 0), confidence + probability);
    }
  }

  /**
   * How a network does on one class. What would be a division by nothing is 0, as scikit-learn has
   * it.
   *
   * @param support images of the class
   * @param answered images that were said to be of it
   * @param right images that are both
   */
  record ClassResult(int support, int answered, int right) {

    /** Share of its answers that is right. */
    double precision() {
      return share(right, answered);
    }

    /** Share of its images that is found. */
    double recall() {
      return share(right, support);
    }

    /** Harmonic mean of precision and recall. */
    double f1() {
      return share(2 * right, support + answered);
    }
  }

  private final Labels labels;
  private final List<Integer> answers = new ArrayList<>();
  private final SortedMap<Cell, Integer> confusion = new TreeMap<>();
  private final List<Bin> bins = new ArrayList<>();
  private final PriorityQueue<Mistake> mistakes =
      new PriorityQueue<>(Comparator.comparingDouble(m -> m.answer().probability()));
  private int top1;
  private int top5;
  private double logLoss;

  /** Starts with no image. */
  public Evaluation(Labels labels) {
    this.labels = labels;
    IntStream.range(0, BINS).forEach(_ -> bins.add(new Bin(0, 0, 0)));
  }

  /**
   * Counts an image.
   *
   * @return the most probable classes, best first: five, or all where there are fewer
   */
  public List<Prediction> add(Sample sample) {
    return add(sample, Temperature.NONE);
  }

  /** As {@link #add(Sample)}, with probabilities at a temperature. */
  public List<Prediction> add(Sample sample, double temperature) {
    List<Prediction> top = sample.top(labels, TOP, temperature);
    Prediction answer = top.getFirst();
    int label = sample.image().label();
    boolean right = answer.index() == label;
    answers.add(answer.index());
    confusion.merge(new Cell(label, answer.index()), 1, Integer::sum);
    top1 += right ? 1 : 0;
    top5 += top.stream().anyMatch(prediction -> prediction.index() == label) ? 1 : 0;
    logLoss += sample.logLoss(temperature);
    int bin = Math.clamp((int) Math.ceil(answer.probability() * BINS) - 1, 0, BINS - 1);
    bins.set(bin, bins.get(bin).with(right, answer.probability()));
    if (!right) {
      mistakes.add(new Mistake(sample.image(), answer));
      if (mistakes.size() > MOST_MISTAKES) {
        mistakes.remove();
      }
    }
    return top;
  }

  /** The classes. */
  Labels labels() {
    return labels;
  }

  /** How many images were shown. */
  public int images() {
    return answers.size();
  }

  /** Share of the images whose most probable class is right; 0 where there are none. */
  public double top1() {
    return share(top1, images());
  }

  /** Share of the images whose class is among the five most probable ones. */
  public double top5() {
    return share(top5, images());
  }

  /** Mean cross entropy, in natural units. */
  public double logLoss() {
    return share(logLoss, images());
  }

  /**
   * Expected calibration error (Guo et al. 2017): by how much the probability of the answer differs
   * from the share that is right, as the mean over 15 bins of equal width, weighted by images.
   */
  public double calibrationError() {
    double sum = 0;
    for (Bin bin : bins) {
      sum += Math.abs(bin.right() - bin.confidence());
    }
    return share(sum, images());
  }

  /**
   * How many images got another answer than in an evaluation on the same images.
   *
   * @throws IllegalArgumentException if it had more or fewer images
   */
  public int changesFrom(Evaluation other) {
    if (other.images() != images()) {
      throw new IllegalArgumentException(
          "%d and %d images are not the same".formatted(images(), other.images()));
    }
    return (int)
        IntStream.range(0, images())
            .filter(i -> !answers.get(i).equals(other.answers.get(i)))
            .count();
  }

  /** How many images of each class got each answer; pairs without images are left out. */
  SortedMap<Cell, Integer> confusion() {
    return confusion;
  }

  /** One for each class. */
  List<ClassResult> classes() {
    int[] support = new int[labels.count()];
    int[] answered = new int[labels.count()];
    int[] right = new int[labels.count()];
    confusion.forEach((cell, count) -> {
      support[cell.label()] += count;
      answered[cell.answer()] += count;
      right[cell.label()] += cell.label() == cell.answer() ? count : 0;
    });
    return IntStream.range(0, labels.count())
        .mapToObj(i -> new ClassResult(support[i], answered[i], right[i]))
        .toList();
  }

  /** Mean F1 of the classes that have images. */
  double macroF1() {
    return classes().stream()
        .filter(one -> one.support() > 0)
        .mapToDouble(ClassResult::f1)
        .average()
        .orElse(0);
  }

  /** The bins of the calibration error, from the least probable answers to the surest. */
  List<Bin> bins() {
    return List.copyOf(bins);
  }

  /** The wrong answers of the highest probabilities, the surest first. */
  List<Mistake> mistakes() {
    return mistakes.stream()
        .sorted(Comparator.comparingDouble((Mistake m) -> m.answer().probability()).reversed())
        .toList();
  }

  private static double share(double part, int whole) {
    return whole == 0 ? 0 : part / whole;
  }
}
