package io.github.resnetserving.plan.onednn;

/** A function of oneDNN refused: nothing here computes such an operation on this processor. */
final class OneDnnException extends RuntimeException {

  private static final long serialVersionUID = 1;

  OneDnnException(String function, int status) {
    super("%s gave %s".formatted(function, text(status)));
  }

  /** Of {@code dnnl_status_t}. */
  private static String text(int status) {
    return switch (status) {
      case 1 -> "out of memory";
      case 2 -> "invalid arguments";
      case 3 -> "unimplemented";
      default -> "status " + status;
    };
  }
}
