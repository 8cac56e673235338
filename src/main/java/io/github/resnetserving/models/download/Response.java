package io.github.resnetserving.models.download;

import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.util.List;
import java.util.Optional;
import org.apache.hc.core5.http.ClassicHttpResponse;
import org.apache.hc.core5.http.Header;
import org.apache.hc.core5.http.HttpEntity;
import org.apache.hc.core5.http.HttpMessage;
import org.apache.hc.core5.io.Closer;

/**
 * The answer at the end of the redirects, its body still to come.
 *
 * @param trusted those answers that came from the address asked first
 */
record Response(ClassicHttpResponse last, URI from, List<HttpMessage> trusted)
    implements AutoCloseable {

  Response {
    trusted = List.copyOf(trusted);
  }

  int status() {
    return last.getCode();
  }

  Optional<String> header(String name) {
    return header(last, name);
  }

  /** What the address asked first told, which a redirect's target has no say in. */
  Optional<String> trustedHeader(String name) {
    return trusted.stream().flatMap(each -> header(each, name).stream()).findFirst();
  }

  static Optional<String> header(HttpMessage message, String name) {
    return Optional.ofNullable(message.getFirstHeader(name)).map(Header::getValue);
  }

  /** The body's bytes; −1 where the server does not tell. */
  long length() {
    HttpEntity entity = last.getEntity();
    return entity == null ? 0 : entity.getContentLength();
  }

  InputStream body() throws IOException {
    HttpEntity entity = last.getEntity();
    return entity == null ? InputStream.nullInputStream() : entity.getContent();
  }

  /** Drops the rest, and the connection with it. */
  @Override
  public void close() {
    Closer.closeQuietly(last);
  }
}
