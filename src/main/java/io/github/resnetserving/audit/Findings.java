package io.github.resnetserving.audit;

import io.github.resnetserving.audit.Copies.Kind;
import io.github.resnetserving.audit.Copies.Pair;
import io.github.resnetserving.audit.Scan.Seen;
import io.github.resnetserving.training.DataSource;
import io.github.resnetserving.training.DataSource.Part;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * What an audit has found. Positions are those of the data.
 *
 * @param images how many can be read
 * @param unreadable why others cannot, by their names
 * @param copies pairs of images, of identical ones each with the first
 * @param groups copies of copies together, at least two each
 * @param odd images unlike the others
 * @param classes a row for each class
 * @param labels empty where no network was there
 */
public record Findings(
    int images,
    Map<String, String> unreadable,
    List<Copy> copies,
    List<List<Integer>> groups,
    List<Odd> odd,
    List<ClassSize> classes,
    Optional<LabelCheck> labels) {

  /** Short edge below which an image is tiny, whatever the others are. */
  private static final int TINY = 16;

  /** Short edges of which the median has this many times one are tiny beside it. */
  private static final int SMALLER = 4;

  /** How much longer than the short edge the long one may be: of more, a crop shows a third. */
  private static final int LONGEST = 3;

  /** Share up to which images without colours are the exception. */
  private static final double EXCEPTION = 0.2;

  /** Images of a class that are too few to judge one. */
  private static final int FEW = 10;

  /** How many times the images of the rarest class are no imbalance yet. */
  private static final int EVEN = 3;

  /**
   * Two images of which one is a copy of the other.
   *
   * @param how {@code identical}, {@code near} or {@code mirrored}
   * @param agreement correlation of their grey levels, at most 1
   * @param leaks whether they are for different things, so that one tests what the other teaches
   */
  public record Copy(int first, int second, String how, double agreement, boolean leaks) {}

  /**
   * An image unlike the others.
   *
   * @param what is odd, in words
   */
  public record Odd(int position, String what) {}

  /**
   * How many images a class has.
   *
   * @param note what to think of it; empty where there is nothing
   */
  public record ClassSize(String name, int training, int validation, int test, String note) {}

  static Findings of(DataSource data, Scan scan, List<Pair> pairs, Optional<LabelCheck> labels) {
    List<Seen> images = scan.images();
    List<Copy> copies =
        pairs.stream()
            .map(pair -> {
              int first = images.get(pair.first()).position();
              int second = images.get(pair.second()).position();
              return new Copy(
                  first,
                  second,
                  switch (pair.kind()) {
                    case Kind.IDENTICAL -> "identical";
                    case Kind.NEAR -> "near";
                    case Kind.MIRRORED -> "mirrored";
                  },
                  pair.agreement(),
                  data.part(first) != data.part(second));
            })
            .toList();
    List<List<Integer>> groups =
        Copies.groups(pairs, images.size()).stream()
            .map(group -> group.stream().map(i -> images.get(i).position()).toList())
            .toList();
    return new Findings(
        images.size(),
        scan.unreadable(),
        copies,
        groups,
        odd(images, scan.shortEdge()),
        classes(data),
        labels);
  }

  /** The copies that leak. */
  public List<Copy> leaks() {
    return copies.stream().filter(Copy::leaks).toList();
  }

  private static List<Odd> odd(List<Seen> images, int median) {
    long grey = images.stream().filter(Seen::isGrey).count();
    boolean greyIsOdd = grey <= EXCEPTION * images.size();
    boolean colourIsOdd = images.size() - grey <= EXCEPTION * images.size();
    List<Odd> odd = new ArrayList<>();
    for (Seen image : images) {
      List<String> what = new ArrayList<>();
      if (image.shortEdge() < TINY || SMALLER * image.shortEdge() < median) {
        what.add(
            "tiny: %d x %d pixels, where half have a short edge of %d or more"
                .formatted(image.width(), image.height(), median));
      }
      if (Math.max(image.width(), image.height()) > LONGEST * image.shortEdge()) {
        what.add(
            "extreme shape: %d x %d pixels, of which a crop shows less than a third"
                .formatted(image.width(), image.height()));
      }
      if (image.isGrey() ? greyIsOdd : colourIsOdd) {
        what.add(image.isGrey() ? "grey among coloured images" : "coloured among grey images");
      }
      if (!what.isEmpty()) {
        odd.add(new Odd(image.position(), String.join("; ", what)));
      }
    }
    return odd;
  }

  private static List<ClassSize> classes(DataSource data) {
    List<Integer> training = data.perClass(data.positions(Part.TRAINING));
    List<Integer> validation = data.perClass(data.positions(Part.VALIDATION));
    List<Integer> test = data.perClass(data.positions(Part.TEST));
    int most = Collections.max(training);
    return IntStream.range(0, training.size())
        .mapToObj(c -> {
          int images = training.get(c);
          String note =
              images < FEW
                  ? "few"
                  : EVEN * images < most ? "rare: another has %,d".formatted(most) : "";
          return new ClassSize(data.classes().get(c), images, validation.get(c), test.get(c), note);
        })
        .toList();
  }
}
