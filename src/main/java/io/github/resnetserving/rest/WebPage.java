package io.github.resnetserving.rest;

import com.fasterxml.jackson.annotation.JsonProperty;
import io.github.resnetserving.image.DecodePolicy;
import io.github.resnetserving.rest.request.RequestLimits;
import io.swagger.v3.oas.annotations.Hidden;
import java.util.regex.Pattern;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;

/** The page at the root, and what it wants to know of this server before it asks for anything. */
@Hidden
@RestController
final class WebPage {

  private static final Pattern FILES = Pattern.compile("/page/[a-z]+\\.(js|css|svg|json|jpg)");

  private final Limits limits;

  WebPage(RequestLimits limits, DecodePolicy images) {
    this.limits =
        new Limits(limits.maxImages(), limits.maxBodyBytes(), images.background().toString());
  }

  @GetMapping("/page/limits.json")
  Limits limits() {
    return limits;
  }

  /**
   * Whether a path is the page's: everyone may have it, and browsers hold it to a strict policy.
   */
  static boolean has(String path) {
    return path.equals("/") || path.equals("/index.html") || FILES.matcher(path).matches();
  }

  /**
   * How much the page may send at a time, and what it shows transparent images on.
   *
   * @param background what networks see behind them, as CSS writes it
   */
  record Limits(
      @JsonProperty("max_images") int maxImages,
      @JsonProperty("max_body_bytes") int maxBodyBytes,
      @JsonProperty("background") String background) {}
}
