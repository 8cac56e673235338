package io.github.resnetserving.sandbox;

import java.util.Locale;

/** The kernel refused a system call. */
final class KernelException extends Exception {

  private static final long serialVersionUID = 1;

  /**
   * @param error the value of {@code errno}
   */
  KernelException(SystemCall call, int error) {
    super("%s: %s".formatted(call.name().toLowerCase(Locale.ROOT), text(error)));
  }

  private static String text(int error) {
    return switch (error) { // asm-generic/errno.h
      case 1, 13 -> "not permitted";
      case 38 -> "not in this kernel";
      case 95 -> "switched off at boot";
      default -> "error " + error;
    };
  }
}
