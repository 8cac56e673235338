package io.github.resnetserving.sandbox;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import io.github.resnetserving.sandbox.LinuxKernel.KernelException;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.util.Optional;

/** What the helper takes away from itself before it looks at the first image. */
final class SelfConfinement {

  private static final int[] STOPPING_SIGNALS = {1, 2, 15}; // SIGHUP, SIGINT, SIGTERM
  private static final long IGNORE = 1; // SIG_IGN

  private final long parent;

  /**
   * @param parent the process that started this one
   */
  SelfConfinement(long parent) {
    this.parent = parent;
  }

  /** Does all that this machine can. Says what holds, for people. */
  String confine() {
    ignoreStoppingSignals();
    Optional<LinuxKernel> linux = LinuxKernel.find();
    if (linux.isEmpty()) {
      return "no system call filter (none on %s %s)"
          .formatted(System.getProperty("os.name"), System.getProperty("os.arch"));
    }
    LinuxKernel kernel = linux.get();
    try {
      kernel.dieWithParent();
      if (kernel.call(SystemCall.GETPPID) != parent) {
        Runtime.getRuntime().halt(0); // it ended before that
      }
      kernel.widenPipe(/* standard input */ 0);
      kernel.widenPipe(/* standard output */ 1);
      new SeccompFilter(kernel).enforce(kernel.call(SystemCall.GETPID));
      return "seccomp";
    } catch (KernelException e) {
      return "no system call filter (%s)".formatted(e.getMessage());
    }
  }

  /**
   * Signals that stop the service reach its whole process group from a terminal, or its control
   * group from systemd. Images in flight are still to be answered then: the helper ends when the
   * service closes its input.
   */
  @SuppressWarnings("restricted") // the signature is that of signal.h
  private static void ignoreStoppingSignals() {
    Linker linker = Linker.nativeLinker();
    try {
      linker
          .defaultLookup()
          .find("signal")
          .map(function ->
              linker.downcallHandle(function, FunctionDescriptor.of(ADDRESS, JAVA_INT, ADDRESS)))
          .ifPresent(signal -> {
            for (int number : STOPPING_SIGNALS) {
              try {
                MemorySegment _ =
                    (MemorySegment) signal.invokeExact(number, MemorySegment.ofAddress(IGNORE));
              } catch (RuntimeException | Error e) {
                throw e;
              } catch (Throwable e) {
                throw new IllegalStateException(e);
              }
            }
          });
    } catch (IllegalCallerException e) {
      // Without native access they end the process, as they end others.
    }
  }
}
