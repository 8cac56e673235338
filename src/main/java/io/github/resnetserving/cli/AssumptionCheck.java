package io.github.resnetserving.cli;

import io.github.resnetserving.engine.EngineException;
import io.github.resnetserving.engine.EngineOptions;
import io.github.resnetserving.engine.InferenceEngine;
import io.github.resnetserving.graph.Network;
import io.github.resnetserving.graph.NetworkFile;
import io.github.resnetserving.image.DecodePolicy;
import io.github.resnetserving.image.ImageException;
import io.github.resnetserving.image.ImagePipeline;
import io.github.resnetserving.inference.Ranking;
import io.github.resnetserving.models.ModelException;
import io.github.resnetserving.models.NetworkOptions;
import io.github.resnetserving.models.NetworkOptions.Variant;
import io.github.resnetserving.models.Normalization;
import io.github.resnetserving.models.Preprocessing;
import io.github.resnetserving.tensor.NetworkInput.Pixels;
import io.github.resnetserving.tensor.NetworkOutput;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.URI;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Compares what was assumed about a network, and what could have been assumed instead, with right
 * answers. For use by one thread.
 */
final class AssumptionCheck {

  private static final int BATCH = 8;

  /** A probability that another program computed agrees up to here. */
  private static final double AGREES = 0.01;

  private final URI weights;
  private final @Nullable Swapped swapped;
  private final ExpectedAnswers expected;
  private final PrintWriter err;
  private final Shown shown;
  private final ImagePipeline images = new ImagePipeline(DecodePolicy.DEFAULT);
  private final Map<Preprocessing, List<Pixels>> crops = new HashMap<>();

  /**
   * Compares a network's answers with others.
   *
   * @param swapped the same for channels in the other order; null where that was said
   */
  AssumptionCheck(
      URI weights,
      @Nullable Swapped swapped,
      ExpectedAnswers expected,
      PrintWriter err,
      Shown shown) {
    this.weights = weights;
    this.swapped = swapped;
    this.expected = expected;
    this.err = err;
    this.shown = shown;
  }

  /**
   * Weights for channels in the other order.
   *
   * @param option that takes them
   */
  record Swapped(String option, URI weights) {}

  /** What an option's preprocessing is together with what the network does with its input. */
  @FunctionalInterface
  interface Shown {

    /**
     * Joins both.
     *
     * @throws ModelException if together they are those of no images
     */
    Preprocessing of(Preprocessing told) throws ModelException;
  }

  /**
   * One way to understand the weights.
   *
   * @param options the words of a command line that say it
   */
  private record Way(
      String options, NetworkOptions network, Preprocessing preprocessing, URI weights) {}

  /**
   * How a way did.
   *
   * @param right images whose most probable class is the right one
   * @param probability mean of the right class's
   * @param off largest difference from a probability that is known; 0 where none is
   */
  private record Score(Way way, int right, double probability, double off) {

    boolean isBetterThan(Score other) {
      if (right != other.right) {
        return right > other.right;
      }
      return off < other.off && other.off > AGREES;
    }
  }

  /**
   * Tries every way, prints a line for each and names the best.
   *
   * @param said what the user said, which is not varied
   * @param chosen the same with what was assumed
   * @param preprocessing what was said or assumed
   * @param varied whether the preprocessing was assumed
   * @return words of a command line that fit better than what was assumed; null where nothing does
   */
  @Nullable String run(
      NetworkOptions said, NetworkOptions chosen, Preprocessing preprocessing, boolean varied)
      throws IOException {
    int count = expected.images().size();
    err.printf("check: %d image%s with a known answer%n", count, count == 1 ? "" : "s");
    List<NetworkOptions> structures = structures(said, chosen);
    Score assumed =
        report(
            new Way(words(said, chosen), chosen, preprocessing, weights), "as it would be added ");
    Score best = assumed;
    for (NetworkOptions structure : structures) {
      Score score = report(new Way(words(said, structure), structure, preprocessing, weights), "");
      best = score.isBetterThan(best) ? score : best;
    }
    if (varied) {
      for (Map.Entry<String, Preprocessing> other : preprocessings(preprocessing).entrySet()) {
        Way way =
            new Way(
                (words(said, best.way().network()) + " " + other.getKey()).strip(),
                best.way().network(),
                other.getValue(),
                weights);
        Score score = report(way, "");
        best = score.isBetterThan(best) ? score : best;
      }
    }
    if (swapped != null) {
      Way way =
          new Way(
              (best.way().options() + " " + swapped.option()).strip(),
              best.way().network().withStateDict(null),
              best.way().preprocessing(),
              swapped.weights());
      Score score = report(way, "");
      best = score.isBetterThan(best) ? score : best;
    }
    boolean agrees = best.equals(assumed);
    err.println(
        agrees
            ? "check: nothing fits better than what was assumed"
            : "check: best is " + best.way().options());
    err.flush();
    return agrees ? null : best.way().options();
  }

  private static List<NetworkOptions> structures(NetworkOptions said, NetworkOptions chosen)
      throws IOException {
    List<NetworkOptions> all = new ArrayList<>();
    List<Variant> variants =
        said.variant() == null && chosen.variant() != null
            ? List.of(Variant.V1_5, Variant.V1)
            : Collections.singletonList(chosen.variant());
    for (Variant variant : variants) {
      for (Integer stride :
          said.stemStride() == null
              ? List.of(1, 2)
              : Collections.singletonList(said.stemStride())) {
        for (Boolean pool :
            said.stemPool() == null
                ? List.of(false, true)
                : Collections.singletonList(said.stemPool())) {
          NetworkOptions structure = chosen.withVariant(variant).withStem(stride, pool);
          if (!structure.equals(chosen)) {
            all.add(structure);
          }
        }
      }
    }
    return all;
  }

  /** What is not said already. */
  private static String words(NetworkOptions said, NetworkOptions meant) {
    List<String> words = new ArrayList<>();
    if (said.stemStride() == null && meant.stemStride() != null) {
      words.add("--stem-stride " + meant.stemStride());
    }
    if (said.stemPool() == null && meant.stemPool() != null) {
      words.add(meant.stemPool() ? "--stem-pool" : "--no-stem-pool");
    }
    if (said.variant() == null && meant.variant() == Variant.V1) {
      words.add("--variant v1");
    }
    return String.join(" ", words);
  }

  /** Others with a name, and the same crop with other statistics that are in use. */
  private Map<String, Preprocessing> preprocessings(Preprocessing chosen) {
    Map<String, Preprocessing> told = new LinkedHashMap<>();
    PreprocessingChoice.NAMED.forEach((name, other) -> told.put("--preprocessing " + name, other));
    told.put("--mean 0.5,0.5,0.5 --std 0.5,0.5,0.5", with(chosen, 0.5, 0.5));
    told.put("--mean 0,0,0 --std 1,1,1", with(chosen, 0, 1));
    Map<String, Preprocessing> others = new LinkedHashMap<>();
    told.forEach((words, preprocessing) -> {
      try {
        others.put(words, shown.of(preprocessing));
      } catch (ModelException _) {
        // The network's own standardisation excludes it, and the option would be refused.
      }
    });
    others.values().removeIf(chosen::equals);
    return others;
  }

  private static Preprocessing with(Preprocessing chosen, double mean, double std) {
    return new Preprocessing(
        chosen.resize(),
        chosen.interpolation(),
        chosen.crop(),
        new Normalization(Collections.nCopies(3, mean), Collections.nCopies(3, std)));
  }

  private Score report(Way way, String heading) throws IOException {
    Score score;
    try {
      score = score(way);
    } catch (EngineException e) {
      err.printf("  does not run: %s (%s)%n", way.options(), e.getMessage());
      return new Score(way, -1, 0, 1);
    }
    err.printf(
        Locale.ROOT,
        "  %d of %d right, mean probability %.3f%s   %s%s%n",
        score.right(),
        expected.images().size(),
        score.probability(),
        score.off() > 0 ? String.format(Locale.ROOT, ", off by %.4f", score.off()) : "",
        heading,
        way.options());
    err.flush();
    return score;
  }

  private Score score(Way way) throws IOException, EngineException {
    List<Pixels> shown = crops(way.preprocessing());
    int right = 0;
    double probability = 0;
    double off = 0;
    try (NetworkFile file = NetworkFile.open(way.weights(), way.network());
        InferenceEngine engine = load(file.network(), way.preprocessing())) {
      for (int from = 0; from < shown.size(); from += BATCH) {
        int to = Math.min(shown.size(), from + BATCH);
        List<NetworkOutput> outputs = engine.run(shown.subList(from, to));
        for (int i = 0; i < outputs.size(); i++) {
          ExpectedAnswers.Expected image = expected.images().get(from + i);
          double[] probabilities = Ranking.softmax(outputs.get(i).logits());
          double own = probabilities[image.classIndex()];
          right += isLargest(probabilities, image.classIndex()) ? 1 : 0;
          probability += own / shown.size();
          @Nullable Double known = image.probability();
          off = known == null ? off : Math.max(off, Math.abs(own - known));
        }
      }
    }
    return new Score(way, right, probability, off);
  }

  private static InferenceEngine load(Network network, Preprocessing preprocessing)
      throws EngineException {
    return InferenceEngine.load(network, preprocessing, EngineOptions.ofMachine(BATCH));
  }

  private static boolean isLargest(double[] probabilities, int index) {
    for (double other : probabilities) {
      if (other > probabilities[index]) {
        return false;
      }
    }
    return true;
  }

  private List<Pixels> crops(Preprocessing preprocessing) throws IOException {
    List<Pixels> known = crops.get(preprocessing);
    if (known != null) {
      return known;
    }
    List<Pixels> made = new ArrayList<>();
    for (ExpectedAnswers.Expected image : expected.images()) {
      try {
        made.add(images.prepare(Files.readAllBytes(image.file()), preprocessing).crop());
      } catch (ImageException e) {
        throw new ModelException("%s: %s".formatted(image.file(), e.getMessage()));
      }
    }
    crops.clear(); // one at a time is held
    crops.put(preprocessing, made);
    return made;
  }
}
