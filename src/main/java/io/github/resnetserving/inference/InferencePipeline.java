package io.github.resnetserving.inference;

import io.github.resnetserving.batch.Activity;
import io.github.resnetserving.batch.NanoClock;
import io.github.resnetserving.batch.Priority;
import io.github.resnetserving.batch.ServiceTimes;
import io.github.resnetserving.batch.SmoothedTime;
import io.github.resnetserving.inference.Answer.Timing;
import io.github.resnetserving.inference.DecodeQueue.DecodeTask;
import io.github.resnetserving.inference.ImageReport.Stage;
import io.github.resnetserving.inference.ImageReport.StageTime;
import io.github.resnetserving.inference.InferenceRequest.TensorRequest;
import io.github.resnetserving.inference.OutputCache.ImageDigest;
import io.github.resnetserving.inference.OutputCache.ImageKey;
import io.github.resnetserving.inference.OutputCache.Question;
import io.github.resnetserving.inference.PendingImage.RawOutputs;
import io.github.resnetserving.models.Preprocessing.CropMode;
import io.github.resnetserving.tensor.NetworkInput;
import io.github.resnetserving.tensor.NetworkOutput;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A request's images, from bytes or numbers to their outcomes: starts as many as may be under way,
 * waits for each in its turn and announces it. Thread-safe.
 */
final class InferencePipeline implements AutoCloseable {

  /**
   * Images of a request that are under way at the same time where each has ten crops: enough to
   * fill batches, and one request of many images does not fill the queue.
   */
  static final int TEN_CROPS_AHEAD = 2;

  private static final byte[] NOT_ENCODED = {};

  /** The numbers of a client are finite, but the network need not keep them so. */
  private static final Failure NUMBERS_TOO_LARGE =
      new Failure.BadParameter(
          "The network's output for this input is not finite: its numbers are too large. Send"
              + " standardised ones.");

  /**
   * The images of one request.
   *
   * @param keys what the cache of outputs knows them by; none where it is not asked
   * @param ahead how many are under way at the same time
   * @param unanswerable what it means that no answer can be made of an output
   */
  private record Images<O>(
      int count,
      List<ImageKey> keys,
      int ahead,
      Deadline deadline,
      Starter<O> starter,
      Function<RuntimeException, Failure> unanswerable) {}

  private interface Starter<O> {

    /** Sets the image of an index on its way. */
    ImageInFlight<O> start(int index) throws InterruptedException;
  }

  private final NanoClock clock;
  private final DecodePool decodePool;
  private final DecodePool rareDecodePool;
  private final Budget pixels;
  private final InferenceListener listener;
  private final Optional<OutputCache> cache;
  private final AnswerTimes answerTimes = new AnswerTimes();

  /**
   * @param rareDecodePool where images of rare formats wait and are decoded, however long that
   *     takes
   * @param cache what was computed for requests that name their caller
   */
  InferencePipeline(
      NanoClock clock,
      DecodePool decodePool,
      DecodePool rareDecodePool,
      Budget pixels,
      InferenceListener listener,
      Optional<OutputCache> cache) {
    this.clock = clock;
    this.decodePool = decodePool;
    this.rareDecodePool = rareDecodePool;
    this.pixels = pixels;
    this.listener = listener;
    this.cache = cache;
  }

  /**
   * Decodes the images and runs their crops on a lane, but for those whose outputs are there.
   *
   * @param layer what the lane gives, for the cache of outputs; empty where it is not asked
   * @param answer what becomes of an image's outputs
   * @throws InterruptedException the request's images were cancelled
   */
  <O, T> Answer<T> run(
      InferenceRequest request,
      ServedModel model,
      QueueBinding<?, O> lane,
      String layer,
      Function<RawOutputs<O>, T> answer)
      throws InterruptedException {
    int count = request.images().size();
    int ahead = request.view() == CropMode.TEN ? TEN_CROPS_AHEAD : count;
    OutputCache shared = cache.orElse(null);
    List<ImageKey> keys = shared == null ? List.of() : keys(shared, request, model, layer);
    Starter<O> starter =
        index ->
            shared == null || keys.isEmpty()
                ? start(request, model, lane, request.images().get(index))
                : new SharedImage<>(
                    shared,
                    keys.get(index),
                    model,
                    request.deadline(),
                    request.bulk(),
                    clock,
                    () -> start(request, model, lane, request.images().get(index)));
    return run(
        new Images<>(count, keys, ahead, request.deadline(), starter, Failure.EngineFailed::new),
        model,
        answer);
  }

  private static List<ImageKey> keys(
      OutputCache cache, InferenceRequest request, ServedModel model, String layer) {
    String caller = request.caller();
    if (caller == null || layer.isEmpty()) {
      return List.of();
    }
    Question question = cache.question(caller, model, request.view(), layer);
    return request.images().stream()
        .map(image -> new ImageKey(question, ImageDigest.of(image)))
        .toList();
  }

  /** Whether requests that name their caller may be answered without computing. */
  boolean isCaching() {
    return cache.isPresent();
  }

  /** Runs images that need no decoding. */
  <T> Answer<T> run(
      TensorRequest request, ServedModel model, Function<RawOutputs<NetworkOutput>, T> answer)
      throws InterruptedException {
    int count = request.images().size();
    Deadline deadline = request.deadline();
    QueueBinding<NetworkInput, NetworkOutput> lane =
        new QueueBinding<>(model.queue(), crop -> crop, deadline, Priority.INTERACTIVE);
    Starter<NetworkOutput> starter =
        index -> {
          var pending = pending(model, CropMode.CENTER, lane, NOT_ENCODED);
          pending.queue(
              request.images().get(index),
              input -> model.queue().submit(input, deadline.atNanos()));
          return pending;
        };
    return run(
        new Images<>(count, List.of(), count, deadline, starter, _ -> NUMBERS_TOO_LARGE),
        model,
        answer);
  }

  /**
   * Why an image that came now would be turned away; announced then as a request of one image. Null
   * if it would not be.
   *
   * @param encodedBytes of the image; 0 where they are not known, for the least
   */
  @Nullable Failure shed(ServedModel model, QueueBinding<?, ?> lane, int encodedBytes) {
    Failure refusal = decodePool.ask(new Asked(lane, encodedBytes, answerTimes.expectedNanos()));
    if (refusal != null) {
      Outcome<Object> outcome = new Outcome.Failed<>(refusal);
      listener.onImage(model.spec(), new ImageReport(0, outcome, List.of(), 0));
      var _ = announced(model, List.of(outcome), Timing.NONE, lane.deadline(), Reuse.NONE);
    }
    return refusal;
  }

  /** An image of which nothing but the size is known, and that is not going to come. */
  record Asked(QueueBinding<?, ?> lane, int encodedBytes, long answerNanos) implements DecodeTask {

    @Override
    public Deadline deadline() {
      return lane.deadline();
    }

    @Override
    public @Nullable Failure admit(long readyNanos, boolean alone) {
      return lane.ask(readyNanos + answerNanos, alone);
    }

    @Override
    public boolean begin() {
      return false;
    }

    @Override
    public void run() {}
  }

  /** A response was written so long after its answer was made. */
  void written(long nanos) {
    answerTimes.written(nanos);
  }

  /** What the decode threads do at this moment. */
  Activity decoding() {
    return decodePool.activity();
  }

  /** See {@link DecodePool#replace}. */
  boolean replaceDecoder(long number) {
    return decodePool.replace(number);
  }

  /** Announces that a request is not run at all. */
  <T> Answer<T> refused(Failure failure, Deadline deadline) {
    listener.onRefused(failure, totalNanos(deadline));
    return new Answer.Refused<>(failure);
  }

  private <O, T> Answer<T> run(
      Images<O> images, ServedModel model, Function<RawOutputs<O>, T> answer)
      throws InterruptedException {
    int count = images.count();
    Deque<ImageInFlight<O>> pending = new ArrayDeque<>(); // no longer than its outputs are needed
    int started = 0;
    List<Outcome<T>> outcomes = new ArrayList<>(count);
    Timing timing = Timing.NONE;
    StageTime lastOutput = null;
    Reuse.Sum reuse = new Reuse.Sum();
    try {
      for (int i = 0; i < count; i++) {
        while (started < Math.min(count, i + images.ahead())) {
          pending.add(images.starter().start(started++));
        }
        PendingImage.Result<O> result = pending.element().await();
        ImageInFlight<O> ended = pending.remove();
        ended.cancel(); // lets go of its image where the deadline passed
        reuse.add(ended);
        List<StageTime> stages = new ArrayList<>(result.stages());
        Outcome<T> outcome = rank(result.outcome(), answer, images, stages);
        ImageReport report = new ImageReport(i, outcome, stages, result.batchSize());
        listener.onImage(model.spec(), report);
        outcomes.add(outcome);
        timing = timing.max(report.timing());
        lastOutput = later(lastOutput, result.stages());
      }
      if (lastOutput != null) {
        answerTimes.answered(clock.nanoTime() - lastOutput.endNanos());
      }
    } catch (InterruptedException e) {
      // The request has ended; the rest is announced all the same, so that counts add up.
      while (outcomes.size() < count) {
        Outcome<T> cancelled = new Outcome.Failed<>(new Failure.Cancelled());
        listener.onImage(model.spec(), new ImageReport(outcomes.size(), cancelled, List.of(), 0));
        outcomes.add(cancelled);
      }
      var _ = announced(model, outcomes, timing, images.deadline(), Reuse.NONE);
      throw e;
    } finally {
      pending.forEach(ImageInFlight::cancel); // does nothing to those that have their outcome
    }
    return announced(model, outcomes, timing, images.deadline(), reuse.of(images.keys()));
  }

  /** The one of two batches that was over later; null where there was none. */
  private static @Nullable StageTime later(@Nullable StageTime batch, List<StageTime> stages) {
    StageTime later = batch;
    for (StageTime time : stages) {
      if (time.stage() == Stage.INFERENCE
          && (later == null || later.endNanos() - time.endNanos() < 0)) {
        later = time;
      }
    }
    return later;
  }

  private <T> Answer<T> announced(
      ServedModel model, List<Outcome<T>> outcomes, Timing timing, Deadline deadline, Reuse reuse) {
    Answer.Answered<T> answered =
        new Answer.Answered<>(model, outcomes, timing.withTotal(totalNanos(deadline)), reuse);
    listener.onAnswered(model.spec(), answered);
    return answered;
  }

  private long totalNanos(Deadline deadline) {
    return clock.nanoTime() - deadline.startNanos();
  }

  private <O> PendingImage<O> start(
      InferenceRequest request, ServedModel model, QueueBinding<?, O> lane, byte[] image)
      throws InterruptedException {
    PendingImage<O> pending = pending(model, request.view(), lane, image);
    DecodePool pool = model.preparer().isRare(image) ? rareDecodePool : decodePool;
    Failure refusal = pool.tryExecute(pending, request.deadline(), request.bulk());
    if (refusal != null) {
      pending.fail(refusal);
    }
    return pending;
  }

  private <O> PendingImage<O> pending(
      ServedModel model, CropMode view, QueueBinding<?, O> lane, byte[] encoded) {
    return new PendingImage<>(model, view, lane, encoded, clock, pixels, answerTimes);
  }

  /** Makes the answer out of an output, and adds the time that this took. */
  private <O, T> Outcome<T> rank(
      Outcome<RawOutputs<O>> outcome,
      Function<RawOutputs<O>, T> answer,
      Images<O> images,
      List<StageTime> stages) {
    return switch (outcome) {
      case Outcome.Failed<RawOutputs<O>>(var failure) -> new Outcome.Failed<>(failure);
      case Outcome.Success<RawOutputs<O>>(var seen, var image) -> {
        long started = clock.nanoTime();
        Outcome<T> ranked;
        try {
          ranked = new Outcome.Success<>(answer.apply(seen), image);
        } catch (IllegalArgumentException e) { // an output that is not finite, or too short
          ranked = new Outcome.Failed<>(images.unanswerable().apply(e));
        }
        stages.add(new StageTime(Stage.RANKING, started, clock.nanoTime()));
        yield ranked;
      }
    };
  }

  /** Stops the decode threads. */
  @Override
  public void close() {
    decodePool.close();
    rareDecodePool.close();
  }

  /**
   * How long it takes from a request's last output to its answer, and from there until the response
   * is written: what admission must leave time for besides decoding and computing. Thread-safe.
   */
  static final class AnswerTimes {

    private final SmoothedTime answering = new SmoothedTime(); // guarded by this
    private final SmoothedTime writing = new SmoothedTime(); // guarded by this

    /** An answer was made so long after the last output that it needed. */
    synchronized void answered(long nanos) {
      answering.record(nanos);
    }

    /** A response was written so long after its answer was made. */
    synchronized void written(long nanos) {
      writing.record(nanos);
    }

    /** What both together are expected to take, with a margin; 0 before the first. */
    synchronized long expectedNanos() {
      double deviation = Math.hypot((double) answering.deviation(), (double) writing.deviation());
      return answering.mean() + writing.mean() + ServiceTimes.margin(deviation);
    }
  }
}
