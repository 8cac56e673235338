package io.github.resnetserving.inference;

import io.github.resnetserving.batch.BatchQueue;
import io.github.resnetserving.batch.BatchResult;
import io.github.resnetserving.batch.BatchSettings;
import io.github.resnetserving.batch.NanoClock;
import io.github.resnetserving.batch.Priority;
import io.github.resnetserving.batch.SimulatedWorkers;
import io.github.resnetserving.batch.Ticket;
import io.github.resnetserving.inference.DecodeQueue.DecodeTask;
import io.github.resnetserving.inference.InferencePipeline.AnswerTimes;
import io.github.resnetserving.inference.InferencePipeline.Asked;
import io.github.resnetserving.tensor.NetworkInput.Pixels;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Decode queue, batches and admission as the service has them, without threads, images or a
 * network: whoever simulates those asks for work and says when it is over. Interactive images of
 * one crop. Not thread-safe.
 */
public final class SimulatedPipeline {

  /** What becomes of an image. */
  public sealed interface End {

    /**
     * It has an output.
     *
     * @param queueNanos from its decoding until its batch ran
     * @param batchSize images in its batch
     */
    record Answered(long queueNanos, int batchSize) implements End {}

    /** It was decoded, and is no image. */
    record Unreadable() implements End {}

    /** It was turned away, on arrival or when it was decoded. */
    record Refused() implements End {}

    /** It was taken, and its deadline passed. */
    record Late() implements End {}
  }

  /** An image on its way. */
  public interface Image {

    /** Bytes of the encoded image, from which its cost is estimated. */
    int encodedBytes();

    /** Whether it can be decoded. */
    boolean isReadable();

    /** When its answer is wanted. */
    Deadline deadline();

    /** Called once, at the moment of the end. */
    void ended(End end);
  }

  /** An image that a simulated decode thread is at. */
  public final class Decoding {
    private final DecodeQueue.Running running;
    private final Task task;

    private Decoding(DecodeQueue.Running running) {
      this.running = running;
      this.task = (Task) running.task();
    }

    public Image image() {
      return task.image;
    }

    /** Hands the image on; the clock says when it was decoded. */
    public void finish() {
      task.run();
      decodeQueue.finish(running);
    }
  }

  private static final Pixels NO_PIXELS = new Pixels(1, 1, new byte[3]);

  private final NanoClock clock;
  private final DecodeQueue decodeQueue;
  private final SimulatedWorkers workers;
  private final BatchQueue<Pixels, Pixels> queue;
  private final AnswerTimes answerTimes = new AnswerTimes();

  /**
   * @param workers batches at a time
   * @param settings of the batch queue; as many images may wait to be decoded as for a batch
   * @param spreads whether an image that is alone gets the processors of all workers
   */
  public SimulatedPipeline(
      int decodeThreads, int workers, BatchSettings settings, boolean spreads, NanoClock clock) {
    this.clock = clock;
    this.decodeQueue = new DecodeQueue(settings.queueCapacity(), decodeThreads, clock);
    this.workers = new SimulatedWorkers(workers, clock);
    this.queue = this.workers.open(settings.withConcurrency(workers), spreads);
  }

  /** Tells how long a batch took at warm-up. */
  public void measured(int size, Duration time) {
    queue.recordServiceTime(size, time);
  }

  /** Whether an image would be turned away now from its headers. */
  public boolean sheds(Image image) {
    Asked asked = new Asked(lane(image), image.encodedBytes(), answerTimes.expectedNanos());
    return decodeQueue.ask(asked) != null;
  }

  /** An image has come; it may end at once. */
  public void offer(Image image) {
    if (decodeQueue.offer(new Task(image)) != null) {
      image.ended(new End.Refused());
    }
  }

  /** The next image for a decode thread that has nothing to do; null if none waits. */
  public @Nullable Decoding pollDecoding() {
    DecodeQueue.Running next = decodeQueue.poll();
    return next == null ? null : new Decoding(next);
  }

  /**
   * The next batch, if there is one now.
   *
   * @param done what the worker has just finished; null if nothing
   */
  public SimulatedWorkers.@Nullable Running pollBatch(SimulatedWorkers.@Nullable Running done) {
    return workers.poll(done);
  }

  /** A response was written so long after its image had its output. */
  public void written(long nanos) {
    answerTimes.written(nanos);
  }

  private QueueBinding<Pixels, Pixels> lane(Image image) {
    return new QueueBinding<>(queue, crop -> crop, image.deadline(), Priority.INTERACTIVE);
  }

  /** What {@link PendingImage} does, without a thread that waits. */
  private final class Task implements DecodeTask {
    private final Image image;
    private QueueBinding.@Nullable Entry<Pixels> entry;

    Task(Image image) {
      this.image = image;
    }

    @Override
    public int encodedBytes() {
      return image.encodedBytes();
    }

    @Override
    public Deadline deadline() {
      return image.deadline();
    }

    @Override
    public @Nullable Failure admit(long readyNanos, boolean alone) {
      entry = lane(image).enter(1, readyNanos + answerTimes.expectedNanos(), alone);
      return entry instanceof QueueBinding.Entry.Closed<Pixels>(var why) ? why : null;
    }

    @Override
    public boolean begin() {
      boolean wanted = deadline().atNanos() - clock.nanoTime() > 0;
      if (!wanted) {
        tellEnd();
        giveBack();
        image.ended(new End.Late());
      }
      return wanted;
    }

    @Override
    public void run() {
      if (!image.isReadable()) {
        image.ended(new End.Unreadable());
      } else if (entry instanceof QueueBinding.Entry.Open<Pixels>(var submit, _, _)) {
        Ticket<Pixels> ticket = submit.apply(NO_PIXELS);
        ticket.onDone(() -> ended(ticket));
      }
      giveBack();
    }

    private void tellEnd() {
      if (entry instanceof QueueBinding.Entry.Open<Pixels>(_, var ended, _)) {
        ended.run();
      }
    }

    private void giveBack() {
      if (entry instanceof QueueBinding.Entry.Open<Pixels>(_, _, var giveBack)) {
        giveBack.run();
      }
    }

    private void ended(Ticket<Pixels> ticket) {
      switch (result(ticket)) {
        case BatchResult.Completed<Pixels>(_, var queueNanos, _, var size) -> {
          tellEnd();
          image.ended(new End.Answered(queueNanos, size));
        }
        case BatchResult.Expired<Pixels> _ -> {
          tellEnd();
          image.ended(new End.Late());
        }
        case BatchResult.Rejected<Pixels> _ -> image.ended(new End.Refused());
        case BatchResult.Cancelled<Pixels> _,
            BatchResult.Failed<Pixels> _,
            BatchResult.ShutDown<Pixels> _ ->
            throw new IllegalStateException("a simulated batch does not fail");
      }
    }

    private static BatchResult<Pixels> result(Ticket<Pixels> ticket) {
      try {
        return ticket.await(); // it is done
      } catch (InterruptedException e) {
        throw new IllegalStateException(e);
      }
    }
  }
}
