package io.github.resnetserving.sandbox;

import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;

import io.github.resnetserving.sandbox.LinuxKernel.KernelException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;

/**
 * Takes all access to files and to TCP away from the calling thread, and from all processes that it
 * starts, but for reading what is named. From version 6 of the interface they cannot signal other
 * processes either, or connect to their abstract sockets. Where a process of the thread is compared
 * with one outside, neither {@code ptrace} nor {@code /proc/PID/mem} is allowed.
 *
 * @see <a href="https://docs.kernel.org/userspace-api/landlock.html">Landlock</a>
 */
final class Landlock {

  // linux/landlock.h
  private static final int VERSION_FLAG = 1;
  private static final int RULE_PATH_BENEATH = 1;
  private static final long EXECUTE = 1;
  private static final long READ_FILE = 1 << 2;
  private static final long READ_FOLDER = 1 << 3;
  private static final long NET_BIND_AND_CONNECT_TCP = 3;
  private static final long SCOPE_ABSTRACT_SOCKETS_AND_SIGNALS = 3;

  // asm-generic/fcntl.h
  private static final long AT_FDCWD = -100;
  private static final long O_PATH = 0x200000;
  private static final long O_CLOEXEC = 0x80000;

  private final LinuxKernel kernel;
  private final int version;

  private Landlock(LinuxKernel kernel, int version) {
    this.kernel = kernel;
    this.version = version;
  }

  /**
   * @throws KernelException the kernel has no Landlock, or does not let it be used
   */
  static Landlock of(LinuxKernel kernel) throws KernelException {
    return new Landlock(
        kernel, (int) kernel.call(SystemCall.LANDLOCK_CREATE_RULESET, 0, 0, VERSION_FLAG));
  }

  /** Version of the kernel's interface, from 1. */
  int version() {
    return version;
  }

  /**
   * Restricts the calling thread, which may gain no new privileges.
   *
   * @param readable files, or folders with all that is beneath; what does not exist is left out
   */
  void restrictThread(Collection<Path> readable) throws KernelException {
    long rules = ruleset();
    try {
      for (Path path : readable) {
        if (Files.exists(path)) {
          allow(rules, path);
        }
      }
      kernel.call(SystemCall.LANDLOCK_RESTRICT_SELF, rules, 0);
    } finally {
      kernel.close(rules);
    }
  }

  private long ruleset() throws KernelException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment attributes = arena.allocate(JAVA_LONG, 3); // files, network, scopes
      attributes.setAtIndex(JAVA_LONG, 0, allFileRights());
      attributes.setAtIndex(JAVA_LONG, 1, NET_BIND_AND_CONNECT_TCP);
      attributes.setAtIndex(JAVA_LONG, 2, SCOPE_ABSTRACT_SOCKETS_AND_SIGNALS);
      int fields = version >= 6 ? 3 : version >= 4 ? 2 : 1;
      return kernel.call(
          SystemCall.LANDLOCK_CREATE_RULESET,
          attributes.address(),
          fields * JAVA_LONG.byteSize(),
          /* flags */ 0);
    }
  }

  /** Thirteen rights at first; REFER, TRUNCATE and IOCTL_DEV came later. */
  private long allFileRights() {
    int count = version >= 5 ? 16 : version >= 3 ? 15 : version >= 2 ? 14 : 13;
    return (1L << count) - 1;
  }

  private void allow(long rules, Path path) throws KernelException {
    try (Arena arena = Arena.ofConfined()) {
      long file =
          kernel.call(
              SystemCall.OPENAT,
              AT_FDCWD,
              arena.allocateFrom(path.toString()).address(),
              O_PATH | O_CLOEXEC);
      try {
        MemorySegment rule = arena.allocate(12); // packed: rights, descriptor
        rule.set(
            JAVA_LONG_UNALIGNED,
            0,
            Files.isDirectory(path) ? EXECUTE | READ_FILE | READ_FOLDER : EXECUTE | READ_FILE);
        rule.set(JAVA_INT_UNALIGNED, 8, (int) file);
        kernel.call(SystemCall.LANDLOCK_ADD_RULE, rules, RULE_PATH_BENEATH, rule.address(), 0);
      } finally {
        kernel.close(file);
      }
    }
  }
}
