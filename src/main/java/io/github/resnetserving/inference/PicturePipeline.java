package io.github.resnetserving.inference;

import io.github.resnetserving.batch.Activity;
import io.github.resnetserving.batch.NanoClock;
import io.github.resnetserving.batch.Priority;
import io.github.resnetserving.batch.Ticket;
import io.github.resnetserving.model.NetworkInput;
import io.github.resnetserving.model.NetworkOutput;
import io.github.resnetserving.model.NormalizedPicture;
import io.github.resnetserving.model.View;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A request's pictures, from bytes or numbers to their outcomes: starts as many as may be under
 * way, waits for each in its turn and announces it. Thread-safe.
 */
final class PicturePipeline implements AutoCloseable {

  /**
   * Pictures of a request that are under way at the same time where each has ten crops: enough to
   * fill batches, and one request of many pictures does not fill the queue.
   */
  static final int TEN_CROPS_AHEAD = 2;

  private static final byte[] NOT_ENCODED = {};

  /** The numbers of a client are finite, but the network need not keep them so. */
  private static final Failure NUMBERS_TOO_LARGE =
      new Failure.BadParameter(
          "The network's output for this input is not finite: its numbers are too large. Send"
              + " standardised ones.");

  /** Sets the picture of an index on its way. */
  @FunctionalInterface
  private interface Starter<O> {

    PendingImage<O> start(int index) throws InterruptedException;
  }

  private final NanoClock clock;
  private final DecodePool decodePool;
  private final DecodePool rareDecodePool;
  private final Budget pixels;
  private final InferenceListener listener;
  private final AnswerTimes answerTimes = new AnswerTimes();

  /**
   * @param rareDecodePool where images of rare formats wait and are decoded, however long that
   *     takes
   */
  PicturePipeline(
      NanoClock clock,
      DecodePool decodePool,
      DecodePool rareDecodePool,
      Budget pixels,
      InferenceListener listener) {
    this.clock = clock;
    this.decodePool = decodePool;
    this.rareDecodePool = rareDecodePool;
    this.pixels = pixels;
    this.listener = listener;
  }

  /**
   * Decodes the pictures and runs their crops on a lane.
   *
   * @param answer what becomes of a picture's outputs
   * @throws InterruptedException the request's pictures were cancelled
   */
  <O, T> Answer<T> run(
      InferenceRequest request, ServedModel model, Lane<?, O> lane, Function<Seen<O>, T> answer)
      throws InterruptedException {
    List<byte[]> images = request.images();
    return run(
        images.size(),
        request.view() == View.TEN ? TEN_CROPS_AHEAD : images.size(),
        request.deadline(),
        model,
        i -> start(request, model, lane, images.get(i)),
        answer,
        Failure.EngineFailed::new);
  }

  /** Runs images that need no decoding. An output that is not finite is the client's fault. */
  <T> Answer<T> run(
      TensorRequest request, ServedModel model, Function<Seen<NetworkOutput>, T> answer)
      throws InterruptedException {
    int count = request.pictures().size();
    return run(
        count,
        count,
        request.deadline(),
        model,
        i -> queue(request.pictures().get(i), request.deadline(), model),
        answer,
        _ -> NUMBERS_TOO_LARGE);
  }

  /**
   * Why an image that came now would be turned away; announced then as a request of one image. Null
   * if it would not be.
   *
   * @param encodedBytes of the image; 0 where they are not known, for the least
   */
  @Nullable Failure shed(ServedModel model, Lane<?, ?> lane, int encodedBytes) {
    Failure refusal = decodePool.ask(new Asked(lane, encodedBytes, answerTimes.expectedNanos()));
    if (refusal != null) {
      Outcome<Object> outcome = new Outcome.Failed<>(refusal);
      listener.onPicture(model.spec(), new PictureReport(0, outcome, List.of(), 0));
      var _ = announced(model, List.of(outcome), Timing.NONE, lane.deadline());
    }
    return refusal;
  }

  /** An image of which nothing but the size is known, and that is not going to come. */
  private record Asked(Lane<?, ?> lane, int encodedBytes, long answerNanos) implements DecodeTask {

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

  /**
   * @param ahead how many pictures are under way at the same time
   * @param unanswerable what it means that no answer can be made of an output
   */
  private <O, T> Answer<T> run(
      int count,
      int ahead,
      Deadline deadline,
      ServedModel model,
      Starter<O> starter,
      Function<Seen<O>, T> answer,
      Function<RuntimeException, Failure> unanswerable)
      throws InterruptedException {
    Deque<PendingImage<O>> pending = new ArrayDeque<>(); // no longer than its outputs are needed
    int started = 0;
    List<Outcome<T>> outcomes = new ArrayList<>(count);
    Timing timing = Timing.NONE;
    StageTime lastOutput = null;
    try {
      for (int i = 0; i < count; i++) {
        while (started < Math.min(count, i + ahead)) {
          pending.add(starter.start(started++));
        }
        PendingImage.Result<O> result = pending.element().await();
        pending.remove().cancel(); // lets go of its image where the deadline passed
        List<StageTime> stages = new ArrayList<>(result.stages());
        Outcome<T> outcome = rank(result.outcome(), answer, unanswerable, stages);
        PictureReport report = new PictureReport(i, outcome, stages, result.batchSize());
        listener.onPicture(model.spec(), report);
        outcomes.add(outcome);
        timing = timing.max(report.timing());
        lastOutput = later(lastOutput, result.stages());
      }
      if (lastOutput != null) {
        answerTimes.answered(clock.nanoTime() - lastOutput.endNanos());
      }
    } catch (InterruptedException e) {
      // Nobody waits any more; the rest is announced all the same, so that counts add up.
      while (outcomes.size() < count) {
        Outcome<T> cancelled = new Outcome.Failed<>(new Failure.Cancelled());
        listener.onPicture(
            model.spec(), new PictureReport(outcomes.size(), cancelled, List.of(), 0));
        outcomes.add(cancelled);
      }
      var _ = announced(model, outcomes, timing, deadline);
      throw e;
    } finally {
      pending.forEach(PendingImage::cancel); // does nothing to those that have their outcome
    }
    return announced(model, outcomes, timing, deadline);
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
      ServedModel model, List<Outcome<T>> outcomes, Timing timing, Deadline deadline) {
    Answer.Answered<T> answered =
        new Answer.Answered<>(model, outcomes, timing.withTotal(totalNanos(deadline)));
    listener.onAnswered(model.spec(), answered);
    return answered;
  }

  private long totalNanos(Deadline deadline) {
    return clock.nanoTime() - deadline.startNanos();
  }

  private PendingImage<NetworkOutput> queue(
      NormalizedPicture picture, Deadline deadline, ServedModel model) {
    Function<NetworkInput, Ticket<NetworkOutput>> submit =
        input -> model.queue().submit(input, deadline.atNanos());
    Lane<NetworkInput, NetworkOutput> lane =
        new Lane<>(model.queue(), crop -> crop, deadline, Priority.INTERACTIVE);
    var pending = pending(model, View.CENTER, lane, NOT_ENCODED);
    pending.queue(picture, submit);
    return pending;
  }

  private <O> PendingImage<O> start(
      InferenceRequest request, ServedModel model, Lane<?, O> lane, byte[] image)
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
      ServedModel model, View view, Lane<?, O> lane, byte[] encoded) {
    return new PendingImage<>(model, view, lane, encoded, clock, pixels, answerTimes);
  }

  /** Makes the answer out of an output, and adds the time that this took. */
  private <O, T> Outcome<T> rank(
      Outcome<Seen<O>> outcome,
      Function<Seen<O>, T> answer,
      Function<RuntimeException, Failure> unanswerable,
      List<StageTime> stages) {
    return switch (outcome) {
      case Outcome.Failed<Seen<O>>(var failure) -> new Outcome.Failed<>(failure);
      case Outcome.Success<Seen<O>>(var seen, var picture) -> {
        long started = clock.nanoTime();
        Outcome<T> ranked;
        try {
          ranked = new Outcome.Success<>(answer.apply(seen), picture);
        } catch (IllegalArgumentException e) { // an output that is not finite, or too short
          ranked = new Outcome.Failed<>(unanswerable.apply(e));
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
}
