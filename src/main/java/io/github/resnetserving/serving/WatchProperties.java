package io.github.resnetserving.serving;

import java.time.Duration;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * What happens when decoding or the engine stands still.
 *
 * @param stallAfter time without progress of all decode threads, or all engine workers, while work
 *     waits, after which {@code /readyz} says so. An image that takes this long to decode loses its
 *     thread, which is replaced
 * @param exitAfter time of the engine at one batch after which the process ends with exit code 70;
 *     0 for never
 */
@ConfigurationProperties("resnet.watch")
public record WatchProperties(
    @DefaultValue("10s") Duration stallAfter, @DefaultValue("60s") Duration exitAfter) {

  public WatchProperties {
    if (!stallAfter.isPositive() || exitAfter.isNegative()) {
      throw new IllegalArgumentException(
          "resnet.watch.stall-after is %s and exit-after %s: the first must be positive, the second not negative"
              .formatted(stallAfter, exitAfter));
    }
  }
}
