package io.github.resnetserving.plan.onednn;

import java.lang.foreign.MemorySegment;

/** A primitive with its operands. May be run by one thread at a time; lives with its session. */
final class Call {

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
