package io.github.resnetserving.engine;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;

/**
 * The threads that make native calls, which several engines share.
 *
 * <p>libgomp keeps a team of computing threads for each thread that calls it. Between two operators
 * a team's threads spin, as long as there are no more threads in all teams than processors; with a
 * second team they go to sleep at once and have to be woken for every operator. Hence all networks
 * that serve are computed by the same threads.
 *
 * <p>Where each worker computes alone, there is one team of all processors beside them, for a batch
 * that has no other to share them with. It may spin: the workers have no teams.
 *
 * <p>Ends when the last engine has left. Thread-safe.
 */
final class EngineThreads {

  private final int workers;
  private final ExecutorService executor;
  private final @Nullable ExecutorService team; // of all processors, beside workers with one each
  private int users = 1; // guarded by this
  private int calls; // guarded by this
  private long lastCall = System.nanoTime(); // guarded by this

  /**
   * Has one user, who makes it.
   *
   * @param workers calls that are made at the same time
   * @param threads threads that compute one operator together
   */
  EngineThreads(int workers, int threads) {
    this.workers = workers;
    this.executor = owners(workers, threads);
    this.team = workers > 1 && threads == 1 ? owners(/* count= */ 1, workers) : null;
  }

  private static ExecutorService owners(int count, int threads) {
    return Executors.newFixedThreadPool(count, work -> NativeRuntime.owner(work, threads));
  }

  /** Calls that are made at the same time. */
  int workers() {
    return workers;
  }

  /** For how long no call has been made; zero while there is one. */
  synchronized Duration idle() {
    return calls > 0 ? Duration.ZERO : Duration.ofNanos(System.nanoTime() - lastCall);
  }

  private synchronized void begin() {
    calls++;
  }

  private synchronized void end() {
    calls--;
    lastCall = System.nanoTime();
  }

  /** Whether a batch can have the processors of all workers. */
  boolean hasTeam() {
    return team != null;
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
      if (team != null) {
        team.shutdown();
      }
    }
  }

  /**
   * Makes a call by one of the workers and waits for it.
   *
   * @param doing what has failed if it does
   */
  <T> T call(String doing, Callable<T> work) throws EngineException {
    return call(executor, doing, work);
  }

  /** Makes a call by the team of all processors, or where there is none by a worker. */
  <T> T callTeam(String doing, Callable<T> work) throws EngineException {
    return call(team == null ? executor : team, doing, work);
  }

  /** Makes a call by every worker at the same time and waits for them all. */
  void callEach(String doing, Callable<?> work) throws EngineException {
    EngineException failure = null;
    begin();
    try {
      List<Future<?>> results = new ArrayList<>();
      for (int i = 0; i < workers; i++) {
        results.add(executor.submit(work));
      }
      for (Future<?> result : results) {
        try {
          await(result, doing);
        } catch (EngineException e) {
          failure = e; // the others go on
        }
      }
    } finally {
      end();
    }
    if (failure != null) {
      throw failure;
    }
  }

  private <T> T call(ExecutorService owners, String doing, Callable<T> work)
      throws EngineException {
    begin();
    try {
      return await(owners.submit(work), doing);
    } finally {
      end();
    }
  }

  /** An interrupt is told when the work is over: its plan may be freed then, and not before. */
  private static <T> T await(Future<T> result, String doing) throws EngineException {
    boolean interrupted = false;
    try {
      while (true) {
        try {
          T value = result.get();
          if (interrupted) {
            throw EngineException.because(doing, new InterruptedException("interrupted"));
          }
          return value;
        } catch (InterruptedException e) {
          interrupted = true;
        }
      }
    } catch (ExecutionException e) {
      throw EngineException.because(doing, e.getCause() == null ? e : e.getCause());
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
