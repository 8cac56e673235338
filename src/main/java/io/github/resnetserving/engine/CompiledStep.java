package io.github.resnetserving.engine;

import io.github.resnetserving.onednn.Descriptor;
import io.github.resnetserving.onednn.Operand;
import io.github.resnetserving.onednn.Primitive;
import io.github.resnetserving.onednn.Role;
import io.github.resnetserving.onednn.Session;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/**
 * What oneDNN does to a tensor.
 *
 * @param constants operands that are the same at each run
 */
record CompiledStep(
    Primitive primitive, Descriptor source, Descriptor output, List<Operand> constants) {

  /** Beside the operands. */
  long scratchpadBytes() {
    return primitive.scratchpad().bytes();
  }

  /** With memory to run in. */
  Runnable bound(Session session, MemorySegment from, MemorySegment to, MemorySegment scratchpad) {
    List<Operand> operands = new ArrayList<>(constants);
    operands.add(new Operand(Role.SOURCE, source, from));
    operands.add(new Operand(Role.DESTINATION, output, to));
    operands.add(new Operand(Role.SCRATCHPAD, primitive.scratchpad(), scratchpad));
    return session.call(primitive, operands)::run;
  }
}
