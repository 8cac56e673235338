package io.github.resnetserving.audit;

import io.github.resnetserving.audit.Scan.Seen;
import io.github.resnetserving.image.DecodePolicy;
import io.github.resnetserving.image.ImagePipeline;
import io.github.resnetserving.inference.Outcome;
import io.github.resnetserving.resnet.ResNet;
import io.github.resnetserving.training.DataSource;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/**
 * Looks for what is wrong with labelled images. Works on all processors, and on the network's
 * threads where there is one.
 */
public final class Audit {

  /** Folds of the cross-validation, and images of a class that it needs. */
  static final int FOLDS = 5;

  private static final long SEED = 1;

  /** Images that a network is given at once. */
  private static final int CHUNK = 128;

  /** Hears how far an audit is; called by any thread. */
  public interface Progress {

    /** Hears nothing. */
    Progress NONE = new Progress() {};

    /**
     * Something begins.
     *
     * @param what in a word
     * @param images how many it is about
     */
    default void onBegin(String what, int images) {}

    /** So many images more are done. */
    default void onImages(int more) {}
  }

  private final DataSource data;
  private final Scan scan;
  private final Progress progress;

  private Audit(DataSource data, Scan scan, Progress progress) {
    this.data = data;
    this.scan = scan;
    this.progress = progress;
  }

  /**
   * Looks at every image.
   *
   * @throws IOException if no image can be read
   */
  public static Audit look(DataSource data, Progress progress) throws IOException {
    progress.onBegin("images", data.count());
    Scan scan = Scan.of(data, new ImagePipeline(DecodePolicy.DEFAULT), () -> progress.onImages(1));
    if (scan.images().isEmpty()) {
      throw new IOException(
          "none of the %,d images can be read; the first: %s"
              .formatted(data.count(), scan.unreadable().values().iterator().next()));
    }
    return new Audit(data, scan, progress);
  }

  /** Median length of the short edge in pixels. */
  public int shortEdge() {
    return scan.shortEdge();
  }

  /**
   * Compares the images with each other, and with their labels.
   *
   * @param network whose features find copies that look less alike, and labels that are likely
   *     wrong; these are not looked for without one. It should not have learnt these labels
   */
  public Findings findings(Optional<ResNet> network) throws IOException {
    List<float[]> features = network.isEmpty() ? List.of() : features(network.get());
    Scan readable = features.isEmpty() ? scan : readable(features);
    List<float[]> kept = features.stream().filter(row -> row.length > 0).toList();
    List<Seen> images = readable.images();
    List<Copies.Pair> pairs = new Copies(images, kept).find();
    return Findings.of(
        data,
        readable,
        pairs,
        network.map(used -> labels(images, pairs, kept, used.model().name())));
  }

  /** Rows as the scan's images; an image that the network cannot use has an empty one. */
  private List<float[]> features(ResNet network) throws IOException {
    progress.onBegin("features", scan.images().size());
    List<float[]> features = new ArrayList<>();
    for (int from = 0; from < scan.images().size(); from += CHUNK) {
      List<byte[]> files = new ArrayList<>();
      for (Seen seen : scan.images().subList(from, Math.min(from + CHUNK, scan.images().size()))) {
        files.add(data.read(seen.position()));
      }
      for (Outcome<float[]> outcome : network.features(files)) {
        switch (outcome) {
          case Outcome.Success<float[]>(var row, _) -> features.add(row);
          case Outcome.Failed<float[]> _ -> features.add(new float[0]);
        }
      }
      progress.onImages(files.size());
    }
    return features;
  }

  /** Takes images without features for unreadable. */
  private Scan readable(List<float[]> features) {
    List<Seen> images = new ArrayList<>();
    var unreadable = new TreeMap<>(scan.unreadable());
    for (int i = 0; i < features.size(); i++) {
      Seen seen = scan.images().get(i);
      if (features.get(i).length > 0) {
        images.add(seen);
      } else {
        unreadable.put(data.name(seen.position()), "The network cannot use it.");
      }
    }
    return new Scan(images, unreadable);
  }

  /**
   * Of copies the first alone counts: a copy among what a fold learns from would be no stranger to
   * it.
   */
  private LabelCheck labels(
      List<Seen> images, List<Copies.Pair> pairs, List<float[]> features, String network) {
    Set<Integer> repeated = new HashSet<>();
    Copies.groups(pairs, images.size())
        .forEach(group -> repeated.addAll(group.subList(1, group.size())));
    List<Integer> rows = new ArrayList<>();
    for (int i = 0; i < images.size(); i++) {
      if (!repeated.contains(i)) {
        rows.add(i);
      }
    }
    int[] labels = rows.stream().mapToInt(i -> data.label(images.get(i).position())).toArray();
    int classes = data.classes().size();
    int[] counts = new int[classes];
    Arrays.stream(labels).forEach(label -> counts[label]++);
    int fewest = Arrays.stream(counts).min().orElse(0);
    if (fewest < FOLDS) {
      return new LabelCheck.Skipped(
          "a class has %d different images, and cross-validation needs %d"
              .formatted(fewest, FOLDS));
    }
    float[][] chosen = rows.stream().map(features::get).toArray(float[][]::new);
    OutOfFold answers = OutOfFold.of(chosen, labels, classes, FOLDS, SEED);
    ConfidentLearning learnt =
        ConfidentLearning.of(answers.probabilities().toArray(float[][]::new), labels);
    List<LabelCheck.Suspect> suspects =
        learnt.suspects().stream()
            .map(one ->
                new LabelCheck.Suspect(
                    images.get(rows.get(one.row())).position(),
                    one.better(),
                    one.probability(),
                    one.betterProbability()))
            .toList();
    return new LabelCheck.Checked(network, rows.size(), answers.accuracy(), suspects);
  }
}
