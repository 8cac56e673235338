package io.github.resnetserving.rest;

import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.SmartLifecycle;

/**
 * What happens between the order to stop, when {@code /readyz} has begun to say so, and the web
 * server's graceful shutdown. For a time the port stays open: a load balancer that has not noticed
 * yet would send requests to a closed one. Then the port is closed, and connections that clients
 * use again are served for a moment more, with answers that say {@code Connection: close}: Tomcat
 * would reset those whose next request is on its way.
 */
final class PreStop implements SmartLifecycle {

  /** A client that uses its connection more often than this sees no reset. */
  private static final Duration REUSE = Duration.ofSeconds(1);

  private static final Logger LOG = LoggerFactory.getLogger(PreStop.class);

  private final Duration wait;
  private final HttpConnections connections;
  private volatile boolean running;

  PreStop(HttpProperties properties, HttpConnections connections) {
    this.wait = properties.preStop();
    this.connections = connections;
  }

  @Override
  public void start() {
    running = true;
  }

  @Override
  public void stop() {
    running = false;
    if (wait.isPositive()) {
      LOG.info("not ready any more; goes on serving for {} ms", wait.toMillis());
      try {
        Thread.sleep(wait);
      } catch (InterruptedException e) {
        LOG.info("the wait was cut short"); // nothing else ends early: what follows may wait, too
      }
    }
    connections.drain(REUSE);
  }

  @Override
  public boolean isRunning() {
    return running;
  }

  /** The last to start and the first to stop: before the web server's graceful shutdown. */
  @Override
  public int getPhase() {
    return Integer.MAX_VALUE;
  }
}
