package io.github.resnetserving.engine;

import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * The threads that make native calls, which several engines share.
 *
 * <p>libgomp keeps a team of computing threads for each thread that calls it. Between two operators
 * a team's threads spin, as long as there are no more threads in all teams than processors; with a
 * second team they go to sleep at once and have to be woken for every operator. Hence all networks
 * that serve are computed by the same threads.
 *
 * <p>Ends when the last engine has left. Thread-safe.
 */
final class EngineThreads {

  private final ExecutorService executor;
  private int users = 1; // guarded by this

  /**
   * Has one user, who makes it.
   *
   * @param workers calls that are made at the same time
   * @param threads threads that compute one operator together
   */
  EngineThreads(int workers, int threads) {
    this.executor =
        Executors.newFixedThreadPool(workers, work -> NativeRuntime.owner(work, threads));
  }

  /** Adds a user; false if the last one has left. */
  synchronized boolean join() {
    if (users == 0) {
      return false;
    }
    users++;
    return true;
  }

  /** Takes a user away; after the last one no call can be made. */
  synchronized void leave() {
    users--;
    if (users == 0) {
      executor.shutdown();
    }
  }

  /**
   * Makes a call and waits for it.
   *
   * @param doing what has failed if it does
   */
  <T> T call(String doing, Callable<T> work) throws EngineException {
    Future<T> result = executor.submit(work);
    try {
      return result.get();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw EngineException.because(doing, new InterruptedException("interrupted"));
    } catch (ExecutionException e) {
      throw EngineException.because(doing, e.getCause() == null ? e : e.getCause());
    }
  }
}
