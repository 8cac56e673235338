package io.github.resnetserving.telemetry;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.binder.MeterBinder;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryMXBean;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Memory of the process, where Linux tells it. {@code process.resident.memory} is all that is in
 * RAM, the mapped files of libtorch included; {@code process.native.memory} is what of it belongs
 * to no file and is more than the JVM has committed: weights, activations, decoders, stacks. The
 * JVM may not have touched all that it committed, so that is a lower bound, good for its trend.
 */
public final class ProcessMetrics implements MeterBinder {

  private static final Path STATUS = Path.of("/proc/self/status");

  private final Path status;
  private final MemoryMXBean jvm = ManagementFactory.getMemoryMXBean();

  public ProcessMetrics() {
    this(STATUS);
  }

  ProcessMetrics(Path status) {
    this.status = status;
  }

  @Override
  public void bindTo(MeterRegistry registry) {
    if (!Files.isReadable(status)) {
      return; // not Linux
    }
    MeterGroup meters = new MeterGroup(registry, Tags.empty());
    meters.gauge(
        "process.resident.memory",
        "bytes",
        "Memory of the process that is in RAM",
        this,
        self -> self.bytes("VmRSS"));
    meters.gauge(
        "process.native.memory",
        "bytes",
        "Anonymous memory in RAM beyond what the JVM has committed, at least",
        this,
        ProcessMetrics::nativeBytes);
  }

  private double nativeBytes() {
    long committed =
        jvm.getHeapMemoryUsage().getCommitted() + jvm.getNonHeapMemoryUsage().getCommitted();
    return Math.max(0, bytes("RssAnon") - committed);
  }

  /** A field such as {@code VmRSS: 1234 kB}; not a number if it is not there. */
  private double bytes(String field) {
    try {
      for (String line : Files.readAllLines(status)) {
        if (line.startsWith(field + ":")) {
          return Long.parseLong(line.replaceAll("\\D", "")) * 1024.0;
        }
      }
      return Double.NaN;
    } catch (IOException | NumberFormatException e) {
      return Double.NaN;
    }
  }
}
