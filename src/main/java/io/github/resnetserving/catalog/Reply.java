package io.github.resnetserving.catalog;

import java.net.URI;
import java.net.http.HttpHeaders;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * The answer at the end of the redirects, its body still to come.
 *
 * @param trusted headers of those answers that came from the address asked first
 */
record Reply(
    int status, URI from, HttpHeaders headers, List<HttpHeaders> trusted, ResponseBody body)
    implements AutoCloseable {

  Reply {
    trusted = List.copyOf(trusted);
  }

  Optional<String> header(String name) {
    return headers.firstValue(name);
  }

  /** What the address asked first told, which a redirect's target has no say in. */
  Optional<String> trustedHeader(String name) {
    return trusted.stream().flatMap(each -> each.firstValue(name).stream()).findFirst();
  }

  /** The body's bytes; absent where the server does not tell. */
  OptionalLong length() {
    return headers.firstValueAsLong("Content-Length");
  }

  @Override
  public void close() {
    body.close();
  }
}
