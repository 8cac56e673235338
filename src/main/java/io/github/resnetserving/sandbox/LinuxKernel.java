package io.github.resnetserving.sandbox;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout.PathElement;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;
import java.util.Locale;
import java.util.Optional;

/** Linux's system calls by {@code syscall(2)} of the C library. Thread-safe. */
final class LinuxKernel {

  private static final int SET_NO_NEW_PRIVS = 38; // linux/prctl.h
  private static final int SET_PARENT_DEATH_SIGNAL = 1;
  private static final int KILL = 9;
  private static final int SET_PIPE_SIZE = 1031; // asm-generic/fcntl.h
  private static final int PIPE_BYTES = 1 << 20; // the most that users are allowed

  private final MachineArchitecture architecture;
  private final MethodHandle function;
  private final StructLayout captured = Linker.Option.captureStateLayout();
  private final VarHandle errno = captured.varHandle(PathElement.groupElement("errno"));

  private LinuxKernel(MachineArchitecture architecture, MethodHandle function) {
    this.architecture = architecture;
    this.function = function;
  }

  /** The kernel of this machine; nothing where it is another, or native calls are not allowed. */
  static Optional<LinuxKernel> find() {
    return System.getProperty("os.name").equals("Linux")
        ? MachineArchitecture.of(System.getProperty("os.arch")).flatMap(LinuxKernel::find)
        : Optional.empty();
  }

  @SuppressWarnings("restricted") // the signature is that of unistd.h
  private static Optional<LinuxKernel> find(MachineArchitecture architecture) {
    Linker linker = Linker.nativeLinker();
    FunctionDescriptor type =
        FunctionDescriptor.of(
            JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG);
    try {
      return linker
          .defaultLookup()
          .find("syscall")
          .map(address ->
              linker.downcallHandle(
                  address,
                  type,
                  Linker.Option.firstVariadicArg(1),
                  Linker.Option.captureCallState("errno")))
          .map(function -> new LinuxKernel(architecture, function));
    } catch (IllegalCallerException e) {
      return Optional.empty();
    }
  }

  MachineArchitecture architecture() {
    return architecture;
  }

  /** A call with up to five integers or addresses. */
  long call(SystemCall call, long... arguments) throws KernelException {
    long[] all = new long[5];
    System.arraycopy(arguments, 0, all, 0, arguments.length);
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment state = arena.allocate(captured);
      long result =
          (long)
              function.invokeExact(
                  state, (long) call.number(architecture), all[0], all[1], all[2], all[3], all[4]);
      if (result == -1) {
        throw new KernelException(call, (int) errno.get(state, 0L));
      }
      return result;
    } catch (KernelException | RuntimeException | Error e) {
      throw e;
    } catch (Throwable e) {
      throw new IllegalStateException(e);
    }
  }

  /** No program that this thread, or a process that it starts, executes gains privileges. */
  void forbidNewPrivileges() throws KernelException {
    call(SystemCall.PRCTL, SET_NO_NEW_PRIVS, 1);
  }

  /**
   * Gives this thread less time than others when there is too little; threads and processes that it
   * starts inherit that.
   *
   * @param nice 0 to 19
   */
  void lowerPriority(int nice) throws KernelException {
    call(SystemCall.SETPRIORITY, /* PRIO_PROCESS */ 0, /* this thread */ 0, nice);
  }

  /** This process is killed when the thread ends that started it. */
  void dieWithParent() throws KernelException {
    call(SystemCall.PRCTL, SET_PARENT_DEATH_SIGNAL, KILL);
  }

  /** Lets a pipe hold an image or its crops, so that neither side waits for the other half-way. */
  void widenPipe(long descriptor) {
    try {
      call(SystemCall.FCNTL, descriptor, SET_PIPE_SIZE, PIPE_BYTES);
    } catch (KernelException e) {
      // The user has many pipes, and this one stays as it is.
    }
  }

  /**
   * Limits a resource of a process of the same user, for good.
   *
   * @param resource {@code RLIMIT_*} of asm-generic/resource.h
   */
  void limit(long pid, int resource, long value) throws KernelException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment limits = arena.allocate(JAVA_LONG, 2); // soft, hard
      limits.setAtIndex(JAVA_LONG, 0, value);
      limits.setAtIndex(JAVA_LONG, 1, value);
      call(SystemCall.PRLIMIT64, pid, resource, limits.address());
    }
  }

  /** Closes a descriptor of this process. */
  void close(long descriptor) {
    try {
      call(SystemCall.CLOSE, descriptor);
    } catch (KernelException e) {
      // It is closed in any case, and nothing was written to it.
    }
  }

  /** The kernel refused a system call. */
  static final class KernelException extends Exception {

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
}
