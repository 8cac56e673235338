package io.github.resnetserving.sandbox;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/**
 * A program of the classic Berkeley packet filter over {@code struct seccomp_data}. Not
 * thread-safe.
 *
 * @see <a href="https://docs.kernel.org/userspace-api/seccomp_filter.html">Seccomp BPF</a>
 */
final class BpfProgram {

  // linux/bpf_common.h
  private static final int LOAD_WORD = 0x20;
  private static final int AND = 0x54;
  private static final int JUMP_IF_EQUAL = 0x15;
  private static final int JUMP_IF_AT_LEAST = 0x35;
  private static final int RETURN = 0x06;

  // linux/seccomp.h
  private static final int KILL_PROCESS = 0x80000000;
  private static final int ERROR = 0x00050000;
  private static final int ALLOW = 0x7fff0000;
  private static final int NUMBER_AT = 0;
  private static final int ARCHITECTURE_AT = 4;
  private static final int ARGUMENTS_AT = 16; // eight bytes each, little-endian

  private static final int INSTRUCTION_BYTES = 8;

  private record Instruction(int code, int ifTrue, int ifFalse, int value) {}

  private final List<Instruction> instructions = new ArrayList<>();

  void loadNumber() {
    load(NUMBER_AT);
  }

  void loadArchitecture() {
    load(ARCHITECTURE_AT);
  }

  /** The lower half of an argument, from 0. */
  void loadArgument(int index) {
    load(ARGUMENTS_AT + 8 * index);
  }

  /** The upper half of an argument, from 0. */
  void loadUpperArgument(int index) {
    load(ARGUMENTS_AT + 8 * index + 4);
  }

  private void load(int at) {
    add(LOAD_WORD, 0, 0, at);
  }

  /** Keeps the bits of a mask. */
  void and(int mask) {
    add(AND, 0, 0, mask);
  }

  /** Goes on where the value is this one, and else leaves so many instructions out. */
  void unlessEqualSkip(int value, int skipped) {
    add(JUMP_IF_EQUAL, 0, skipped, value);
  }

  /** Leaves so many instructions out where the value is this one. */
  void ifEqualSkip(int value, int skipped) {
    add(JUMP_IF_EQUAL, skipped, 0, value);
  }

  /** Goes on where the value is at least this one, unsigned, and else leaves instructions out. */
  void unlessAtLeastSkip(int value, int skipped) {
    add(JUMP_IF_AT_LEAST, 0, skipped, value);
  }

  void allow() {
    add(RETURN, 0, 0, ALLOW);
  }

  /** The call does nothing and gives an error. */
  void refuse(int errno) {
    add(RETURN, 0, 0, ERROR | errno);
  }

  void kill() {
    add(RETURN, 0, 0, KILL_PROCESS);
  }

  private void add(int code, int ifTrue, int ifFalse, int value) {
    instructions.add(new Instruction(code, ifTrue, ifFalse, value));
  }

  int length() {
    return instructions.size();
  }

  /** Layout of the kernel's {@code struct sock_fprog}. */
  MemorySegment assemble(Arena arena) {
    MemorySegment code = arena.allocate((long) INSTRUCTION_BYTES * length(), 8);
    long at = 0;
    for (Instruction instruction : instructions) {
      code.set(JAVA_SHORT, at, (short) instruction.code());
      code.set(JAVA_BYTE, at + 2, (byte) instruction.ifTrue());
      code.set(JAVA_BYTE, at + 3, (byte) instruction.ifFalse());
      code.set(JAVA_INT, at + 4, instruction.value());
      at += INSTRUCTION_BYTES;
    }
    MemorySegment program = arena.allocate(2 * ADDRESS.byteSize(), 8);
    program.set(JAVA_SHORT, 0, (short) length());
    program.set(ADDRESS, ADDRESS.byteSize(), code);
    return program;
  }
}
