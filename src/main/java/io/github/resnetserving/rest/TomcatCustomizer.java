package io.github.resnetserving.rest;

import io.github.resnetserving.auth.AccessPolicy;
import io.github.resnetserving.auth.AccessSettings;
import io.github.resnetserving.rest.problem.ProblemErrorReportValve;
import java.util.ArrayList;
import java.util.List;
import org.apache.catalina.Valve;
import org.apache.catalina.core.StandardHost;
import org.apache.coyote.http11.AbstractHttp11Protocol;
import org.springframework.boot.tomcat.servlet.TomcatServletWebServerFactory;
import org.springframework.boot.web.server.WebServerFactoryCustomizer;

/** Settings of Tomcat that have no property. */
final class TomcatCustomizer implements WebServerFactoryCustomizer<TomcatServletWebServerFactory> {

  private final AccessPolicy policy;
  private final HttpConnections connections;

  TomcatCustomizer(AccessSettings access, HttpConnections connections) {
    this.policy = access.policy();
    this.connections = connections;
  }

  @Override
  public void customize(TomcatServletWebServerFactory factory) {
    if (policy.asksForCaller()) {
      List<Valve> valves = new ArrayList<>(factory.getEngineValves());
      valves.addFirst(new CallerValve()); // sees requests before forwarded headers are applied
      factory.setEngineValves(valves);
    }
    factory.addConnectorCustomizers(connections::add);
    factory.addConnectorCustomizers(connector -> {
      // curl --data-binary declares a form: a look-up of a parameter would swallow the image.
      connector.setParseBodyMethods("");
      if (connector.getProtocolHandler() instanceof AbstractHttp11Protocol<?> http) {
        // "100 Continue" only once the body is wanted, so that a 413 spares the upload.
        http.setContinueResponseTiming("onRead");
      }
    });
    factory.addContextCustomizers(context -> {
      if (context.getParent() instanceof StandardHost host) {
        host.setErrorReportValveClass(ProblemErrorReportValve.class.getName());
      }
    });
  }
}
