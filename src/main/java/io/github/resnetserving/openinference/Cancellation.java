package io.github.resnetserving.openinference;

import io.grpc.Context;
import org.jspecify.annotations.Nullable;

/**
 * Interrupts the thread that works for a call when the call is cancelled, and never after it is
 * closed: what the thread does then is not the call's business.
 */
final class Cancellation implements Context.CancellationListener, AutoCloseable {

  private final Context context;
  private @Nullable Thread worker; // guarded by this

  private Cancellation(Context context, Thread worker) {
    this.context = context;
    this.worker = worker;
  }

  /** Begins to listen on behalf of the current thread. */
  static Cancellation of(Context context) {
    Cancellation cancellation = new Cancellation(context, Thread.currentThread());
    context.addListener(cancellation, Runnable::run);
    return cancellation;
  }

  @Override
  public synchronized void cancelled(Context cancelled) {
    if (worker != null) {
      worker.interrupt();
    }
  }

  @Override
  public void close() {
    context.removeListener(this);
    synchronized (this) {
      worker = null;
    }
    boolean _ = Thread.interrupted(); // it may have come just now
  }
}
