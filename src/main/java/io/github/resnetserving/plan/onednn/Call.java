package io.github.resnetserving.plan.onednn;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;

/** A primitive with its operands. May be run by one thread at a time; lives with its session. */
final class Call {

  /** {@code dnnl_exec_arg_t}. */
  static final StructLayout ARGUMENT =
      MemoryLayout.structLayout(
          JAVA_INT.withName("arg"), MemoryLayout.paddingLayout(4), ADDRESS.withName("memory"));

  private final Functions functions;
  private final MemorySegment stream;
  private final MemorySegment primitive;
  private final MemorySegment arguments;
  private final int count;

  Call(
      Functions functions,
      MemorySegment stream,
      MemorySegment primitive,
      MemorySegment arguments,
      int count) {
    this.functions = functions;
    this.stream = stream;
    this.primitive = primitive;
    this.arguments = arguments;
    this.count = count;
  }

  /** Runs it and returns when it is done. */
  void run() {
    Status.check(
        "dnnl_primitive_execute",
        () -> (int) functions.primitiveExecute.invokeExact(primitive, stream, count, arguments));
  }
}
