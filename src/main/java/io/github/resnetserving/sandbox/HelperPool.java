package io.github.resnetserving.sandbox;

import io.github.resnetserving.image.ImageException;
import io.github.resnetserving.image.ImagePreparer.DecoderUnavailableException;
import io.github.resnetserving.image.PreparationListener;
import io.github.resnetserving.image.PreparedImage;
import io.github.resnetserving.sandbox.TimeLimit.TimeBudget;
import java.io.IOException;
import java.util.Deque;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Helpers of one kind, started when they are needed and lent to one image at a time. Thread-safe.
 */
final class HelperPool implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(ImageSandbox.class);

  private final HelperStarter starter;
  private final Watchdog watchdog;
  private final TimeBudget budget;
  private final long maxPixels;
  private final SandboxListener listener;
  private final StartBackoff backoff = new StartBackoff(System::nanoTime);
  private final Semaphore places; // one each
  private final Deque<Helper> idle = new ConcurrentLinkedDeque<>();
  private final Set<Helper> all = ConcurrentHashMap.newKeySet();
  private volatile String confinement = "";
  private volatile boolean closed;

  /**
   * @param count helpers at most
   */
  HelperPool(
      HelperStarter starter,
      Watchdog watchdog,
      TimeBudget budget,
      long maxPixels,
      int count,
      SandboxListener listener) {
    this.starter = starter;
    this.watchdog = watchdog;
    this.budget = budget;
    this.maxPixels = maxPixels;
    this.listener = listener;
    this.places = new Semaphore(count, /* fair= */ true);
  }

  /** Has an image prepared, once a helper is free for it. */
  PreparedImage prepare(Request.Image image, PreparationListener hearer) throws ImageException {
    try {
      if (!places.tryAcquire(hearer.remainingNanos(), TimeUnit.NANOSECONDS)) {
        throw new CancellationException("the deadline passed");
      }
      try {
        Helper helper = borrow();
        try {
          return helper.prepare(image, hearer);
        } finally {
          giveBack(helper);
        }
      } finally {
        places.release();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new CancellationException("interrupted");
    }
  }

  private Helper borrow() throws InterruptedException {
    for (Helper helper = idle.pollFirst(); helper != null; helper = idle.pollFirst()) {
      if (helper.isAlive()) {
        return helper;
      }
      discard(helper); // something else has ended it
    }
    return start();
  }

  private Helper start() throws InterruptedException {
    if (closed || !backoff.mayTry()) {
      throw unavailable();
    }
    try {
      Helper helper = Helper.start(starter, watchdog, budget, maxPixels, listener);
      backoff.succeeded();
      all.add(helper);
      if (closed) { // meanwhile
        discard(helper);
        throw unavailable();
      }
      listener.onStarted(helper.startNanos());
      if (!confinement.equals(helper.confinement())) {
        confinement = helper.confinement();
        LOG.info(
            "a decoder process is ready after {} ms: {}",
            helper.startNanos() / 1_000_000,
            helper.confinement());
      }
      return helper;
    } catch (IOException e) {
      listener.onStartFailed();
      LOG.error(
          "no decoder process can be started: {}; images of rare formats are answered 503, and it"
              + " is tried again after {} s",
          e.getMessage(),
          TimeUnit.NANOSECONDS.toSeconds(backoff.failed()));
      throw unavailable();
    }
  }

  private static DecoderUnavailableException unavailable() {
    return new DecoderUnavailableException(
        "the process that decodes images of this format cannot be started");
  }

  private void giveBack(Helper helper) {
    if (helper.isAlive() && !closed) {
      idle.addFirst(helper);
    } else {
      discard(helper);
    }
  }

  private void discard(Helper helper) {
    all.remove(helper);
    helper.close();
  }

  /** Processes that there are now. */
  int size() {
    return all.size();
  }

  /** What holds helpers in, for people; empty before the first has started. */
  String confinement() {
    return confinement;
  }

  /** Ends all helpers, those with an image, too. */
  @Override
  public void close() {
    closed = true;
    all.forEach(this::discard);
    idle.clear();
    starter.close();
  }

  /** Starts processes that read {@link Request}s and write {@link Reply}s. Thread-safe. */
  interface HelperStarter extends AutoCloseable {

    /**
     * Starts a process, which has much to do before its first reply.
     *
     * @throws IOException it cannot be started
     */
    Process start() throws IOException, InterruptedException;

    /**
     * Limits a process that has started.
     *
     * @return all that holds it in but what it does itself, for people
     */
    String limit(long pid);

    /** Starts nothing any more. */
    @Override
    void close();
  }
}
