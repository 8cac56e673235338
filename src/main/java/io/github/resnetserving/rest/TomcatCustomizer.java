package io.github.resnetserving.rest;

import io.github.resnetserving.auth.AccessPolicy;
import io.github.resnetserving.rest.problem.ProblemErrorReportValve;
import io.github.resnetserving.rest.request.Connection;
import jakarta.servlet.ServletException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.apache.catalina.Valve;
import org.apache.catalina.connector.Connector;
import org.apache.catalina.connector.Request;
import org.apache.catalina.connector.Response;
import org.apache.catalina.core.StandardHost;
import org.apache.catalina.valves.ValveBase;
import org.apache.coyote.http11.AbstractHttp11Protocol;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.boot.tomcat.servlet.TomcatServletWebServerFactory;
import org.springframework.boot.web.server.WebServerFactoryCustomizer;

/** Settings of Tomcat that have no property: what connections may take, and how they are read. */
final class TomcatCustomizer implements WebServerFactoryCustomizer<TomcatServletWebServerFactory> {

  private static final Logger LOG = LoggerFactory.getLogger(TomcatCustomizer.class);

  /** Buffers and objects of a connection while its headers arrive, rounded up. */
  private static final long CONNECTION_BYTES = 1 << 16;

  /** Connections may take this part of the heap. */
  private static final int PART_OF_HEAP = 8;

  private final AccessPolicy policy;
  private final HttpConnections connections;

  TomcatCustomizer(AccessPolicy policy, HttpConnections connections) {
    this.policy = policy;
    this.connections = connections;
  }

  @Override
  public void customize(TomcatServletWebServerFactory factory) {
    factory.setProtocol(BoundedProtocol.class.getName());
    List<Valve> valves = new ArrayList<>(factory.getEngineValves());
    valves.add(new ConnectionValve());
    if (policy.asksForCaller()) {
      valves.addFirst(new Callers.Valve()); // sees requests before forwarded headers are applied
    }
    factory.setEngineValves(valves);
    factory.addConnectorCustomizers(connections::add, TomcatCustomizer::customize);
    factory.addContextCustomizers(context -> {
      if (context.getParent() instanceof StandardHost host) {
        host.setErrorReportValveClass(ProblemErrorReportValve.class.getName());
      }
    });
  }

  private static void customize(Connector connector) {
    // curl --data-binary declares a form: a look-up of a parameter would swallow the image.
    connector.setParseBodyMethods("");
    if (connector.getProtocolHandler() instanceof AbstractHttp11Protocol<?> http) {
      // "100 Continue" only once the body is wanted, so that a 413 spares the upload.
      http.setContinueResponseTiming("onRead");
      long most = Runtime.getRuntime().maxMemory() / PART_OF_HEAP / CONNECTION_BYTES;
      if (http.getMaxConnections() > most) {
        LOG.debug("{} connections at most, which the heap has room for", most);
        http.setMaxConnections((int) most);
      }
    }
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
