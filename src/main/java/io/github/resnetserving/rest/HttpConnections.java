package io.github.resnetserving.rest;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.apache.catalina.connector.Connector;
import org.apache.coyote.AbstractProtocol;
import org.springframework.boot.availability.AvailabilityChangeEvent;
import org.springframework.boot.availability.ReadinessState;
import org.springframework.context.event.EventListener;

/**
 * The ports on which this server listens for HTTP, the connections through them, and whether the
 * server is about to stop and asks clients to go elsewhere. Thread-safe.
 */
final class HttpConnections {

  private final List<Connector> connectors = new CopyOnWriteArrayList<>();

  private volatile boolean draining;

  /** Hears it first of all that happens at the end. */
  @EventListener
  void onReadiness(AvailabilityChangeEvent<ReadinessState> event) {
    draining = event.getState() == ReadinessState.REFUSING_TRAFFIC;
  }

  boolean isDraining() {
    return draining;
  }

  void add(Connector connector) {
    connectors.add(connector);
  }

  /**
   * Closes the ports, so that new connections are refused, and goes on serving those that are open
   * until all are closed or the time is over. Returns at once where none is open.
   */
  void drain(Duration limit) {
    connectors.forEach(connector -> connector.getProtocolHandler().closeServerSocketGraceful());
    long end = System.nanoTime() + limit.toNanos();
    for (Connector connector : connectors) {
      if (connector.getProtocolHandler() instanceof AbstractProtocol<?> protocol) {
        protocol.awaitConnectionsClose(Math.max(0, (end - System.nanoTime()) / 1_000_000));
      }
    }
  }
}
