package io.github.resnetserving.engine;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.invoke.MethodHandle;
import java.util.Optional;

/** What native code allocates with {@code malloc}. Thread-safe. */
final class NativeHeap {

  private final Optional<MethodHandle> trim;

  /** Looks for glibc's {@code malloc_trim(3)}, which other C libraries lack. */
  @SuppressWarnings("restricted") // the signature is that of malloc.h
  NativeHeap() {
    Linker linker = Linker.nativeLinker();
    trim =
        linker
            .defaultLookup()
            .find("malloc_trim")
            .map(function ->
                linker.downcallHandle(function, FunctionDescriptor.of(JAVA_INT, JAVA_LONG)));
  }

  /** Gives free memory back to the system, where the C library can. */
  void trim() {
    trim.ifPresent(NativeHeap::call);
  }

  private static void call(MethodHandle trim) {
    try {
      int _ = (int) trim.invokeExact(/* pad= */ 0L);
    } catch (RuntimeException | Error e) {
      throw e;
    } catch (Throwable e) {
      throw new IllegalStateException(e);
    }
  }
}
