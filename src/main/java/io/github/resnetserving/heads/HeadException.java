package io.github.resnetserving.heads;

import io.github.resnetserving.models.ModelSpec;
import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A head that there is not, or that cannot be used; the message says why, and names no path. */
public final class HeadException extends IOException {

  private static final long serialVersionUID = 1;

  private final boolean unknown;

  private HeadException(String message, boolean unknown, @Nullable Throwable cause) {
    super(message, cause);
    this.unknown = unknown;
  }

  /** Whether there is no head of that name. */
  public boolean isUnknown() {
    return unknown;
  }

  static HeadException unknown(String model, String name, List<String> known) {
    String shown = name.length() <= 100 ? name : name.substring(0, 100) + "…";
    return new HeadException(
        known.isEmpty()
            ? "The model %s has no head %s, and no other. Make one with heads fit --model %s --data DIR."
                .formatted(model, shown, model)
            : "The model %s has no head %s. There are: %s."
                .formatted(model, shown, String.join(", ", known)),
        /* unknown= */ true,
        null);
  }

  static HeadException unusable(String message, @Nullable Throwable cause) {
    return new HeadException(message, /* unknown= */ false, cause);
  }

  static HeadException foreign(ModelSpec model, Head.Facts head) {
    Head.Backbone own = head.backbone();
    String difference =
        own.weights().equals(model.digest())
            ? "its images went through %s, and the model's go through %s"
                .formatted(own.preprocessing(), model.preprocessing().id())
            : "its weights are %s, and the model's are %s".formatted(own.weights(), model.digest());
    return unusable(
        "The head %s was fitted to the features of another network than %s version %s: %s. Fit it again."
            .formatted(head.name(), model.name(), model.version(), difference),
        null);
  }
}
