package io.github.resnetserving.inference;

import io.github.resnetserving.batch.NanoClock;
import io.github.resnetserving.batch.Ticket;
import io.github.resnetserving.model.NetworkInput;
import io.github.resnetserving.model.NetworkOutput;
import io.github.resnetserving.model.NormalizedPicture;
import io.github.resnetserving.model.View;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/**
 * A request's pictures, from bytes or numbers to their outcomes: starts as many as may be under
 * way, waits for each in its turn and announces it. Thread-safe.
 */
final class PicturePipeline implements AutoCloseable {

  /**
   * Pictures of a request that are under way at the same time where each has ten crops: enough to
   * fill batches, and one request of many pictures does not fill the queue.
   */
  private static final int TEN_CROPS_AHEAD = 2;

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
  private final Budget pixels;
  private final InferenceListener listener;

  PicturePipeline(
      NanoClock clock, DecodePool decodePool, Budget pixels, InferenceListener listener) {
    this.clock = clock;
    this.decodePool = decodePool;
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
    List<PendingImage<O>> pending = new ArrayList<>(count);
    List<Outcome<T>> outcomes = new ArrayList<>(count);
    Timing timing = Timing.NONE;
    try {
      for (int i = 0; i < count; i++) {
        while (pending.size() < Math.min(count, i + ahead)) {
          pending.add(starter.start(pending.size()));
        }
        PendingImage.Result<O> result = pending.get(i).await();
        List<StageTime> stages = new ArrayList<>(result.stages());
        Outcome<T> outcome = rank(result.outcome(), answer, unanswerable, stages);
        PictureReport report = new PictureReport(i, outcome, stages, result.batchSize());
        listener.onPicture(model.spec(), report);
        outcomes.add(outcome);
        timing = timing.max(report.timing());
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
    var pending =
        new PendingImage<>(model, View.CENTER, submit, NOT_ENCODED, deadline, clock, pixels);
    pending.queue(picture, submit);
    return pending;
  }

  private <O> PendingImage<O> start(
      InferenceRequest request, ServedModel model, Lane<?, O> lane, byte[] image)
      throws InterruptedException {
    var pending =
        new PendingImage<>(
            model, request.view(), lane::submit, image, request.deadline(), clock, pixels);
    Failure refusal = lane.askAhead();
    if (refusal == null) {
      refusal = decodePool.tryExecute(pending, request.deadline(), request.bulk());
    }
    if (refusal != null) {
      pending.fail(refusal);
    }
    return pending;
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
  }
}
