package io.github.resnetserving.rest.request;

import jakarta.servlet.http.HttpServletRequest;
import java.io.IOException;
import java.io.InputStream;
import java.util.Locale;
import java.util.zip.GZIPInputStream;
import java.util.zip.InflaterInputStream;

/** How a body was compressed for the transfer (RFC 9110, 8.4). */
enum ContentEncoding {
  IDENTITY,
  GZIP,
  DEFLATE;

  /** What is read, as the header Accept-Encoding says it. */
  static final String ACCEPTED = "gzip, deflate, identity";

  private static final int BUFFER = 1 << 13;

  /**
   * The encoding that a request declares.
   *
   * @throws RequestException 415 for one that is not read, and for several
   */
  static ContentEncoding of(HttpServletRequest request) {
    String declared = request.getHeader("Content-Encoding");
    if (declared == null) {
      return IDENTITY;
    }
    return switch (declared.strip().toLowerCase(Locale.ROOT)) {
      case "", "identity" -> IDENTITY;
      case "gzip", "x-gzip" -> GZIP;
      case "deflate" -> DEFLATE;
      default -> throw RequestException.unsupportedEncoding(declared);
    };
  }

  /** The bytes as they were before; a deflate body has zlib's header (RFC 9110, 8.4.1.2). */
  InputStream decoded(InputStream in) throws IOException {
    return switch (this) {
      case IDENTITY -> in;
      case GZIP -> new GZIPInputStream(in, BUFFER);
      case DEFLATE -> new InflaterInputStream(in, new java.util.zip.Inflater(), BUFFER);
    };
  }
}
