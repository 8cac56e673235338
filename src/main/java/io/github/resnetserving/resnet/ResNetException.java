package io.github.resnetserving.resnet;

import io.github.resnetserving.inference.Failure;

/** One image has no answer; {@link #failure()} says why in a form that programs can switch over. */
public final class ResNetException extends RuntimeException {

  private static final long serialVersionUID = 1;

  private final transient Failure failure;

  ResNetException(Failure failure) {
    super(
        failure.detail(),
        failure instanceof Failure.EngineFailed(var cause) ? cause : /* cause= */ null);
    this.failure = failure;
  }

  /** Why there is no answer. */
  public Failure failure() {
    return failure;
  }
}
