package io.github.resnetserving.inference;

import io.github.resnetserving.models.Preprocessing.CropMode;
import io.github.resnetserving.tensor.NetworkInput;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Images and who shall look at them.
 *
 * @param model a model's name, or null for the default one
 * @param version one of its versions, or null for the newest that is ready
 * @param images encoded images, at least one; not copied
 * @param view what the network is shown of each
 * @param bulk whether interactive requests go first
 * @param room what the answer takes its memory from
 * @param caller whose images they are, for the cache of outputs: one caller's are not answered with
 *     another's; null where no cache is to be asked
 */
public record InferenceRequest(
    @Nullable String model,
    @Nullable String version,
    List<byte[]> images,
    Deadline deadline,
    CropMode view,
    boolean bulk,
    AnswerRoom room,
    @Nullable String caller) {

  public InferenceRequest {
    images = List.copyOf(images);
    if (images.isEmpty()) {
      throw new IllegalArgumentException("there are no images");
    }
  }

  /** Creates an interactive (non-bulk) request that uses the centre crop. */
  public InferenceRequest(
      @Nullable String model, @Nullable String version, List<byte[]> images, Deadline deadline) {
    this(
        model,
        version,
        images,
        deadline,
        CropMode.CENTER,
        /* bulk= */ false,
        AnswerRoom.UNLIMITED,
        /* caller= */ null);
  }

  /** Copies this request with another crop mode. */
  public InferenceRequest withView(CropMode other) {
    return new InferenceRequest(model, version, images, deadline, other, bulk, room, caller);
  }

  /** Copies this request as a bulk request, which interactive ones precede. */
  public InferenceRequest inBulk() {
    return new InferenceRequest(
        model, version, images, deadline, view, /* bulk= */ true, room, caller);
  }

  /** Copies this request with an answer whose memory is taken from the given account. */
  public InferenceRequest withRoom(AnswerRoom other) {
    return new InferenceRequest(model, version, images, deadline, view, bulk, other, caller);
  }

  /** Copies this request as one whose outputs may be shared with others of the same caller. */
  public InferenceRequest withCaller(String other) {
    return new InferenceRequest(model, version, images, deadline, view, bulk, room, other);
  }

  /** What a request takes the memory for its answer from, before the answer is computed. */
  @FunctionalInterface
  public interface AnswerRoom {

    /** Gives everything, for callers that have the process for themselves. */
    AnswerRoom UNLIMITED = _ -> true;

    /**
     * Takes so many bytes, until the answer is no longer needed; may wait for them.
     *
     * @return whether they were there
     */
    boolean tryTakeAnswer(long bytes) throws InterruptedException;

    /** The most that one request may have. */
    default long most() {
      return Long.MAX_VALUE;
    }
  }

  /**
   * Images that need no decoding and who shall look at them.
   *
   * @param model a model's name, or null for the default one
   * @param version one of its versions, or null for the newest that is ready
   * @param images at least one, each of the model's crop size
   */
  public record TensorRequest(
      @Nullable String model,
      @Nullable String version,
      List<NetworkInput> images,
      Deadline deadline) {

    public TensorRequest {
      images = List.copyOf(images);
      if (images.isEmpty()) {
        throw new IllegalArgumentException("there are no images");
      }
    }
  }
}
