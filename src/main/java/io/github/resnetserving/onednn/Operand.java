package io.github.resnetserving.onednn;

import java.lang.foreign.MemorySegment;

/** A tensor: native memory and what lies in it. */
public record Operand(Role role, Descriptor descriptor, MemorySegment memory) {}
