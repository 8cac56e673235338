package io.github.resnetserving.rest.problem;

import java.io.IOException;
import java.io.Writer;
import org.apache.catalina.connector.Request;
import org.apache.catalina.connector.Response;
import org.apache.catalina.valves.ErrorReportValve;
import org.jspecify.annotations.Nullable;

/**
 * Answers requests that are too malformed to reach the application, in place of Tomcat's page of
 * HTML. Public because Tomcat makes it by its name.
 */
public final class ProblemErrorReportValve extends ErrorReportValve {

  @Override
  protected void report(Request request, Response response, @Nullable Throwable throwable) {
    int status = response.getStatus();
    if (status < 400 || response.getContentWritten() > 0 || !response.setErrorReported()) {
      return;
    }
    ProblemType type = ProblemType.ofStatus(status);
    // No text of the request goes in: what could not be read is not repeated.
    String body =
        """
        {"type":"%s","title":"%s","status":%d,\
        "detail":"The request is not well-formed HTTP.","instance":"/","request_id":null}\
        """
            .formatted(type.uri(), type.title(), status);
    try {
      response.setContentType("application/problem+json");
      Writer writer = response.getReporter();
      if (writer != null) {
        writer.write(body);
        response.finishResponse();
      }
    } catch (IOException e) {
      getContainer().getLogger().debug("the client has gone", e);
    }
  }
}
