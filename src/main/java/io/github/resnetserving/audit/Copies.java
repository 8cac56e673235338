package io.github.resnetserving.audit;

import io.github.resnetserving.audit.Scan.Seen;
import io.github.resnetserving.similarity.Neighbours;
import io.github.resnetserving.similarity.Neighbours.Neighbour;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Finds images that are copies of others. Candidates are the nearest by their looks, mirrored or
 * not, and by a network's features; what decides is how well the looks fit.
 */
final class Copies {

  /** Candidates that an image has at most, of each kind. */
  private static final int NEAREST = 8;

  /** Correlation of descriptors from which two images may be copies. */
  private static final double ALIKE = 0.85;

  /** Correlation below which two images are not fitted to each other, since nothing would fit. */
  private static final double UNLIKE = 0.5;

  /** Cosine of features from which two images may be copies. */
  private static final double ALIKE_FEATURES = 0.92;

  /** Cosine from which features say that two images are copies. */
  private static final double SAME_FEATURES = 0.94;

  /** Agreement of looks from which two images are copies whatever their features are. */
  private static final double SURE = 0.973;

  /** Agreement from which they are copies where their features say so too. */
  private static final double LIKELY = 0.95;

  /** How one image is a copy of another. */
  enum Kind {
    IDENTICAL,
    NEAR,
    MIRRORED
  }

  /**
   * Two images of which one is a copy of the other.
   *
   * @param first the smaller index into the images that were seen
   * @param agreement of their looks, at most 1
   */
  record Pair(int first, int second, Kind kind, double agreement) {}

  private final List<Seen> images;
  private final float[][] looks; // descriptors
  private final float[][] mirrored;
  private final float[][] features; // of unit length, or none

  /**
   * @param features (images, width) in the order of the images, or empty where there is no network
   */
  Copies(List<Seen> images, List<float[]> features) {
    this.images = images;
    this.looks = images.stream().map(seen -> seen.look().descriptor()).toArray(float[][]::new);
    this.mirrored =
        images.stream().map(seen -> seen.look().mirrored().descriptor()).toArray(float[][]::new);
    this.features = features.stream().map(Neighbours::unit).toArray(float[][]::new);
  }

  /** The pairs in the order of their images; of identical images each with the first alone. */
  List<Pair> find() throws IOException {
    Map<String, List<Integer>> byDigest = new LinkedHashMap<>();
    for (int i = 0; i < images.size(); i++) {
      byDigest.computeIfAbsent(images.get(i).digest(), _ -> new ArrayList<>()).add(i);
    }
    List<Pair> pairs = new ArrayList<>();
    List<Integer> different = new ArrayList<>();
    for (List<Integer> same : byDigest.values()) {
      different.add(same.getFirst());
      same.stream()
          .skip(1)
          .forEach(copy -> pairs.add(new Pair(same.getFirst(), copy, Kind.IDENTICAL, 1)));
    }
    candidates(different).entrySet().parallelStream()
        .flatMap(entry ->
            entry.getValue().stream().flatMap(other -> confirm(entry.getKey(), other).stream()))
        .forEachOrdered(pairs::add);
    return pairs;
  }

  private Map<Integer, Set<Integer>> candidates(List<Integer> different) throws IOException {
    Map<Integer, Set<Integer>> candidates = new TreeMap<>();
    float[][] straight = of(different, looks);
    try (Neighbours index = Neighbours.of(straight)) {
      add(different, index.nearest(straight, NEAREST + 1, ALIKE), candidates);
      add(different, index.nearest(of(different, mirrored), NEAREST + 1, ALIKE), candidates);
    }
    if (features.length > 0) {
      float[][] rows = of(different, features);
      try (Neighbours index = Neighbours.of(rows)) {
        add(different, index.nearest(rows, NEAREST + 1, ALIKE_FEATURES), candidates);
      }
    }
    return candidates;
  }

  private static float[][] of(List<Integer> chosen, float[][] rows) {
    return chosen.stream().map(i -> rows[i]).toArray(float[][]::new);
  }

  private static void add(
      List<Integer> different, List<List<Neighbour>> found, Map<Integer, Set<Integer>> candidates) {
    for (int i = 0; i < found.size(); i++) {
      for (Neighbour neighbour : found.get(i)) {
        int one = different.get(i);
        int other = different.get(neighbour.row());
        if (one != other) {
          candidates
              .computeIfAbsent(Math.min(one, other), _ -> new TreeSet<>())
              .add(Math.max(one, other));
        }
      }
    }
  }

  private List<Pair> confirm(int first, int second) {
    Look look = images.get(first).look();
    Look other = images.get(second).look();
    double straight = dot(looks[first], looks[second]) < UNLIKE ? -1 : look.agreement(other);
    double turned =
        dot(mirrored[first], looks[second]) < UNLIKE ? -1 : look.mirrored().agreement(other);
    double best = Math.max(straight, turned);
    boolean copies =
        best >= SURE
            || (features.length > 0
                && best >= LIKELY
                && dot(features[first], features[second]) >= SAME_FEATURES);
    Kind kind = straight >= turned ? Kind.NEAR : Kind.MIRRORED;
    return copies ? List.of(new Pair(first, second, kind, best)) : List.of();
  }

  private static double dot(float[] one, float[] other) {
    double sum = 0;
    for (int k = 0; k < one.length; k++) {
      sum += (double) one[k] * other[k];
    }
    return sum;
  }

  /**
   * Joins pairs to groups.
   *
   * @param count how many images were seen
   * @return groups of at least two, each ascending, in the order of their first images
   */
  static List<List<Integer>> groups(List<Pair> pairs, int count) {
    int[] leader = new int[count];
    Arrays.setAll(leader, i -> i);
    for (Pair pair : pairs) {
      int one = leader(leader, pair.first());
      int other = leader(leader, pair.second());
      leader[Math.max(one, other)] = Math.min(one, other);
    }
    Map<Integer, List<Integer>> groups = new TreeMap<>();
    for (int i = 0; i < count; i++) {
      groups.computeIfAbsent(leader(leader, i), _ -> new ArrayList<>()).add(i);
    }
    return groups.values().stream().filter(group -> group.size() > 1).toList();
  }

  private static int leader(int[] leaders, int image) {
    int at = image;
    while (leaders[at] != at) {
      leaders[at] = leaders[leaders[at]];
      at = leaders[at];
    }
    return at;
  }
}
