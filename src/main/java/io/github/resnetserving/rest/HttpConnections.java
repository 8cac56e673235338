package io.github.resnetserving.rest;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.apache.catalina.connector.Connector;
import org.apache.coyote.AbstractProtocol;

/**
 * The ports on which this server listens for HTTP, and the connections through them. Thread-safe.
 */
public final class HttpConnections {

  private final List<Connector> connectors = new CopyOnWriteArrayList<>();

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
