package io.github.resnetserving.rest;

import io.github.resnetserving.imageurl.AllowedHosts;
import java.time.Duration;
import java.util.List;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * How HTTP is served.
 *
 * @param cors pages of which other origins may ask
 * @param url which images may be named by their address
 * @param preStop time between the stop signal and the closing of the port, in which {@code /readyz}
 *     is 503 and requests are served, so that load balancers notice
 */
@ConfigurationProperties("resnet")
public record HttpProperties(
    @DefaultValue Cors cors, @DefaultValue Url url, @DefaultValue("0s") Duration preStop) {

  public HttpProperties {
    if (preStop.isNegative()) {
      throw new IllegalArgumentException(
          "resnet.pre-stop is %s: it must not be negative".formatted(preStop));
    }
  }

  /**
   * Pages of which other origins may ask, by the rules of cross-origin resource sharing.
   *
   * @param allowedOrigins origins whose pages may send requests, such as {@code
   *     https://app.example.com}; {@code *} for all
   */
  public record Cors(@DefaultValue List<String> allowedOrigins) {

    public Cors {
      allowedOrigins = List.copyOf(allowedOrigins);
    }
  }

  /**
   * Which images may be named by their address.
   *
   * @param allowedHosts hosts of image URLs, such as {@code images.example.com}, {@code
   *     *.example.com} or {@code images.example.com:8443}; without any, no URL is fetched
   * @param timeout maximum time of a fetch
   */
  public record Url(@DefaultValue List<String> allowedHosts, @DefaultValue("5s") Duration timeout) {

    public Url {
      allowedHosts = List.copyOf(allowedHosts);
      try {
        var _ = new AllowedHosts(allowedHosts);
      } catch (IllegalArgumentException e) {
        throw new IllegalArgumentException("resnet.url.allowed-hosts: " + e.getMessage(), e);
      }
      if (!timeout.isPositive()) {
        throw new IllegalArgumentException(
            "resnet.url.timeout is %s: it must be positive".formatted(timeout));
      }
    }
  }
}
