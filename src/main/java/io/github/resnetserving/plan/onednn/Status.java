package io.github.resnetserving.plan.onednn;

import static java.lang.foreign.ValueLayout.ADDRESS;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** What a C function returned. */
final class Status {

  /** A call of a function that returns a {@code dnnl_status_t}. */
  @FunctionalInterface
  interface Function {
    int call() throws Throwable;
  }

  /** The same of one that writes a handle to its first parameter. */
  @FunctionalInterface
  interface Creation {
    int call(MemorySegment out) throws Throwable;
  }

  private Status() {}

  /**
   * Calls a function.
   *
   * @param name for the message
   * @throws OneDnnException if it refuses
   */
  static void check(String name, Function function) {
    int status;
    try {
      status = function.call();
    } catch (Throwable e) {
      throw unexpected(e);
    }
    if (status != 0) {
      throw new OneDnnException(name, status);
    }
  }

  /** The handle that a function makes. */
  static MemorySegment handle(String name, Creation creation) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment out = arena.allocate(ADDRESS);
      check(name, () -> creation.call(out));
      return out.get(ADDRESS, 0);
    }
  }

  static RuntimeException unexpected(Throwable e) {
    return switch (e) {
      case RuntimeException defect -> throw defect;
      case Error error -> throw error;
      default -> new IllegalStateException(e);
    };
  }
}
