package io.github.resnetserving.inference;

import io.github.resnetserving.batch.NanoClock;
import io.github.resnetserving.image.PreparationListener;
import io.github.resnetserving.inference.ImageReport.Stage;
import io.github.resnetserving.inference.ImageReport.StageTime;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;

/**
 * Goes along with one image while it is prepared: measures the stages, and holds room for the
 * pixels from the moment that the header tells them. Used by one decode thread.
 */
final class DecodeTrace implements PreparationListener, AutoCloseable {

  private final Budget pixels;
  private final Budget.Lease room;
  private final NanoClock clock;
  private final long deadlineNanos;
  private final List<StageTime> stages = new ArrayList<>();
  private Stage stage = Stage.DECODE;
  private long stageStartNanos;
  private long workStartNanos; // moved on by what was waited for room

  /**
   * @param submittedNanos when the image was given to the decode threads
   */
  DecodeTrace(Budget pixels, NanoClock clock, long submittedNanos, long deadlineNanos) {
    this.pixels = pixels;
    this.room = pixels.open();
    this.clock = clock;
    this.deadlineNanos = deadlineNanos;
    this.stageStartNanos = clock.nanoTime();
    this.workStartNanos = stageStartNanos;
    stages.add(new StageTime(Stage.DECODE_QUEUE, submittedNanos, stageStartNanos));
  }

  /**
   * Waits for room. A thread that holds room is decoding and waits for nothing itself, so this
   * ends; other images of this thread's queue could not be decoded meanwhile without that room
   * either.
   *
   * @throws CancellationException the deadline passed, or the thread was interrupted
   */
  @Override
  public void onSize(long claimed) {
    // The pipeline's limits say what is too large; an image that passes them takes all room at
    // most.
    long wanted = Math.min(claimed, pixels.capacity());
    if (wanted <= room.held()) {
      return;
    }
    room.shrink(
        room.held()); // all or nothing: two that hold some and wait for more would wait for each
    // other
    long waitStartNanos = clock.nanoTime();
    try {
      if (!room.grow(wanted, clock, deadlineNanos)) {
        throw new CancellationException("the deadline passed");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new CancellationException("interrupted");
    }
    workStartNanos += clock.nanoTime() - waitStartNanos;
  }

  /**
   * Ends the work on an image whose request has ended.
   *
   * @throws CancellationException the deadline passed
   */
  @Override
  public long onProgress() {
    long now = clock.nanoTime();
    if (deadlineNanos - now <= 0) {
      throw new CancellationException("the deadline passed");
    }
    return now - workStartNanos;
  }

  @Override
  public long remainingNanos() {
    return deadlineNanos - clock.nanoTime();
  }

  @Override
  public void onDecoded() {
    endStage();
    stage = Stage.PREPROCESS;
  }

  /** The stages so far; ends the one that the image is in. */
  List<StageTime> end() {
    endStage();
    return List.copyOf(stages);
  }

  @Override
  public void close() {
    room.close();
  }

  private void endStage() {
    long now = clock.nanoTime();
    stages.add(new StageTime(stage, stageStartNanos, now));
    stageStartNanos = now;
  }
}
