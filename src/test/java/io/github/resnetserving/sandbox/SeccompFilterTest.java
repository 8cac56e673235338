package io.github.resnetserving.sandbox;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;
import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** The filter's verdicts, by an interpreter of its instructions: also for the other processor. */
class SeccompFilterTest {

  private static final int PID = 4711;
  private static final String ALLOWED = "allowed";

  @ParameterizedTest
  @CsvSource({
    "READ, 0, 0, 0, allowed",
    "FUTEX, 0, 0, 0, allowed",
    "MMAP, 0, 4096, 7, allowed",
    "EXIT_GROUP, 1, 0, 0, allowed",
    "OPENAT, -100, 1, 0, allowed", // reading
    "OPENAT, -100, 1, 0x88000, allowed", // O_CLOEXEC and more
    "OPENAT, -100, 1, 1, error 1", // writing
    "OPENAT, -100, 1, 2, error 1",
    "OPENAT, -100, 1, 0x40, error 1", // creating
    "OPENAT, -100, 1, 0x200, error 1", // truncating
    "OPENAT, -100, 1, 0x410002, error 1", // a file without a name
    "CLONE, 0x3d0f00, 0, 0, allowed", // a thread
    "CLONE, 0x11, 0, 0, error 1", // a process
    "CLONE, 0x4111, 0, 0, error 1", // as vfork does
    "CLONE, 0x10000011, 0, 0, error 1", // in a namespace
    "CLONE3, 0, 88, 0, error 38",
    "TGKILL, 4711, 1, 6, allowed", // its own threads
    "TGKILL, 1, 1, 9, error 1",
    "PRCTL, 15, 0, 0, allowed", // a thread's name
    "PRCTL, 22, 2, 0, error 1",
    "IOCTL, 0, 0x541b, 0, allowed",
    "IOCTL, 0, 0x5412, 0, error 1", // types into a terminal
    "FCNTL, 1, 3, 0, allowed",
    "FCNTL, 1, 4, 0x2000, error 1",
    "PRLIMIT64, 0, 7, 0, allowed", // asks
    "PRLIMIT64, 0, 7, 0x100000000, error 1", // the pointer's upper half counts
    "PRLIMIT64, 0, 7, 16, error 1",
    "SECCOMP, 1, 0, 0, error 1",
    "LANDLOCK_CREATE_RULESET, 0, 0, 1, error 1",
    "SETPRIORITY, 0, 0, -20, error 1"
  })
  void eachCallHasItsVerdict(
      SystemCall call, String first, String second, String third, String verdict) {
    for (MachineArchitecture architecture : MachineArchitecture.values()) {
      assertThat(
              run(
                  architecture,
                  architecture,
                  call.number(architecture),
                  Long.decode(first),
                  Long.decode(second),
                  Long.decode(third)))
          .as("%s on %s", call, architecture)
          .isEqualTo(verdict);
    }
  }

  @ParameterizedTest
  @EnumSource(MachineArchitecture.class)
  void callsWithoutANameHereAreRefused(MachineArchitecture architecture) {
    for (int number = 0; number < 600; number++) {
      int wanted = number;
      boolean known =
          java.util.Arrays.stream(SystemCall.values())
              .anyMatch(call -> call.number(architecture) == wanted);
      if (!known) {
        assertThat(run(architecture, architecture, number)).as("%d", number).isEqualTo("error 1");
      }
    }
  }

  @Test
  void callsByOtherNumbersOfTheSameProcessorAreNotMade() {
    assertThat(run(MachineArchitecture.X86_64, MachineArchitecture.X86_64, 0x40000000))
        .isEqualTo("error 38");
    assertThat(run(MachineArchitecture.X86_64, MachineArchitecture.X86_64, 0x40000000 + 59))
        .isEqualTo("error 38");
    assertThat(run(MachineArchitecture.X86_64, MachineArchitecture.AARCH64, 63))
        .isEqualTo("killed");
    assertThat(run(MachineArchitecture.AARCH64, MachineArchitecture.X86_64, 0)).isEqualTo("killed");
  }

  /** What {@code struct seccomp_data} of a call gets. */
  @SuppressWarnings("restricted") // the program's own length
  private static String run(
      MachineArchitecture filter, MachineArchitecture caller, int number, long... arguments) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment program = SeccompFilter.program(filter, PID).assemble(arena);
      int length = program.get(JAVA_SHORT, 0);
      MemorySegment code = program.get(ADDRESS, 8).reinterpret(8L * length);
      MemorySegment data = arena.allocate(64, 8);
      data.set(JAVA_INT, 0, number);
      data.set(JAVA_INT, 4, caller.auditNumber());
      for (int i = 0; i < arguments.length; i++) {
        data.set(java.lang.foreign.ValueLayout.JAVA_LONG, 16 + 8L * i, arguments[i]);
      }
      int value = 0;
      for (int at = 0; at < length; at++) {
        int instruction = code.get(JAVA_SHORT, 8L * at);
        int ifTrue = code.get(JAVA_BYTE, 8L * at + 2) & 0xff;
        int ifFalse = code.get(JAVA_BYTE, 8L * at + 3) & 0xff;
        int constant = code.get(JAVA_INT, 8L * at + 4);
        switch (instruction) {
          case 0x20 -> value = data.get(JAVA_INT, constant);
          case 0x54 -> value &= constant;
          case 0x15 -> at += value == constant ? ifTrue : ifFalse;
          case 0x35 -> at += Integer.compareUnsigned(value, constant) >= 0 ? ifTrue : ifFalse;
          case 0x06 -> {
            return verdict(constant);
          }
          default -> throw new IllegalStateException("instruction " + instruction);
        }
      }
      throw new IllegalStateException("no verdict");
    }
  }

  private static String verdict(int value) {
    return switch (value & 0xffff0000) {
      case 0x7fff0000 -> ALLOWED;
      case 0x80000000 -> "killed";
      case 0x00050000 -> "error " + (value & 0xffff);
      default -> throw new IllegalStateException("verdict " + value);
    };
  }
}
