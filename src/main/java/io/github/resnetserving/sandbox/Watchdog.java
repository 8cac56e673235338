package io.github.resnetserving.sandbox;

import io.github.resnetserving.sandbox.SandboxListener.HelperEnd;
import java.time.Duration;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Kills helpers that are past their limit, on a thread of its own. Thread-safe. */
final class Watchdog implements AutoCloseable {

  private final ScheduledThreadPoolExecutor timer =
      new ScheduledThreadPoolExecutor(
          1, Thread.ofPlatform().daemon().name("sandbox-watch").factory());

  Watchdog() {
    timer.setRemoveOnCancelPolicy(true);
  }

  /** Watches a process from now on. */
  Watch watch(ProcessHandle process, TimeLimit limit) {
    Watch watch = new Watch(process, limit);
    watch.lookIn(limit.firstLookNanos());
    return watch;
  }

  /** Watches one process during one task, until it is closed. */
  final class Watch implements AutoCloseable {

    private final ProcessHandle process;
    private final TimeLimit limit;
    private final long startNanos = System.nanoTime();
    private long baseNanos = -1; // its processor time when it was first looked at, less the wait
    private @Nullable Future<?> next; // guarded by this
    private @Nullable HelperEnd end; // guarded by this
    private boolean closed; // guarded by this

    private Watch(ProcessHandle process, TimeLimit limit) {
      this.process = process;
      this.limit = limit;
    }

    private synchronized void lookIn(long nanos) {
      if (!closed) {
        next = timer.schedule(this::look, nanos, TimeUnit.NANOSECONDS);
      }
    }

    private void look() {
      long elapsed = System.nanoTime() - startNanos;
      // Where a system does not tell the processor time, the clock's is taken. So it is until the
      // first look, which spares fast images from asking the system at all.
      long total = process.info().totalCpuDuration().map(Duration::toNanos).orElse(elapsed);
      if (baseNanos < 0) {
        baseNanos = total - elapsed;
      }
      long used = total - baseNanos;
      HelperEnd verdict = limit.judge(elapsed, used);
      if (verdict == null) {
        lookIn(limit.nextLookNanos(elapsed, used));
      } else {
        kill(verdict);
      }
    }

    private synchronized void kill(HelperEnd verdict) {
      if (!closed) {
        end = verdict;
        process.destroyForcibly();
      }
    }

    /** Why the process was killed; null if it was not. */
    synchronized @Nullable HelperEnd end() {
      return end;
    }

    /** The process is no longer watched, and not killed after this. */
    @Override
    public synchronized void close() {
      closed = true;
      if (next != null) {
        next.cancel(/* mayInterruptIfRunning= */ false);
      }
    }
  }

  @Override
  public void close() {
    timer.shutdownNow();
  }
}
