package io.github.resnetserving.training;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;

/**
 * Batches in order, some of which other threads make ahead. Belongs to one thread.
 *
 * @param <T> a batch
 */
final class Prefetch<T> implements AutoCloseable {

  /** Makes one batch, on any thread. */
  interface Task<T> {
    T make(int index) throws IOException;
  }

  private final ExecutorService pool;
  private final Task<T> task;
  private final int end;
  private final int ahead;
  private final Deque<Future<T>> waiting = new ArrayDeque<>();
  private int next;

  /**
   * Begins to make batches.
   *
   * @param begin index of the first
   * @param end index after the last
   * @param ahead how many may be made before they are wanted
   */
  Prefetch(ExecutorService pool, int begin, int end, int ahead, Task<T> task) {
    this.pool = pool;
    this.task = task;
    this.next = begin;
    this.end = end;
    this.ahead = ahead;
    fill();
  }

  private void fill() {
    while (next < end && waiting.size() < ahead) {
      int index = next++;
      waiting.add(pool.submit(() -> task.make(index)));
    }
  }

  boolean hasNext() {
    return !waiting.isEmpty();
  }

  /** The next batch, as soon as it is made. */
  T next() throws IOException {
    Future<T> first = waiting.remove();
    fill();
    try {
      return first.get();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted while reading images");
    } catch (ExecutionException e) {
      switch (e.getCause()) {
        case IOException failure -> throw new IOException(failure.getMessage(), failure);
        case RuntimeException failure -> throw failure;
        case null, default -> throw new IllegalStateException("a batch could not be made", e);
      }
    }
  }

  @Override
  public void close() {
    waiting.forEach(batch -> batch.cancel(/* mayInterruptIfRunning= */ false));
  }
}
