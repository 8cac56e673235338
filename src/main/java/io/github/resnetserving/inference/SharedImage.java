package io.github.resnetserving.inference;

import io.github.resnetserving.batch.NanoClock;
import io.github.resnetserving.inference.OutputCache.Ended;
import io.github.resnetserving.inference.OutputCache.Entry;
import io.github.resnetserving.inference.OutputCache.Flight;
import io.github.resnetserving.inference.OutputCache.ImageKey;
import io.github.resnetserving.inference.OutputCache.Stored;
import io.github.resnetserving.inference.PendingImage.Result;
import io.github.resnetserving.inference.Reuse.Source;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * One image on its way through the cache of outputs: found there, awaited from another request that
 * computes it, or computed for all who wait. Each request keeps its own deadline, and one that ends
 * without outputs leaves the computation to the next that waits. Used by the request's thread.
 */
final class SharedImage<O> implements ImageInFlight<O> {

  /** Sets the image on its way to the network. */
  interface Starter<O> {

    PendingImage<O> start() throws InterruptedException;
  }

  private final OutputCache cache;
  private final ImageKey key;
  private final ServedModel model;
  private final Deadline deadline;
  private final boolean bulk;
  private final NanoClock clock;
  private final Starter<O> starter;
  private Entry entry;
  private @Nullable PendingImage<O> own;
  private Source source = Source.COMPUTED;
  private long ageNanos;

  /**
   * Looks the image up, and sets it on its way where nothing is known of it.
   *
   * @param bulk whether interactive requests go first
   */
  SharedImage(
      OutputCache cache,
      ImageKey key,
      ServedModel model,
      Deadline deadline,
      boolean bulk,
      NanoClock clock,
      Starter<O> starter)
      throws InterruptedException {
    this.cache = cache;
    this.key = key;
    this.model = model;
    this.deadline = deadline;
    this.bulk = bulk;
    this.clock = clock;
    this.starter = starter;
    this.entry = find();
  }

  private Entry find() throws InterruptedException {
    Entry found = cache.find(key, bulk);
    if (found instanceof Entry.Missing(var flight)) {
      own = start(flight);
    }
    return found;
  }

  private PendingImage<O> start(Flight flight) throws InterruptedException {
    boolean started = false;
    try {
      PendingImage<O> pending = starter.start();
      pending.onEnd(outcome -> cache.end(flight, outcome, model::plan));
      started = true;
      return pending;
    } finally {
      if (!started) {
        cache.abandon(flight);
      }
    }
  }

  @Override
  public Result<O> await() throws InterruptedException {
    while (true) {
      switch (entry) {
        case Entry.Hit(var stored) -> {
          source = Source.CACHE;
          ageNanos = cache.ageNanos(stored);
          return result(stored);
        }
        case Entry.Underway(var flight) -> {
          Result<O> result = await(flight);
          if (result != null) {
            return result;
          }
          entry = find();
        }
        case Entry.Missing _ -> {
          PendingImage<O> pending = own;
          if (pending == null) {
            throw new IllegalStateException("an image that is missing is computed");
          }
          return pending.await();
        }
      }
    }
  }

  /** Null where the computation ended for a reason that is not this request's. */
  private @Nullable Result<O> await(Flight flight) throws InterruptedException {
    while (!flight.ended().isDone()) {
      long leftNanos = deadline.atNanos() - clock.nanoTime();
      if (leftNanos <= 0) {
        return failed(new Failure.TimedOut(deadline.limit()));
      }
      try {
        var _ = flight.ended().get(leftNanos, TimeUnit.NANOSECONDS);
      } catch (TimeoutException e) {
        // The clock decides, not the wait: the loop asks it again.
      } catch (ExecutionException e) {
        throw new IllegalStateException("ends are values, never exceptions", e);
      }
    }
    return switch (flight.ended().join()) {
      case Ended.Computed(var stored) -> {
        cache.shared();
        source = Source.COALESCED;
        yield result(stored);
      }
      case Ended.Wrong(var failure) -> failed(failure);
      case Ended.Abandoned _ -> null;
    };
  }

  private Result<O> result(Stored stored) {
    return new Result<>(new Outcome.Success<>(stored.typed(), stored.image()), List.of(), 0);
  }

  private Result<O> failed(Failure failure) {
    return new Result<>(new Outcome.Failed<>(failure), List.of(), 0);
  }

  @Override
  public void cancel() {
    if (own != null) {
      own.cancel();
    }
  }

  @Override
  public Source source() {
    return source;
  }

  @Override
  public long ageNanos() {
    return ageNanos;
  }
}
