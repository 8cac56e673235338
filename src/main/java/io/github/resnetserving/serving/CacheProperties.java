package io.github.resnetserving.serving;

import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.unit.DataSize;

/**
 * Which answers of {@code /classify} and {@code /features} need not be computed again.
 *
 * @param maxSize memory for what the network gave for images that may come again, about 12 KB an
 *     image with ResNet-50; requests at the same time for one image compute it once. 0 for no cache
 * @param acrossKeys whether a request with one API key may be answered with what was computed for
 *     another
 */
@ConfigurationProperties("resnet.cache")
public record CacheProperties(
    @DefaultValue("0B") DataSize maxSize, @DefaultValue("false") boolean acrossKeys) {

  public CacheProperties {
    if (maxSize.isNegative()) {
      throw new IllegalArgumentException(
          "resnet.cache.max-size is %s: it must not be negative".formatted(maxSize));
    }
  }
}
