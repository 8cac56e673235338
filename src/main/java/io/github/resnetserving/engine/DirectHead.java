package io.github.resnetserving.engine;

import io.github.resnetserving.engine.DirectWeights.Weighted;
import io.github.resnetserving.network.DirectProgram;
import io.github.resnetserving.network.DirectProgram.Activation;
import io.github.resnetserving.onednn.DataType;
import io.github.resnetserving.onednn.Descriptor;
import io.github.resnetserving.onednn.Role;
import io.github.resnetserving.onednn.Session;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What follows the last map, compiled for batches of one size: global average pooling and the
 * classifier, if there is one, both in float32. Immutable.
 */
final class DirectHead {

  private final Session session;
  private final String last;
  private final int count;
  private final Optional<CompiledStep> widening; // of a map that is not float32
  private final CompiledStep pooling;
  private final Optional<CompiledStep> classification; // where there is a classifier

  DirectHead(Session session, DirectProgram program, DirectWeights weights, int count) {
    this.session = session;
    this.last = program.last();
    this.count = count;
    Activation map = program.map(last);
    int width = map.channels();
    DataType type = MapNumbers.of(program.precision()).type();
    Descriptor narrow = session.channelsLast(type, count, width, map.side());
    Descriptor wide = session.channelsLast(DataType.FLOAT32, count, width, map.side());
    Descriptor means = session.channelsLast(DataType.FLOAT32, count, width, 1);
    Descriptor features = session.rowMajor(DataType.FLOAT32, count, width);
    widening =
        type == DataType.FLOAT32
            ? Optional.empty()
            : Optional.of(
                new CompiledStep(
                    session.scaledReorder(narrow, wide),
                    narrow,
                    wide,
                    // After a ReLU the zero point is 0.
                    List.of(weights.scale(Role.SOURCE_SCALE, map.scale()))));
    pooling =
        new CompiledStep(
            session.globalAveragePool(wide, means, map.side()), wide, means, List.of());
    classification =
        program.classes() == 0
            ? Optional.empty()
            : Optional.of(
                classification(
                    weights,
                    features,
                    session.rowMajor(DataType.FLOAT32, count, program.classes())));
  }

  private static CompiledStep classification(
      DirectWeights weights, Descriptor features, Descriptor logits) {
    Weighted classifier = weights.classifier(features, logits);
    return new CompiledStep(classifier.primitive(), features, logits, classifier.constants());
  }

  /** Bytes that every primitive can work in. */
  long scratchpadBytes() {
    return Math.max(
        widening.map(CompiledStep::scratchpadBytes).orElse(0L),
        Math.max(
            pooling.scratchpadBytes(),
            classification.map(CompiledStep::scratchpadBytes).orElse(0L)));
  }

  /** What runs it on a workspace whose last map is there. */
  List<Runnable> bound(DirectWorkspace workspace) {
    MemorySegment scratchpad = workspace.scratchpad();
    MemorySegment wide = workspace.map(ActivationLayout.FLOATS, count);
    List<Runnable> runnable = new ArrayList<>();
    widening.ifPresent(
        step -> runnable.add(step.bound(session, workspace.map(last, count), wide, scratchpad)));
    runnable.add(pooling.bound(session, wide, workspace.features(), scratchpad));
    classification.ifPresent(step ->
        runnable.add(step.bound(session, workspace.features(), workspace.logits(), scratchpad)));
    return runnable;
  }
}
