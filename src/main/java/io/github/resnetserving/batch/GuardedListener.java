package io.github.resnetserving.batch;

import java.lang.System.Logger.Level;

/** Keeps a listener's exceptions from the jobs: they are logged. Allocates nothing. */
final class GuardedListener implements BatchListener {

  private static final System.Logger LOG = System.getLogger(BatchQueue.class.getName());

  private final BatchListener listener;

  GuardedListener(BatchListener listener) {
    this.listener = listener;
  }

  @Override
  public void onJobStarted(long queueNanos) {
    try {
      listener.onJobStarted(queueNanos);
    } catch (RuntimeException | Error e) {
      log(e);
    }
  }

  @Override
  public void onBatchStarted(int size, int queueDepth) {
    try {
      listener.onBatchStarted(size, queueDepth);
    } catch (RuntimeException | Error e) {
      log(e);
    }
  }

  @Override
  public void onBatchCompleted(int size, long runNanos) {
    try {
      listener.onBatchCompleted(size, runNanos);
    } catch (RuntimeException | Error e) {
      log(e);
    }
  }

  @Override
  public void onBatchFailed(int size, long runNanos, Throwable cause) {
    try {
      listener.onBatchFailed(size, runNanos, cause);
    } catch (RuntimeException | Error e) {
      log(e);
    }
  }

  @Override
  public void onRejected(int queueDepth, long estimatedWaitNanos) {
    try {
      listener.onRejected(queueDepth, estimatedWaitNanos);
    } catch (RuntimeException | Error e) {
      log(e);
    }
  }

  @Override
  public void onExpired(long ageNanos) {
    try {
      listener.onExpired(ageNanos);
    } catch (RuntimeException | Error e) {
      log(e);
    }
  }

  @Override
  public void onCancelled(long ageNanos) {
    try {
      listener.onCancelled(ageNanos);
    } catch (RuntimeException | Error e) {
      log(e);
    }
  }

  @Override
  public void onShutDown(long ageNanos) {
    try {
      listener.onShutDown(ageNanos);
    } catch (RuntimeException | Error e) {
      log(e);
    }
  }

  private static void log(Throwable e) {
    LOG.log(Level.WARNING, "a batch listener failed", e);
  }
}
