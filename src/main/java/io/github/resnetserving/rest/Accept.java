package io.github.resnetserving.rest;

import jakarta.servlet.http.HttpServletRequest;
import java.util.List;
import org.springframework.http.HttpHeaders;
import org.springframework.http.InvalidMediaTypeException;
import org.springframework.http.MediaType;

/** Whether a request wants something else than JSON. */
final class Accept {

  private Accept() {}

  /**
   * Whether a type is preferred to JSON: named, and with no smaller weight, and before it where the
   * weights are the same. Every other header means JSON.
   */
  static boolean prefers(MediaType type, HttpServletRequest request) {
    double best = 0;
    boolean preferred = false;
    for (MediaType accepted : types(request)) {
      boolean named = !accepted.isWildcardType() && accepted.isCompatibleWith(type);
      boolean json = !accepted.isWildcardType() && accepted.includes(MediaType.APPLICATION_JSON);
      if ((named || json) && accepted.getQualityValue() > best) {
        best = accepted.getQualityValue();
        preferred = named;
      }
    }
    return preferred;
  }

  private static List<MediaType> types(HttpServletRequest request) {
    String header = request.getHeader(HttpHeaders.ACCEPT);
    try {
      return header == null ? List.of() : MediaType.parseMediaTypes(header);
    } catch (InvalidMediaTypeException e) {
      return List.of();
    }
  }
}
