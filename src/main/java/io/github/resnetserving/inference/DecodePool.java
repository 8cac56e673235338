package io.github.resnetserving.inference;

import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * Platform threads that decode, no more than there are processors: decoding is native code and
 * arithmetic, so on virtual threads it would hold their few carriers. Thread-safe.
 */
final class DecodePool implements AutoCloseable {

  private final ThreadPoolExecutor threads;

  DecodePool(int threadCount, int queueCapacity) {
    this.threads =
        new ThreadPoolExecutor(
            threadCount,
            threadCount,
            /* keepAliveTime= */ 0,
            TimeUnit.SECONDS,
            new ArrayBlockingQueue<>(queueCapacity),
            Thread.ofPlatform().daemon().name("decode-", 0).factory());
  }

  /** Returns whether there was room. */
  boolean tryExecute(Runnable task) {
    try {
      threads.execute(task);
      return true;
    } catch (RejectedExecutionException e) {
      return false;
    }
  }

  /** Lets running tasks finish and forgets queued ones: their requests run into their deadline. */
  @Override
  public void close() {
    threads.shutdownNow();
  }
}
