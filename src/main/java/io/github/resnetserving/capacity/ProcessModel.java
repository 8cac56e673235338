package io.github.resnetserving.capacity;

import java.time.Duration;
import java.util.List;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;

/**
 * What there is to know of one process of the service to predict its answers. Immutable.
 *
 * @param processors that decoding, computing and everything else share
 * @param decodeThreads images that are decoded at the same time
 * @param workers batches that are computed at the same time
 * @param threads threads that compute one batch together
 * @param maxBatch images in the largest batch
 * @param queueCapacity images that may wait
 * @param deadline of each request
 * @param images each as likely as the others
 * @param decodeSlowdown how many times as long decoding takes while all processors are busy
 * @param batch the time of a batch of a size, by one worker while the others have nothing to do
 * @param computeSlowdown how many times as long that takes while all processors are busy
 * @param spread the time of one image on the processors of all workers; null where one worker is as
 *     fast
 * @param request what a request takes besides
 */
public record ProcessModel(
    int processors,
    int decodeThreads,
    int workers,
    int threads,
    int maxBatch,
    int queueCapacity,
    Duration deadline,
    List<Image> images,
    double decodeSlowdown,
    IntFunction<Times> batch,
    double computeSlowdown,
    @Nullable Times spread,
    Request request) {

  /**
   * A kind of image.
   *
   * @param bytes encoded
   * @param decode time by one thread, from bytes to crop
   * @param isReadable whether it has an output
   */
  public record Image(int bytes, Times decode, boolean isReadable) {}

  /**
   * Milliseconds that a request takes besides decoding and computing.
   *
   * @param before processor time before its image is offered
   * @param after processor time from its output to the end of its answer
   * @param refusal processor time of one that is refused from its headers
   * @param waits time that it waits for nothing that others could use, such as for a thread to wake
   */
  public record Request(double before, double after, double refusal, double waits) {

    /** Nothing. */
    public static final Request FREE = new Request(0, 0, 0, 0);

    /** With processor time of a client on the same machine, half of it before and half after. */
    Request plusClient(double millis) {
      return new Request(before + millis / 2, after + millis / 2, refusal + millis, waits);
    }
  }

  public ProcessModel {
    images = List.copyOf(images);
    if (images.isEmpty()) {
      throw new IllegalArgumentException("there are no images");
    }
  }

  /** The same with other costs of requests. */
  public ProcessModel with(Request other) {
    return copy(deadline, other);
  }

  /** The same with another deadline. */
  public ProcessModel with(Duration other) {
    return copy(other, request);
  }

  private ProcessModel copy(Duration newDeadline, Request newRequest) {
    return new ProcessModel(
        processors,
        decodeThreads,
        workers,
        threads,
        maxBatch,
        queueCapacity,
        newDeadline,
        images,
        decodeSlowdown,
        batch,
        computeSlowdown,
        spread,
        newRequest);
  }

  /** The same with a client on the same machine, which takes so much time for a request. */
  public ProcessModel withClient(double millis) {
    return with(request.plusClient(millis));
  }
}
