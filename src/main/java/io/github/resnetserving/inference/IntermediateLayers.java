package io.github.resnetserving.inference;

import io.github.resnetserving.batch.BatchQueue;
import io.github.resnetserving.tensor.IntermediateOutput;
import io.github.resnetserving.tensor.IntermediateRequest;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * The inside of a network that can be looked at.
 *
 * @param mapSizes how many numbers the map of the stem has for one crop, and that of each stage of
 *     blocks
 * @param queue takes looks and gives what each found: the kind that its {@link IntermediateRequest}
 *     says
 */
public record IntermediateLayers(
    List<Long> mapSizes, BatchQueue<IntermediateRequest, IntermediateOutput> queue) {

  public IntermediateLayers {
    mapSizes = List.copyOf(mapSizes);
  }

  /** The layers that give maps, in order: {@code stem}, {@code layer1}, … */
  public List<String> layers() {
    return Stream.concat(
            Stream.of("stem"),
            IntStream.range(1, mapSizes.size()).mapToObj(stage -> "layer" + stage))
        .toList();
  }
}
