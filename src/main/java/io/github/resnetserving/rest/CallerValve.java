package io.github.resnetserving.rest;

import io.github.resnetserving.auth.Caller;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import java.io.IOException;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.apache.catalina.connector.Request;
import org.apache.catalina.connector.Response;
import org.apache.catalina.valves.ValveBase;

/**
 * Notes where a request comes from, as the first of the engine's valves: the one that applies
 * forwarded headers ({@code server.forward-headers-strategy: native}) removes them and replaces the
 * address, and filters run later still.
 */
final class CallerValve extends ValveBase {

  private static final String ATTRIBUTE = Caller.class.getName();

  CallerValve() {
    super(/* asyncSupported= */ true);
  }

  @Override
  public void invoke(Request request, Response response) throws IOException, ServletException {
    Map<String, List<String>> headers = new HashMap<>();
    for (String name : Collections.list(request.getHeaderNames())) {
      headers.put(name.toLowerCase(Locale.ROOT), Collections.list(request.getHeaders(name)));
    }
    request.setAttribute(
        ATTRIBUTE, Callers.judge(request.getPeerAddr(), request.getProtocol(), headers));
    getNext().invoke(request, response);
  }

  /** What the valve has noted; {@link Caller#UNKNOWN} where it has not run. */
  static Caller callerOf(HttpServletRequest request) {
    return request.getAttribute(ATTRIBUTE) instanceof Caller caller ? caller : Caller.UNKNOWN;
  }
}
