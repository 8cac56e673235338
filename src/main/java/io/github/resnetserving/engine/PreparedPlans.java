package io.github.resnetserving.engine;

import ai.djl.MalformedModelException;
import io.github.resnetserving.model.Inspected;
import io.github.resnetserving.model.Inspection;
import io.github.resnetserving.model.NetworkOutput;
import io.github.resnetserving.model.Pixels;
import io.github.resnetserving.network.Target;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A network's plan, prepared for batches and, where that pays, once more for single pictures. As
 * thread-safe as they are.
 *
 * <p>oneDNN chooses the weights' layout by the batch size that they are prepared for. Any size runs
 * in any layout, but a single picture may take nearly twice as long in that of a batch, and a batch
 * half as long again in that of a single picture: whether it does depends on the processor and the
 * network, so it is measured. A second layout is a second copy of the weights. On a GPU there is
 * one layout for all.
 */
final class PreparedPlans implements AutoCloseable {

  /** A second copy must be worth its memory. */
  private static final double PAYS = 0.9;

  private static final int ROUNDS = 5;

  private final Plan batches;
  private final @Nullable Plan single;

  private PreparedPlans(Plan batches, @Nullable Plan single) {
    this.batches = batches;
    this.single = single;
  }

  /** Loads an archive as often as was found to pay before. */
  static PreparedPlans load(Path archive, ComputeDevice device, int maxBatch, int copies)
      throws IOException, MalformedModelException {
    Plan batches = Plan.load(archive, device, maxBatch);
    return new PreparedPlans(batches, copies == 1 ? null : Plan.load(archive, device, 1));
  }

  /**
   * Loads an archive and finds out how often that pays.
   *
   * @param picture of the size that the network takes
   */
  static PreparedPlans load(Path archive, ComputeDevice device, int maxBatch, Pixels picture)
      throws IOException, MalformedModelException {
    if (maxBatch == 1 || device.target() == Target.GPU) {
      return load(archive, device, maxBatch, /* copies= */ 1);
    }
    Plan batches = Plan.load(archive, device, maxBatch);
    Plan single = Plan.load(archive, device, 1);
    if (pays(single, batches, List.of(picture))) {
      return new PreparedPlans(batches, single);
    }
    single.close();
    return new PreparedPlans(batches, null);
  }

  /** Compares the medians of interleaved runs. */
  private static boolean pays(Plan single, Plan batches, List<Pixels> picture) {
    long[] alone = new long[ROUNDS];
    long[] shared = new long[ROUNDS];
    nanos(single, picture); // kernels are compiled at the first run
    nanos(batches, picture);
    for (int i = 0; i < ROUNDS; i++) {
      alone[i] = nanos(single, picture);
      shared[i] = nanos(batches, picture);
    }
    Arrays.sort(alone);
    Arrays.sort(shared);
    return alone[ROUNDS / 2] < PAYS * shared[ROUNDS / 2];
  }

  private static long nanos(Plan plan, List<Pixels> batch) {
    long start = System.nanoTime();
    var _ = plan.run(batch);
    return System.nanoTime() - start;
  }

  /** How often the weights are in memory. */
  int copies() {
    return single == null ? 1 : 2;
  }

  List<NetworkOutput> run(List<Pixels> batch) {
    return plan(batch.size()).run(batch);
  }

  List<NetworkOutput> forward(float[] input, int count, int size) {
    return plan(count).forward(input, count, size);
  }

  List<Inspected> inspect(List<Inspection> batch) {
    return new Inspections(this::plan).run(batch);
  }

  int stages() {
    return batches.stages();
  }

  private Plan plan(int size) {
    return size == 1 && single != null ? single : batches;
  }

  @Override
  public void close() {
    batches.close();
    if (single != null) {
      single.close();
    }
  }
}
