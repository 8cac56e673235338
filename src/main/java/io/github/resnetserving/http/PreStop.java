package io.github.resnetserving.http;

import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.SmartLifecycle;

/**
 * Goes on serving for a while after the server was told to stop and {@code /readyz} has begun to
 * say so. Tomcat closes its port first of all, and a load balancer that has not noticed by then
 * would send requests to nobody.
 */
public final class PreStop implements SmartLifecycle {

  private static final Logger LOG = LoggerFactory.getLogger(PreStop.class);

  private final Duration wait;
  private volatile boolean running;

  /**
   * @param wait as long as a load balancer takes to notice; zero for none
   */
  public PreStop(Duration wait) {
    this.wait = wait;
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
