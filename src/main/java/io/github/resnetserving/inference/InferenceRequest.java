package io.github.resnetserving.inference;

import io.github.resnetserving.model.View;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Pictures and who shall look at them.
 *
 * @param model a model's name, or null for the default one
 * @param version one of its versions, or null for the newest that is ready
 * @param images encoded pictures, at least one; not copied
 * @param view what the network is shown of each
 * @param bulk whether requests that somebody waits for go first
 * @param room what the answer takes its memory from
 */
public record InferenceRequest(
    @Nullable String model,
    @Nullable String version,
    List<byte[]> images,
    Deadline deadline,
    View view,
    boolean bulk,
    AnswerRoom room) {

  public InferenceRequest {
    images = List.copyOf(images);
    if (images.isEmpty()) {
      throw new IllegalArgumentException("there are no images");
    }
  }

  /** One that somebody waits for, of the crops from the centre. */
  public InferenceRequest(
      @Nullable String model, @Nullable String version, List<byte[]> images, Deadline deadline) {
    this(model, version, images, deadline, View.CENTER, /* bulk= */ false, AnswerRoom.UNLIMITED);
  }

  /** The same, seen otherwise. */
  public InferenceRequest withView(View other) {
    return new InferenceRequest(model, version, images, deadline, other, bulk, room);
  }

  /** The same, after those that somebody waits for. */
  public InferenceRequest inBulk() {
    return new InferenceRequest(model, version, images, deadline, view, /* bulk= */ true, room);
  }

  /** The same, with an answer whose memory comes from there. */
  public InferenceRequest withRoom(AnswerRoom other) {
    return new InferenceRequest(model, version, images, deadline, view, bulk, other);
  }
}
