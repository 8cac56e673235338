package io.github.resnetserving.plan;

import io.github.resnetserving.tensor.IntermediateOutput.ClassActivationMap;
import io.github.resnetserving.tensor.IntermediateOutput.FeatureMap;
import io.github.resnetserving.tensor.NetworkInput.Pixels;
import io.github.resnetserving.tensor.NetworkOutput;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/**
 * A network, ready to run. Thread-safe as long as all threads compute with equally many native
 * threads: oneDNN builds that number into what it prepares, and hangs with another.
 */
public interface Plan extends AutoCloseable {

  /** The outputs of images of one size, in their order. */
  List<NetworkOutput> run(List<Pixels> batch);

  /**
   * The outputs of standardised input.
   *
   * @param input (count, 3, size, size), row-major
   */
  List<NetworkOutput> forward(float[] input, int count, int size);

  /** How many stages of blocks the network has. */
  int stages();

  /** The maps that a stage gives; 0 is the stem. */
  List<FeatureMap> maps(List<Pixels> batch, int stage);

  /**
   * The class activation map of a class for each image.
   *
   * @param classes (n,) indices, negative for the top class
   */
  List<ClassActivationMap> explain(List<Pixels> batch, long[] classes);

  /** Whether a batch runs as fast as with a plan that was prepared for its size. */
  boolean suitsEverySize();

  /** Whether loading has compiled every size, so that no size's first run takes longer. */
  boolean isCompiled();

  /**
   * The same network, prepared for single images and the number of threads of the calling thread.
   *
   * @param archive that this plan is of
   */
  Plan forOne(Path archive) throws IOException;

  /** Frees the native memory. */
  @Override
  void close();
}
