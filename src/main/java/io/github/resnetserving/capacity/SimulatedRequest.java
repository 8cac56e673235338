package io.github.resnetserving.capacity;

import io.github.resnetserving.inference.Deadline;
import io.github.resnetserving.inference.SimulatedPipeline;
import io.github.resnetserving.inference.SimulatedPipeline.End;
import java.time.Duration;
import java.util.function.Consumer;

/** A request of one image, and what became of it. Used by one simulation. */
public final class SimulatedRequest implements SimulatedPipeline.Image {

  private final ProcessModel.Image image;
  private final long atNanos; // since the beginning
  private final Deadline deadline;
  private final Consumer<SimulatedRequest> onEnd;
  private End end = new End.Late(); // until something better is told
  private long endNanos; // since the beginning

  /**
   * @param atNanos since the simulation began
   * @param onEnd what follows from its end
   */
  SimulatedRequest(
      ProcessModel.Image image, long atNanos, Deadline deadline, Consumer<SimulatedRequest> onEnd) {
    this.image = image;
    this.atNanos = atNanos;
    this.deadline = deadline;
    this.onEnd = onEnd;
  }

  public ProcessModel.Image image() {
    return image;
  }

  /** When it came, since the simulation began. */
  public long atNanos() {
    return atNanos;
  }

  @Override
  public int encodedBytes() {
    return image.bytes();
  }

  @Override
  public boolean isReadable() {
    return image.isReadable();
  }

  @Override
  public Deadline deadline() {
    return deadline;
  }

  @Override
  public void ended(End with) {
    end = with;
    onEnd.accept(this);
  }

  /** Takes note of when its response was written. */
  void written(long sinceBeginning) {
    endNanos = sinceBeginning;
  }

  /** What became of its image. */
  public End end() {
    return end;
  }

  /** Whether it was taken and not turned away later. */
  public boolean isAccepted() {
    return !(end instanceof End.Refused);
  }

  /** Whether it was answered: with an output, or told that it is no image. */
  public boolean isAnswered() {
    return end instanceof End.Answered || end instanceof End.Unreadable;
  }

  /** Whether it was answered within a time. */
  public boolean isInTime(Duration time) {
    return isAnswered() && responseNanos() <= time.toNanos();
  }

  /** From when it came to the end of its response. */
  public long responseNanos() {
    return endNanos - atNanos;
  }
}
