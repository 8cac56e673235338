package io.github.resnetserving.rest.request;

import java.time.Duration;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.unit.DataSize;

/**
 * What a request may be.
 *
 * @param maxBody maximum bytes of a body
 * @param maxImages maximum number of images a request
 * @param maxPixels maximum pixels of an image, as its header claims them
 * @param deadline default deadline for requests without {@code deadline_ms}
 * @param bodyTimeout maximum time for a body, or a gRPC message, to arrive, whatever the request's
 *     deadline. Also the server's total wait for a client to read its answer, beyond the answer's
 *     time at {@code body-rate}
 * @param bodyGrace time after the start of a body before {@code body-rate} applies
 * @param bodyRate minimum average of bytes a second after that time
 * @param bytesInFlight maximum bytes that all requests hold together: bodies, messages, decoded
 *     data and answers. Requests beyond it are answered 429; one request may have three quarters,
 *     its body half. Absent for an eighth of the heap
 * @param pixelsInFlight maximum pixels that are decoded at the same time; further images wait until
 *     their deadline. Absent for as many as a sixteenth of the heap has bytes, since a pixel costs
 *     up to eight
 */
@ConfigurationProperties("resnet.limits")
public record LimitsProperties(
    @DefaultValue("20MB") DataSize maxBody,
    @DefaultValue("32") int maxImages,
    @DefaultValue("50000000") long maxPixels,
    @DefaultValue("10s") Duration deadline,
    @DefaultValue("30s") Duration bodyTimeout,
    @DefaultValue("5s") Duration bodyGrace,
    @DefaultValue("8KB") DataSize bodyRate,
    @Nullable DataSize bytesInFlight,
    @Nullable Long pixelsInFlight) {

  private static final DataSize LARGEST_BODY = DataSize.ofGigabytes(1);

  public LimitsProperties {
    requirePositive("resnet.limits.max-body", maxBody.toBytes());
    requirePositive("resnet.limits.max-images", maxImages);
    requirePositive("resnet.limits.max-pixels", maxPixels);
    if (maxBody.compareTo(LARGEST_BODY) > 0) { // a body is one array
      throw new IllegalArgumentException(
          "resnet.limits.max-body is %s: at most %s can be held in memory"
              .formatted(maxBody, LARGEST_BODY));
    }
    if (deadline.isNegative() || deadline.isZero()) {
      throw new IllegalArgumentException(
          "resnet.limits.deadline is %s: it must be positive".formatted(deadline));
    }
    if (!bodyTimeout.isPositive() || bodyGrace.isNegative()) {
      throw new IllegalArgumentException(
          "resnet.limits.body-timeout is %s and body-grace %s: the first must be positive, the second not negative"
              .formatted(bodyTimeout, bodyGrace));
    }
    requirePositive("resnet.limits.body-rate", bodyRate.toBytes());
    long heap = Runtime.getRuntime().maxMemory();
    if (bytesInFlight == null) {
      bytesInFlight = DataSize.ofBytes(heap / 8);
    }
    if (pixelsInFlight == null) {
      pixelsInFlight = heap / 16;
    }
    requirePositive("resnet.limits.bytes-in-flight", bytesInFlight.toBytes());
    requirePositive("resnet.limits.pixels-in-flight", pixelsInFlight);
  }

  /** Never null: the constructor derives what is absent. */
  @Override
  public DataSize bytesInFlight() {
    return Objects.requireNonNull(bytesInFlight);
  }

  /** Never null: the constructor derives what is absent. */
  @Override
  public Long pixelsInFlight() {
    return Objects.requireNonNull(pixelsInFlight);
  }

  /**
   * Refuses a number below 1.
   *
   * @param name of the setting
   */
  public static void requirePositive(String name, long value) {
    if (value < 1) {
      throw new IllegalArgumentException("%s is %d: it must be positive".formatted(name, value));
    }
  }
}
