package io.github.resnetserving.capacity;

import java.util.Locale;

/** Values of the Helm chart that follow from a plan. */
public final class ChartValues {

  /** Room for what a process needs beyond what it had when it was measured. */
  private static final double MEMORY_ROOM = 1.25;

  private static final int MEMORY_STEP_MB = 256;

  /** With less the heap's share is too small for large images. */
  private static final int LEAST_MEMORY_MB = 1024;

  private ChartValues() {}

  /**
   * Writes them as YAML, to be given to {@code helm --values}.
   *
   * @param scaler {@code none}, {@code hpa} or {@code keda}
   */
  public static String yaml(CapacityPlan plan, Figures figures, String scaler) {
    int cpu = Math.clamp(Math.round(100 * plan.planned().utilisation()), 1, 100);
    int memory = memory(figures.besides().residentMegabytes());
    return String.format(
        Locale.ROOT,
        """
        # %.0f requests a second with a p99 of %.0f ms, and %d spare: %s in %s on
        # %s, %d processors a pod.
        replicaCount: %d
        models:
          default: %s
        config:
          resnet:
            precision: %s
        resources:
          requests: {cpu: "%d", memory: %dMi, ephemeral-storage: 64Mi}
          limits: {memory: %dMi}
        autoscaling:
          kind: %s
          minReplicas: %d
          maxReplicas: %d
          targetCpuPercent: %d
          targetQueueMillis: %d
        """,
        plan.wanted().rate(),
        plan.wanted().p99Millis(),
        plan.wanted().spare(),
        figures.model(),
        figures.precision(),
        figures.processor(),
        figures.processors(),
        plan.replicas(),
        figures.model(),
        figures.precision(),
        figures.processors(),
        memory,
        memory,
        scaler,
        plan.wanted().spare() + 1,
        Math.max(plan.most(), plan.replicas()),
        cpu,
        Math.max(1, (int) Math.ceil(plan.highest().queueMillis())));
  }

  private static int memory(double residentMegabytes) {
    int steps = (int) Math.ceil(MEMORY_ROOM * residentMegabytes / MEMORY_STEP_MB);
    return Math.max(LEAST_MEMORY_MB, steps * MEMORY_STEP_MB);
  }
}
