package io.github.resnetserving.inference;

import io.github.resnetserving.batch.BatchQueue;
import io.github.resnetserving.model.Inspected;
import io.github.resnetserving.model.Inspection;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * The inside of a network that can be looked at.
 *
 * @param stages how many stages of blocks there are
 * @param queue takes looks and gives what each found: the kind that its {@link Inspection} says
 */
public record Interior(int stages, BatchQueue<Inspection, Inspected> queue) {

  /** The layers that give maps, in order: {@code stem}, {@code layer1}, … */
  List<String> layers() {
    return Stream.concat(
            Stream.of("stem"), IntStream.rangeClosed(1, stages).mapToObj(stage -> "layer" + stage))
        .toList();
  }
}
