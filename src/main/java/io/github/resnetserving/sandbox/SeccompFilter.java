package io.github.resnetserving.sandbox;

import io.github.resnetserving.sandbox.LinuxKernel.KernelException;
import java.lang.foreign.Arena;

/**
 * Leaves a process the system calls that a running JVM needs to compute and to talk through the
 * descriptors that it has: memory, threads, clocks, and reading of files. Every other call is
 * answered with an error: no socket, no file that is opened for writing, no process that is
 * started, traced or signalled. In force for all threads, for good.
 */
final class SeccompFilter {

  // asm-generic/errno-base.h
  private static final int NOT_PERMITTED = 1;
  private static final int NO_SUCH_CALL = 38;

  private static final int X32_NUMBERS = 0x40000000; // x86-64's other set of numbers
  private static final int CLONE_THREAD = 0x10000; // linux/sched.h
  private static final int WRITING_OR_CREATING = 0x3 | 0x40 | 0x200 | 0x400000; // asm/fcntl.h
  private static final int SET_NAME = 15; // of a thread, linux/prctl.h
  private static final int COUNT_READABLE = 0x541b; // FIONREAD, asm-generic/ioctls.h
  private static final int[] DESCRIPTOR_FLAGS = {1, 2, 3}; // F_GETFD, F_SETFD, F_GETFL

  private static final int SET_MODE_FILTER = 1; // linux/seccomp.h
  private static final int ALL_THREADS = 1;

  private final LinuxKernel kernel;

  SeccompFilter(LinuxKernel kernel) {
    this.kernel = kernel;
  }

  /**
   * Puts the filter in force for the whole process.
   *
   * @param pid of this process, as it sees itself
   * @throws KernelException the kernel has no filters, or does not let them be used
   */
  void enforce(long pid) throws KernelException {
    kernel.forbidNewPrivileges();
    try (Arena arena = Arena.ofConfined()) {
      long thread =
          kernel.call(
              SystemCall.SECCOMP,
              SET_MODE_FILTER,
              ALL_THREADS,
              program(kernel.architecture(), (int) pid).assemble(arena).address());
      if (thread != 0) {
        throw new IllegalStateException("thread %d has another filter".formatted(thread));
      }
    }
  }

  /** The filter for a process. */
  static BpfProgram program(MachineArchitecture architecture, int pid) {
    BpfProgram program = new BpfProgram();
    program.loadArchitecture();
    program.ifEqualSkip(architecture.auditNumber(), 1);
    program.kill();
    program.loadNumber();
    program.unlessAtLeastSkip(X32_NUMBERS, 1);
    program.refuse(NO_SUCH_CALL);
    for (SystemCall call : SystemCall.values()) {
      int number = call.number(architecture);
      if (call.isAllowed() && number != SystemCall.NONE) {
        program.unlessEqualSkip(number, 1);
        program.allow();
      }
    }
    // Its flags are in memory, which a filter cannot read: the C library then uses clone(2).
    program.unlessEqualSkip(SystemCall.CLONE3.number(architecture), 1);
    program.refuse(NO_SUCH_CALL);
    allowThreads(program, SystemCall.CLONE.number(architecture));
    allowReading(program, SystemCall.OPENAT.number(architecture), 2);
    if (SystemCall.OPEN.number(architecture) != SystemCall.NONE) {
      allowReading(program, SystemCall.OPEN.number(architecture), 1);
    }
    allowOnly(program, SystemCall.TGKILL.number(architecture), 0, pid);
    allowOnly(program, SystemCall.PRCTL.number(architecture), 0, SET_NAME);
    allowOnly(program, SystemCall.IOCTL.number(architecture), 1, COUNT_READABLE);
    allowOnly(program, SystemCall.FCNTL.number(architecture), 1, DESCRIPTOR_FLAGS);
    allowAskingForLimits(program, SystemCall.PRLIMIT64.number(architecture));
    program.refuse(NOT_PERMITTED);
    return program;
  }

  private static void allowThreads(BpfProgram program, int number) {
    program.unlessEqualSkip(number, 5);
    program.loadArgument(0);
    program.and(CLONE_THREAD);
    program.ifEqualSkip(0, 1);
    program.allow();
    program.refuse(NOT_PERMITTED);
  }

  /**
   * @param flags which argument has them
   */
  private static void allowReading(BpfProgram program, int number, int flags) {
    program.unlessEqualSkip(number, 5);
    program.loadArgument(flags);
    program.and(WRITING_OR_CREATING);
    program.unlessEqualSkip(0, 1);
    program.allow();
    program.refuse(NOT_PERMITTED);
  }

  /** Allows a call with some values of an argument. */
  private static void allowOnly(BpfProgram program, int number, int argument, int... values) {
    program.unlessEqualSkip(number, 2 + 2 * values.length);
    program.loadArgument(argument);
    for (int value : values) {
      program.unlessEqualSkip(value, 1);
      program.allow();
    }
    program.refuse(NOT_PERMITTED);
  }

  /** Without a pointer to new limits. */
  private static void allowAskingForLimits(BpfProgram program, int number) {
    program.unlessEqualSkip(number, 6);
    program.loadArgument(2);
    program.unlessEqualSkip(0, 3);
    program.loadUpperArgument(2);
    program.unlessEqualSkip(0, 1);
    program.allow();
    program.refuse(NOT_PERMITTED);
  }
}
