package io.github.resnetserving.batch;

import java.lang.System.Logger.Level;

/** Keeps a listener's exceptions from the jobs: they are logged. */
final class GuardedListener implements BatchListener {

  private static final System.Logger LOG = System.getLogger(BatchExecutor.class.getName());

  private final BatchListener listener;

  GuardedListener(BatchListener listener) {
    this.listener = listener;
  }

  @Override
  public void onJobStarted(long queueNanos) {
    guard(() -> listener.onJobStarted(queueNanos));
  }

  @Override
  public void onBatchStarted(int size, int queueDepth) {
    guard(() -> listener.onBatchStarted(size, queueDepth));
  }

  @Override
  public void onBatchCompleted(int size, long runNanos) {
    guard(() -> listener.onBatchCompleted(size, runNanos));
  }

  @Override
  public void onBatchFailed(int size, long runNanos, Throwable cause) {
    guard(() -> listener.onBatchFailed(size, runNanos, cause));
  }

  @Override
  public void onRejected(int queueDepth, long estimatedWaitNanos) {
    guard(() -> listener.onRejected(queueDepth, estimatedWaitNanos));
  }

  @Override
  public void onExpired(long ageNanos) {
    guard(() -> listener.onExpired(ageNanos));
  }

  @Override
  public void onCancelled(long ageNanos) {
    guard(() -> listener.onCancelled(ageNanos));
  }

  private static void guard(Runnable call) {
    try {
      call.run();
    } catch (RuntimeException e) {
      LOG.log(Level.WARNING, "a batch listener failed", e);
    }
  }
}
