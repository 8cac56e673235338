package io.github.resnetserving.rest;

import io.github.resnetserving.rest.request.Connection;
import jakarta.servlet.ServletException;
import java.io.IOException;
import org.apache.catalina.connector.Request;
import org.apache.catalina.connector.Response;
import org.apache.catalina.valves.ValveBase;
import org.apache.coyote.AbstractProtocol;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.boot.tomcat.servlet.TomcatServletWebServerFactory;
import org.springframework.boot.web.server.WebServerFactoryCustomizer;

/** Bounds what connections take of memory and time. */
final class ConnectionLimits implements WebServerFactoryCustomizer<TomcatServletWebServerFactory> {

  private static final Logger LOG = LoggerFactory.getLogger(ConnectionLimits.class);

  /** Buffers and objects of a connection while its headers arrive, rounded up. */
  private static final long BYTES_EACH = 1 << 16;

  /** Connections may take this part of the heap. */
  private static final int PART_OF_HEAP = 8;

  @Override
  public void customize(TomcatServletWebServerFactory factory) {
    factory.setProtocol(BoundedProtocol.class.getName());
    factory.addConnectorCustomizers(connector -> {
      if (connector.getProtocolHandler() instanceof AbstractProtocol<?> protocol) {
        long most = Runtime.getRuntime().maxMemory() / PART_OF_HEAP / BYTES_EACH;
        if (protocol.getMaxConnections() > most) {
          LOG.debug("{} connections at most, which the heap has room for", most);
          protocol.setMaxConnections((int) most);
        }
      }
    });
    factory.addEngineValves(new ConnectionValve());
  }

  /** Tells each request its connection. */
  private static final class ConnectionValve extends ValveBase {

    private ConnectionValve() {
      super(/* asyncSupported= */ true);
    }

    @Override
    public void invoke(Request request, Response response) throws IOException, ServletException {
      Connection connection = BoundedProtocol.connection(request.getCoyoteRequest());
      if (connection != null) {
        request.setAttribute(Connection.ATTRIBUTE, connection);
      }
      getNext().invoke(request, response);
    }
  }
}
