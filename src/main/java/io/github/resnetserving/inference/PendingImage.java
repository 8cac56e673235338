package io.github.resnetserving.inference;

import io.github.resnetserving.batch.BatchResult;
import io.github.resnetserving.batch.NanoClock;
import io.github.resnetserving.batch.Ticket;
import io.github.resnetserving.image.ImageException;
import io.github.resnetserving.image.ImageInfo;
import io.github.resnetserving.image.PreparedImage;
import io.github.resnetserving.image.TooManyPixelsException;
import io.github.resnetserving.image.UnreadableImageException;
import io.github.resnetserving.image.UnsupportedImageException;
import io.github.resnetserving.model.NetworkInput;
import io.github.resnetserving.model.NetworkOutput;
import io.github.resnetserving.model.NormalizedPicture;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * One picture on its way: decoded by a decode thread, which hands it straight to the batch queue,
 * while the request's thread waits here. Thread-safe.
 */
final class PendingImage implements Runnable {

  /** What became of a picture and the stages that it went through. */
  record Result(Outcome<NetworkOutput> outcome, List<StageTime> stages, int batchSize) {}

  private sealed interface Step {

    /**
     * It is in the queue of its model.
     *
     * @param stages those that are behind it
     */
    record Queued(
        Ticket<NetworkOutput> ticket, ImageInfo info, List<StageTime> stages, long queuedNanos)
        implements Step {}

    record Failed(Failure failure, List<StageTime> stages) implements Step {}
  }

  private final ServedModel model;
  private final byte[] encoded;
  private final Deadline deadline;
  private final NanoClock clock;
  private final Budget pixels;
  private final long submittedNanos;
  private final CompletableFuture<Step> decoded = new CompletableFuture<>();

  /**
   * @param pixels room for pictures while they are decoded
   */
  PendingImage(
      ServedModel model, byte[] encoded, Deadline deadline, NanoClock clock, Budget pixels) {
    this.model = model;
    this.encoded = encoded;
    this.deadline = deadline;
    this.clock = clock;
    this.pixels = pixels;
    this.submittedNanos = clock.nanoTime();
  }

  /** Decodes the picture and queues it, on a decode thread. */
  @Override
  public void run() {
    if (decoded.isDone()) {
      return;
    }
    if (leftNanos() <= 0) {
      fail(new Failure.TimedOut(deadline.limit()));
      return;
    }
    if (encoded.length == 0) {
      fail(new Failure.BadImage(Failure.BadImage.Reason.UNSUPPORTED, "The image is empty."));
      return;
    }
    try {
      Preparation preparation = new Preparation(pixels, clock, submittedNanos, deadline.atNanos());
      try {
        PreparedImage image = prepare(preparation);
        if (!decoded.isDone()) { // not given up while it was being decoded
          queue(image.crop(), image.info(), preparation.end());
        }
      } catch (ImageException e) {
        decoded.complete(new Step.Failed(badImage(e), preparation.end()));
      } catch (CancellationException e) { // there was no room for its pixels
        decoded.complete(new Step.Failed(noRoom(), preparation.end()));
      }
    } catch (Throwable e) { // whatever a decoder throws, the request's thread must not wait for it
      fail(new Failure.EngineFailed(e));
    }
  }

  /** Room for the pixels is given back before anything else happens to the picture. */
  private PreparedImage prepare(Preparation preparation) throws ImageException {
    try (preparation) {
      return model.decoder().prepare(encoded, model.spec().preprocessing(), preparation);
    }
  }

  /** Queues a picture that needs no decoding, instead of {@link #run}. */
  void queue(NormalizedPicture picture) {
    ImageInfo info = new ImageInfo("tensor", picture.width(), picture.height());
    queue(picture, info, List.of());
  }

  private void queue(NetworkInput input, ImageInfo info, List<StageTime> stages) {
    long queuedNanos = clock.nanoTime();
    Ticket<NetworkOutput> ticket = model.queue().submit(input, deadline.atNanos());
    if (!decoded.complete(new Step.Queued(ticket, info, stages, queuedNanos))) {
      ticket.cancel(); // given up just now
    }
  }

  /** Only a shutdown interrupts decode threads. */
  private Failure noRoom() {
    return Thread.currentThread().isInterrupted()
        ? shuttingDown()
        : new Failure.TimedOut(deadline.limit());
  }

  void fail(Failure failure) {
    decoded.complete(new Step.Failed(failure, List.of()));
  }

  /** Gives the picture up, wherever it is. */
  void cancel() {
    fail(new Failure.Cancelled());
    if (decoded.join() instanceof Step.Queued queued) {
      queued.ticket().cancel();
    }
  }

  /** Waits for the result, until the deadline at the latest. */
  Result await() throws InterruptedException {
    return switch (awaitDecoded()) {
      case Step.Failed(var failure, var stages) ->
          new Result(new Outcome.Failed<>(failure), stages, 0);
      case Step.Queued queued -> result(queued, queued.ticket().await());
    };
  }

  private Step awaitDecoded() throws InterruptedException {
    while (!decoded.isDone()) {
      long leftNanos = leftNanos();
      if (leftNanos <= 0) {
        fail(new Failure.TimedOut(deadline.limit()));
        break;
      }
      try {
        return decoded.get(leftNanos, TimeUnit.NANOSECONDS);
      } catch (TimeoutException e) {
        // The clock decides, not the wait: the loop asks it again.
      } catch (ExecutionException e) {
        throw new IllegalStateException("steps are values, never exceptions", e);
      }
    }
    return decoded.join();
  }

  private Result result(Step.Queued queued, BatchResult<NetworkOutput> batched) {
    return switch (batched) {
      case BatchResult.Completed<NetworkOutput>(
              var output,
              var queueNanos,
              var runNanos,
              var batchSize) -> {
        ImageInfo info = queued.info();
        Picture picture = new Picture(info.format(), info.width(), info.height());
        long started = queued.queuedNanos() + queueNanos;
        List<StageTime> stages = new ArrayList<>(queued.stages());
        stages.add(new StageTime(Stage.QUEUE, queued.queuedNanos(), started));
        stages.add(new StageTime(Stage.INFERENCE, started, started + runNanos));
        yield new Result(new Outcome.Success<>(output, picture), stages, batchSize);
      }
      case BatchResult.Rejected<NetworkOutput> rejected ->
          failed(
              new Failure.Overloaded(Duration.ofNanos(rejected.estimatedWaitNanos())),
              queued.stages());
      case BatchResult.Failed<NetworkOutput>(var cause) ->
          failed(new Failure.EngineFailed(cause), queued.stages());
      case BatchResult.Expired<NetworkOutput> _ ->
          failed(new Failure.TimedOut(deadline.limit()), withWait(queued));
      case BatchResult.Cancelled<NetworkOutput> _ ->
          failed(new Failure.Cancelled(), withWait(queued));
      case BatchResult.ShutDown<NetworkOutput> _ -> failed(shuttingDown(), withWait(queued));
    };
  }

  private List<StageTime> withWait(Step.Queued queued) {
    List<StageTime> stages = new ArrayList<>(queued.stages());
    stages.add(new StageTime(Stage.QUEUE, queued.queuedNanos(), clock.nanoTime()));
    return stages;
  }

  private Failure shuttingDown() {
    return new Failure.NotReady(model.spec().name(), "it is shutting down", Duration.ofSeconds(1));
  }

  private static Result failed(Failure failure, List<StageTime> stages) {
    return new Result(new Outcome.Failed<>(failure), stages, 0);
  }

  private static Failure badImage(ImageException e) {
    Failure.BadImage.Reason reason =
        switch (e) {
          case UnsupportedImageException _ -> Failure.BadImage.Reason.UNSUPPORTED;
          case UnreadableImageException _ -> Failure.BadImage.Reason.UNREADABLE;
          case TooManyPixelsException _ -> Failure.BadImage.Reason.TOO_MANY_PIXELS;
        };
    return new Failure.BadImage(reason, String.valueOf(e.getMessage()));
  }

  private long leftNanos() {
    return deadline.atNanos() - clock.nanoTime();
  }
}
