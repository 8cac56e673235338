package io.github.resnetserving.rest;

import io.github.resnetserving.imageurl.AllowedHosts;
import java.time.Duration;
import java.util.List;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * Which images may be named by their address.
 *
 * @param allowedHosts hosts of image URLs, such as {@code images.example.com}, {@code
 *     *.example.com} or {@code images.example.com:8443}; without any, no URL is fetched
 * @param timeout maximum time of a fetch
 */
@ConfigurationProperties("resnet.url")
public record UrlProperties(
    @DefaultValue List<String> allowedHosts, @DefaultValue("5s") Duration timeout) {

  public UrlProperties {
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
