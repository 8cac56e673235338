package io.github.resnetserving.batch;

import java.util.List;

/**
 * How large batches may be and how long they may wait for company, so that 99 of 100 jobs keep a
 * target and the machine does as little as it can. Immutable; {@link #next} is a pure function.
 *
 * <ul>
 *   <li><b>Size</b>: a job that just misses a batch waits for it and then runs in its own, so twice
 *       a batch's time must fit into the target (Nexus, SOSP 2019). Of the sizes that fit, a larger
 *       one must pay: run a tenth more jobs a second than the smaller. Where a batch of eight takes
 *       eight times as long as one job, it would only make the first wait for the last. When the
 *       size cannot keep up with the arrivals, a larger one is taken that fits at least once, for
 *       else the queue grows until no image keeps the target.
 *   <li><b>Delay</b>: a free worker waits for company only when jobs run alone would keep it busy
 *       for half of its time; before, waiting saves nothing that anyone needs. Then it waits as
 *       long as the batch takes to fill at the present rate, within what the target leaves.
 *   <li><b>Feedback</b>: what the target leaves is taken up by a factor that grows by a sixteenth
 *       while jobs keep the target and halves when more than one of a hundred does not: additive
 *       increase, multiplicative decrease (Clipper, NSDI 2017). It covers what the model of one
 *       queue leaves out: bursts, other queues, other programs.
 *   <li><b>Hysteresis</b>: what is in use is kept on weaker grounds than it takes to change to it.
 * </ul>
 *
 * @param sizeIndex of the largest batch, in the batch sizes
 * @param delayNanos how long the oldest job may wait for company
 * @param confidence which part of the time that the target leaves may be used, from 0 to 1
 */
record BatchTuning(int sizeIndex, long delayNanos, double confidence) {

  private static final double LATE_ALLOWED = 0.01;
  private static final double CONFIDENCE_STEP = 1.0 / 16;

  /**
   * What was measured since the last step.
   *
   * @param serviceNanos the mean time of a batch of each size, all known
   * @param arrivalsPerNano accepted jobs, for each worker
   * @param finished jobs whose batch ended
   * @param late those of them that missed the target
   */
  record Load(List<Long> serviceNanos, double arrivalsPerNano, int finished, int late) {

    Load {
      serviceNanos = List.copyOf(serviceNanos);
    }
  }

  BatchTuning next(BatchSizes sizes, Load load, long targetNanos) {
    double nextConfidence = nextConfidence(load);
    int size = nextSize(sizes, load, targetNanos);
    long delay = nextDelay(size, nextConfidence, sizes, load, targetNanos);
    boolean near = delay > 0 && Math.abs(delay - delayNanos) <= delayNanos / 8;
    return new BatchTuning(size, near ? delayNanos : delay, nextConfidence);
  }

  private double nextConfidence(Load load) {
    return load.late() > LATE_ALLOWED * load.finished()
        ? confidence / 2
        : Math.min(1, confidence + CONFIDENCE_STEP);
  }

  private int nextSize(BatchSizes sizes, Load load, long targetNanos) {
    int best = 0;
    for (int i = 1; i < sizes.count(); i++) {
      boolean inUse = i <= sizeIndex;
      double fit = 2.0 * load.serviceNanos().get(i) / targetNanos;
      double gain = nanosPerJob(sizes, load, best) / nanosPerJob(sizes, load, i) - 1;
      if (fit <= (inUse ? 1 : 0.9) && gain >= (inUse ? 0.05 : 0.1)) {
        best = i;
      }
    }
    double busy = load.arrivalsPerNano() * nanosPerJob(sizes, load, best);
    if (busy > (sizeIndex > best ? 0.8 : 0.9)) {
      for (int i = best + 1; i < sizes.count(); i++) {
        if (load.serviceNanos().get(i) <= targetNanos
            && nanosPerJob(sizes, load, i) < nanosPerJob(sizes, load, best)) {
          best = i;
        }
      }
    }
    return best;
  }

  private long nextDelay(
      int size, double nextConfidence, BatchSizes sizes, Load load, long targetNanos) {
    double rate = load.arrivalsPerNano();
    double busyAlone = rate * load.serviceNanos().getFirst();
    double spareNanos = nextConfidence * (targetNanos - 2 * load.serviceNanos().get(size));
    if (size == 0 || busyAlone < (delayNanos > 0 ? 0.4 : 0.5) || spareNanos <= 0) {
      return 0;
    }
    int company = (int) Math.min(sizes.largest(), 1 + rate * spareNanos);
    int filled = sizes.get(Math.min(size, sizes.indexWithin(company)));
    return Math.round((filled - 1) / rate);
  }

  private static double nanosPerJob(BatchSizes sizes, Load load, int index) {
    return (double) load.serviceNanos().get(index) / sizes.get(index);
  }
}
