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
import io.github.resnetserving.model.NetworkOutput;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * One picture on its way: decoded by a decode thread, which hands it straight to the batch queue,
 * while the request's thread waits here. Thread-safe.
 */
final class PendingImage implements Runnable {

  /** What became of a picture and the time it took. */
  record Result(Outcome<NetworkOutput> outcome, Timing timing) {}

  private sealed interface Step {

    record Queued(Ticket<NetworkOutput> ticket, ImageInfo info, long decodeNanos) implements Step {}

    record Failed(Failure failure, long decodeNanos) implements Step {}
  }

  private final ServedModel model;
  private final byte[] encoded;
  private final Deadline deadline;
  private final NanoClock clock;
  private final InferenceListener listener;
  private final CompletableFuture<Step> decoded = new CompletableFuture<>();

  PendingImage(
      ServedModel model,
      byte[] encoded,
      Deadline deadline,
      NanoClock clock,
      InferenceListener listener) {
    this.model = model;
    this.encoded = encoded;
    this.deadline = deadline;
    this.clock = clock;
    this.listener = listener;
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
    long started = clock.nanoTime();
    try {
      PreparedImage image = model.decoder().prepare(encoded, model.spec().preprocessing());
      long decodeNanos = clock.nanoTime() - started;
      listener.onDecoded(decodeNanos);
      if (decoded.isDone()) {
        return; // given up while it was being decoded
      }
      Ticket<NetworkOutput> ticket = model.queue().submit(image.crop(), deadline.atNanos());
      if (!decoded.complete(new Step.Queued(ticket, image.info(), decodeNanos))) {
        ticket.cancel(); // given up just now
      }
    } catch (ImageException e) {
      long decodeNanos = clock.nanoTime() - started;
      listener.onDecoded(decodeNanos);
      decoded.complete(new Step.Failed(badImage(e), decodeNanos));
    } catch (Throwable e) { // whatever a decoder throws, the request's thread must not wait for it
      fail(new Failure.EngineFailed(e));
    }
  }

  void fail(Failure failure) {
    decoded.complete(new Step.Failed(failure, 0));
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
      case Step.Failed failed ->
          new Result(
              new Outcome.Failed<>(failed.failure()), new Timing(failed.decodeNanos(), 0, 0, 0, 0));
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
    Timing timing = new Timing(queued.decodeNanos(), 0, 0, 0, 0);
    return switch (batched) {
      case BatchResult.Completed<NetworkOutput>(
              var output,
              var queueNanos,
              var runNanos,
              var batchSize) -> {
        ImageInfo info = queued.info();
        Picture picture = new Picture(info.format(), info.width(), info.height());
        yield new Result(
            new Outcome.Success<>(output, picture),
            timing.max(new Timing(0, queueNanos, runNanos, 0, batchSize)));
      }
      case BatchResult.Rejected<NetworkOutput> rejected ->
          failed(new Failure.Overloaded(Duration.ofNanos(rejected.estimatedWaitNanos())), timing);
      case BatchResult.Expired<NetworkOutput> _ ->
          failed(new Failure.TimedOut(deadline.limit()), timing);
      case BatchResult.Cancelled<NetworkOutput> _ -> failed(new Failure.Cancelled(), timing);
      case BatchResult.Failed<NetworkOutput>(var cause) ->
          failed(new Failure.EngineFailed(cause), timing);
      case BatchResult.ShutDown<NetworkOutput> _ ->
          failed(
              new Failure.NotReady(
                  model.spec().name(), "it is shutting down", Duration.ofSeconds(1)),
              timing);
    };
  }

  private static Result failed(Failure failure, Timing timing) {
    return new Result(new Outcome.Failed<>(failure), timing);
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
