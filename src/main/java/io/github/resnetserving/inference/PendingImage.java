package io.github.resnetserving.inference;

import io.github.resnetserving.batch.BatchResult;
import io.github.resnetserving.batch.NanoClock;
import io.github.resnetserving.batch.Ticket;
import io.github.resnetserving.image.ImageException;
import io.github.resnetserving.image.ImagePreparer.DecoderUnavailableException;
import io.github.resnetserving.image.PreparedImage;
import io.github.resnetserving.image.PreparedImage.ImageInfo;
import io.github.resnetserving.inference.DecodeQueue.DecodeTask;
import io.github.resnetserving.inference.ImageReport.Stage;
import io.github.resnetserving.inference.ImageReport.StageTime;
import io.github.resnetserving.inference.InferencePipeline.AnswerTimes;
import io.github.resnetserving.models.Preprocessing.CropMode;
import io.github.resnetserving.tensor.CropGeometry;
import io.github.resnetserving.tensor.NetworkInput;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * One image on its way: decoded by a decode thread, which hands it straight to the batch queue,
 * while the request's thread waits here. Thread-safe.
 */
final class PendingImage<O> implements DecodeTask, ImageInFlight<O> {

  /** What became of an image and the stages that it went through. */
  record Result<O>(Outcome<RawOutputs<O>> outcome, List<StageTime> stages, int batchSize) {}

  private sealed interface Step<O> {

    /**
     * It is in a queue of its model.
     *
     * @param tickets one a crop
     * @param surroundings where the centre crop lies; null where it is not known
     * @param stages those that are behind it
     */
    record Queued<O>(
        List<Ticket<O>> tickets,
        ImageInfo info,
        @Nullable CropGeometry surroundings,
        List<StageTime> stages,
        long queuedNanos)
        implements Step<O> {

      void cancel() {
        tickets.forEach(Ticket::cancel);
      }
    }

    record Failed<O>(Failure failure, List<StageTime> stages) implements Step<O> {}
  }

  private static final byte[] NONE = {};

  private final ServedModel model;
  private final CropMode view;
  private final QueueBinding<?, O> lane;
  private volatile byte[] encoded; // empty once it is given up, though it may still be queued
  private final Deadline deadline;
  private final NanoClock clock;
  private final Budget pixels;
  private final AnswerTimes answerTimes;
  private final long submittedNanos;
  private final CompletableFuture<Step<O>> decoded = new CompletableFuture<>();
  private volatile QueueBinding.@Nullable Entry<O> entry; // once it is admitted

  /**
   * @param lane where the image goes when it is decoded
   * @param pixels room for images while they are decoded
   * @param answerTimes what is left to do with its outputs
   */
  PendingImage(
      ServedModel model,
      CropMode view,
      QueueBinding<?, O> lane,
      byte[] encoded,
      NanoClock clock,
      Budget pixels,
      AnswerTimes answerTimes) {
    this.model = model;
    this.view = view;
    this.lane = lane;
    this.encoded = encoded;
    this.deadline = lane.deadline();
    this.clock = clock;
    this.pixels = pixels;
    this.answerTimes = answerTimes;
    this.submittedNanos = clock.nanoTime();
  }

  @Override
  public int encodedBytes() {
    return encoded.length;
  }

  @Override
  public Deadline deadline() {
    return deadline;
  }

  @Override
  public @Nullable Failure admit(long readyNanos, boolean alone) {
    return switch (lane.enter(view.crops(), readyNanos + answerTimes.expectedNanos(), alone)) {
      case QueueBinding.Entry.Open<O> open -> {
        entry = open;
        yield null;
      }
      case QueueBinding.Entry.Closed<O>(var why) -> why;
    };
  }

  @Override
  public boolean begin() {
    if (leftNanos() <= 0) {
      fail(new Failure.TimedOut(deadline.limit()));
    }
    if (decoded.isDone()) {
      giveBack();
      return false;
    }
    return true;
  }

  /** Decodes the image and queues it, on a decode thread. */
  @Override
  public void run() {
    try {
      decode();
    } finally {
      giveBack(); // what was not submitted
    }
  }

  private void giveBack() {
    if (entry instanceof QueueBinding.Entry.Open<O>(_, _, var giveBack)) {
      giveBack.run();
    }
  }

  private void decode() {
    byte[] image = encoded;
    if (image.length == 0) {
      fail(new Failure.BadImage(Failure.BadImage.Reason.UNSUPPORTED, "The image is empty."));
      return;
    }
    try {
      DecodeTrace preparation = new DecodeTrace(pixels, clock, submittedNanos, deadline.atNanos());
      try {
        PreparedImage prepared = prepare(image, preparation);
        if (!decoded.isDone()) { // not given up while it was being decoded
          queue(prepared, preparation.end());
        }
      } catch (ImageException e) {
        decoded.complete(new Step.Failed<>(badImage(e), preparation.end()));
      } catch (CancellationException e) { // its deadline passed
        decoded.complete(new Step.Failed<>(noRoom(), preparation.end()));
      } catch (DecoderUnavailableException e) {
        decoded.complete(new Step.Failed<>(unavailable(e), preparation.end()));
      }
    } catch (OutOfMemoryError e) {
      fail(new Failure.EngineFailed(e));
      throw e; // nothing can be relied on after it
    } catch (
        Throwable
            e) { // the request's thread must not wait for ever, also if a decoder throws an error
      fail(new Failure.EngineFailed(e));
    }
  }

  /** Room for the pixels is given back before anything else happens to the image. */
  private PreparedImage prepare(byte[] image, DecodeTrace preparation) throws ImageException {
    try (preparation) {
      return model.preparer().prepare(image, model.spec().preprocessing(), view, preparation);
    }
  }

  private void queue(PreparedImage image, List<StageTime> stages) {
    if (!(entry instanceof QueueBinding.Entry.Open<O>(var submit, _, _))) {
      throw new IllegalStateException("the image was decoded and never admitted");
    }
    long queuedNanos = clock.nanoTime();
    List<Ticket<O>> tickets = image.crops().stream().map(submit).toList();
    queued(new Step.Queued<>(tickets, image.info(), image.surroundings(), stages, queuedNanos));
  }

  /** Queues an image that needs no decoding, instead of {@link #run}. */
  void queue(NetworkInput image, Function<? super NetworkInput, Ticket<O>> submit) {
    long queuedNanos = clock.nanoTime();
    ImageInfo info = new ImageInfo("tensor", image.width(), image.height());
    queued(new Step.Queued<>(List.of(submit.apply(image)), info, null, List.of(), queuedNanos));
  }

  private void queued(Step.Queued<O> queued) {
    if (!decoded.complete(queued)) {
      queued.cancel(); // given up just now
    }
  }

  /** Only a shutdown interrupts decode threads. */
  private Failure noRoom() {
    return Thread.currentThread().isInterrupted()
        ? shuttingDown()
        : new Failure.TimedOut(deadline.limit());
  }

  private Failure unavailable(DecoderUnavailableException e) {
    return new Failure.NotReady(
        model.spec().name(), String.valueOf(e.getMessage()), Duration.ofSeconds(10));
  }

  void fail(Failure failure) {
    decoded.complete(new Step.Failed<>(failure, List.of()));
  }

  @Override
  public void cancel() {
    fail(new Failure.Cancelled());
    encoded = NONE;
    giveBack();
    if (decoded.join() instanceof Step.Queued<O> queued) {
      queued.cancel();
    }
  }

  @Override
  public Result<O> await() throws InterruptedException {
    Result<O> result =
        switch (awaitDecoded()) {
          case Step.Failed<O>(var failure, var stages) -> failed(failure, stages);
          case Step.Queued<O> queued -> await(queued);
        };
    boolean ended =
        switch (result.outcome()) {
          case Outcome.Success<?> _ -> true;
          case Outcome.Failed<?>(var failure) -> failure instanceof Failure.TimedOut;
        };
    if (ended && entry instanceof QueueBinding.Entry.Open<O>(_, var tell, _)) {
      tell.run();
    }
    return result;
  }

  /**
   * Runs something quick once it is known what becomes of the image, on the thread that brings it
   * about, or here and now where it is known already.
   */
  void onEnd(Consumer<Outcome<RawOutputs<O>>> action) {
    var _ =
        decoded.thenAccept(step -> {
          switch (step) {
            case Step.Failed<O>(var failure, _) -> action.accept(new Outcome.Failed<>(failure));
            case Step.Queued<O> queued -> {
              AtomicInteger left = new AtomicInteger(queued.tickets().size());
              for (Ticket<O> ticket : queued.tickets()) {
                ticket.onDone(() -> {
                  if (left.decrementAndGet() == 0) {
                    action.accept(ended(queued));
                  }
                });
              }
            }
          }
        });
  }

  /** The outcome of an image whose crops all have their results. */
  private Outcome<RawOutputs<O>> ended(Step.Queued<O> queued) {
    try {
      return await(queued).outcome();
    } catch (InterruptedException e) {
      throw new IllegalStateException("there is nothing to wait for", e);
    }
  }

  private Step<O> awaitDecoded() throws InterruptedException {
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

  /** Waits for every crop; an image that misses one is given up. */
  private Result<O> await(Step.Queued<O> queued) throws InterruptedException {
    List<O> outputs = new ArrayList<>(queued.tickets().size());
    long started = Long.MAX_VALUE; // since the image was queued: the first batch with a crop
    long ended = 0; // likewise, of the last one
    int batchSize = 0;
    for (Ticket<O> ticket : queued.tickets()) {
      BatchResult<O> result = ticket.await();
      if (!(result
          instanceof
          BatchResult.Completed<O>(var output, var queueNanos, var runNanos, var size))) {
        queued.cancel();
        return failed(queued, result);
      }
      outputs.add(output);
      started = Math.min(started, queueNanos);
      ended = Math.max(ended, queueNanos + runNanos);
      batchSize = Math.max(batchSize, size);
    }
    long queuedNanos = queued.queuedNanos();
    List<StageTime> stages = new ArrayList<>(queued.stages());
    stages.add(new StageTime(Stage.QUEUE, queuedNanos, queuedNanos + started));
    stages.add(new StageTime(Stage.INFERENCE, queuedNanos + started, queuedNanos + ended));
    return new Result<>(
        new Outcome.Success<>(new RawOutputs<>(outputs, queued.surroundings()), queued.info()),
        stages,
        batchSize);
  }

  private Result<O> failed(Step.Queued<O> queued, BatchResult<O> batched) {
    return switch (batched) {
      case BatchResult.Completed<O> _ -> throw new IllegalStateException("it did not fail");
      case BatchResult.Rejected<O> rejected ->
          failed(
              new Failure.Overloaded(Duration.ofNanos(rejected.estimatedWaitNanos())),
              queued.stages());
      case BatchResult.Failed<O>(var cause) ->
          failed(new Failure.EngineFailed(cause), queued.stages());
      case BatchResult.Expired<O> _ ->
          failed(new Failure.TimedOut(deadline.limit()), withWait(queued));
      case BatchResult.Cancelled<O> _ -> failed(new Failure.Cancelled(), withWait(queued));
      case BatchResult.ShutDown<O> _ -> failed(shuttingDown(), withWait(queued));
    };
  }

  private List<StageTime> withWait(Step.Queued<O> queued) {
    List<StageTime> stages = new ArrayList<>(queued.stages());
    stages.add(new StageTime(Stage.QUEUE, queued.queuedNanos(), clock.nanoTime()));
    return stages;
  }

  private Failure shuttingDown() {
    return new Failure.NotReady(model.spec().name(), "it is shutting down", Duration.ofSeconds(1));
  }

  private Result<O> failed(Failure failure, List<StageTime> stages) {
    return new Result<>(new Outcome.Failed<>(failure), stages, 0);
  }

  private static Failure badImage(ImageException e) {
    Failure.BadImage.Reason reason =
        switch (e) {
          case ImageException.Unsupported _ -> Failure.BadImage.Reason.UNSUPPORTED;
          case ImageException.Unreadable _ -> Failure.BadImage.Reason.UNREADABLE;
          case ImageException.TooManyPixels _ -> Failure.BadImage.Reason.TOO_MANY_PIXELS;
          case ImageException.TooCostly _ -> Failure.BadImage.Reason.TOO_COSTLY;
        };
    return new Failure.BadImage(reason, String.valueOf(e.getMessage()));
  }

  private long leftNanos() {
    return deadline.atNanos() - clock.nanoTime();
  }

  /**
   * What came of one image.
   *
   * @param <O> what the network gives for one crop
   * @param outputs one a crop
   * @param surroundings where the centre crop lies; null where it is not known
   */
  record RawOutputs<O>(List<O> outputs, @Nullable CropGeometry surroundings) {}
}
