package io.github.resnetserving.inference;

import io.github.resnetserving.batch.BatchQueue;
import io.github.resnetserving.confidence.Confidence;
import io.github.resnetserving.image.ImagePreparer;
import io.github.resnetserving.models.ModelSpec;
import io.github.resnetserving.models.PlanReport;
import io.github.resnetserving.tensor.IntermediateOutput;
import io.github.resnetserving.tensor.IntermediateRequest;
import io.github.resnetserving.tensor.NetworkInput;
import io.github.resnetserving.tensor.NetworkOutput;
import java.time.Duration;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** A model that answers, until it is retired. Thread-safe; its queue belongs to its creator. */
public final class ServedModel {

  private final ModelSpec spec;
  private final Supplier<PlanReport> report;
  private final ImagePreparer preparer;
  private final BatchQueue<NetworkInput, NetworkOutput> queue;
  private final @Nullable IntermediateLayers intermediate;
  private final Confidence confidence;
  private int requests; // in flight; guarded by this
  private boolean retired; // guarded by this

  /** A model whose intermediate layers give no outputs. */
  public ServedModel(
      ModelSpec spec,
      Supplier<PlanReport> report,
      ImagePreparer preparer,
      BatchQueue<NetworkInput, NetworkOutput> queue) {
    this(spec, report, preparer, queue, null, Confidence.NONE);
  }

  /**
   * @param report what computes the network; may change
   * @param preparer turns images into crops of the model's preprocessing
   * @param queue takes such crops and gives one output each
   * @param intermediate the layers whose outputs may be asked for; null for none
   * @param confidence how its answers are judged
   */
  public ServedModel(
      ModelSpec spec,
      Supplier<PlanReport> report,
      ImagePreparer preparer,
      BatchQueue<NetworkInput, NetworkOutput> queue,
      @Nullable IntermediateLayers intermediate,
      Confidence confidence) {
    this.spec = spec;
    this.report = report;
    this.preparer = preparer;
    this.queue = queue;
    this.intermediate = intermediate;
    this.confidence = confidence;
  }

  public ModelSpec spec() {
    return spec;
  }

  /** How its answers are judged. */
  public Confidence confidence() {
    return confidence;
  }

  /** What computes it now. */
  public PlanReport report() {
    return report.get();
  }

  /**
   * Lets no further request use the model, and waits for those that do. To be called when the
   * registry no longer has it, so that requests find another.
   *
   * @return whether all were answered within the limit
   */
  public synchronized boolean retire(Duration limit) throws InterruptedException {
    retired = true;
    long end = System.nanoTime() + limit.toNanos();
    while (requests > 0) {
      long leftMillis = (end - System.nanoTime()) / 1_000_000;
      if (leftMillis <= 0) {
        return false;
      }
      wait(leftMillis);
    }
    return true;
  }

  /** Returns whether one more request may use the model; if so, it must {@link #leave}. */
  synchronized boolean enter() {
    if (!retired) {
      requests++;
    }
    return !retired;
  }

  synchronized void leave() {
    requests--;
    notifyAll();
  }

  ImagePreparer preparer() {
    return preparer;
  }

  BatchQueue<NetworkInput, NetworkOutput> queue() {
    return queue;
  }

  /** What can be looked at; null if nothing. */
  @Nullable IntermediateLayers intermediate() {
    return intermediate;
  }

  /**
   * The inside of a network that can be looked at.
   *
   * @param mapSizes how many numbers the map of the stem has for one crop, and that of each stage
   *     of blocks
   * @param queue takes looks and gives what each found: the kind that its {@link
   *     IntermediateRequest} says
   */
  public record IntermediateLayers(
      List<Long> mapSizes, BatchQueue<IntermediateRequest, IntermediateOutput> queue) {

    public IntermediateLayers {
      mapSizes = List.copyOf(mapSizes);
    }

    /** The layers that give maps, in order: {@code stem}, {@code layer1}, … */
    public List<String> layers() {
      return Stream.concat(
              Stream.of("stem"),
              IntStream.range(1, mapSizes.size()).mapToObj(stage -> "layer" + stage))
          .toList();
    }
  }
}
