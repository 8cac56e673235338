package io.github.resnetserving.batch;

import java.lang.System.Logger.Level;

/**
 * Keeps a listener's exceptions from the jobs: they are logged. Allocates nothing but where a batch
 * fails.
 */
final class GuardedListener implements BatchListener {

  private static final System.Logger LOG = System.getLogger(BatchQueue.class.getName());

  /** Captures nothing, so that the numbers of an event cost no object. */
  private interface Event {

    void tell(BatchListener to, long first, long second);
  }

  private final BatchListener listener;

  GuardedListener(BatchListener listener) {
    this.listener = listener;
  }

  @Override
  public void onJobStarted(long queueNanos) {
    tell((to, nanos, _) -> to.onJobStarted(nanos), queueNanos, 0);
  }

  @Override
  public void onBatchStarted(int size, int queueDepth) {
    tell((to, jobs, depth) -> to.onBatchStarted((int) jobs, (int) depth), size, queueDepth);
  }

  @Override
  public void onBatchCompleted(int size, long runNanos) {
    tell((to, jobs, nanos) -> to.onBatchCompleted((int) jobs, nanos), size, runNanos);
  }

  @Override
  public void onBatchFailed(int size, long runNanos, Throwable cause) {
    tell((to, jobs, nanos) -> to.onBatchFailed((int) jobs, nanos, cause), size, runNanos);
  }

  @Override
  public void onRejected(int queueDepth, long estimatedWaitNanos) {
    tell((to, depth, wait) -> to.onRejected((int) depth, wait), queueDepth, estimatedWaitNanos);
  }

  @Override
  public void onExpired(long ageNanos) {
    tell((to, nanos, _) -> to.onExpired(nanos), ageNanos, 0);
  }

  @Override
  public void onCancelled(long ageNanos) {
    tell((to, nanos, _) -> to.onCancelled(nanos), ageNanos, 0);
  }

  @Override
  public void onShutDown(long ageNanos) {
    tell((to, nanos, _) -> to.onShutDown(nanos), ageNanos, 0);
  }

  private void tell(Event event, long first, long second) {
    try {
      event.tell(listener, first, second);
    } catch (RuntimeException | Error e) {
      LOG.log(Level.WARNING, "a batch listener failed", e);
    }
  }
}
