package io.github.resnetserving.plan.onednn;

import java.lang.foreign.MemorySegment;

/** A tensor: native memory and what lies in it. */
record Operand(Role role, Descriptor descriptor, MemorySegment memory) {}
