package io.github.resnetserving.telemetry;

import org.springframework.boot.actuate.endpoint.annotation.Endpoint;
import org.springframework.boot.actuate.endpoint.annotation.ReadOperation;

/** Says on {@code /actuator/threads} what computes here with how many threads. */
@Endpoint(id = "threads")
public final class ThreadsEndpoint {

  /**
   * The threads that compute. Requests wait on virtual threads, which are not counted.
   *
   * @param device what networks are computed on, such as {@code cpu} or {@code gpu:0}
   * @param processors that this process may use: the machine's, or as many as its control group's
   *     quota gives time for, rounded up
   * @param workers batches that are computed at the same time
   * @param threadsPerWorker threads that compute one batch together
   * @param decoders threads that decode and resize images
   */
  public record Threads(
      String device, int processors, int workers, int threadsPerWorker, int decoders) {}

  private final Threads threads;

  public ThreadsEndpoint(Threads threads) {
    this.threads = threads;
  }

  @ReadOperation
  public Threads threads() {
    return threads;
  }
}
