package io.github.resnetserving.inference;

import io.github.resnetserving.inference.OutputCache.ImageDigest;
import io.github.resnetserving.inference.OutputCache.ImageKey;
import io.github.resnetserving.inference.OutputCache.Question;
import io.github.resnetserving.models.Digest;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.List;

/**
 * How far an answer was made of outputs that had been computed before.
 *
 * @param source where the outputs of all images came from; of several sources the first of {@link
 *     Source}
 * @param ageNanos nanoseconds since the oldest of them was computed; 0 unless the source is {@link
 *     Source#CACHE}
 * @param fingerprint equal for two answers exactly where model, plan, crop mode, layer and images
 *     are; 64 hexadecimal digits, and empty where no cache was asked
 */
public record Reuse(Source source, long ageNanos, String fingerprint) {

  /** No cache was asked. */
  static final Reuse NONE = new Reuse(Source.COMPUTED, 0, "");

  /** Where an output came from. */
  public enum Source {
    /** It was computed for the request. */
    COMPUTED,
    /** Another request had it computed at the same time. */
    COALESCED,
    /** It had been computed before. */
    CACHE
  }

  /** Whether a cache was asked. */
  public boolean isCached() {
    return !fingerprint.isEmpty();
  }

  /** Adds up the images of a request. Used by one thread. */
  static final class Sum {

    private Source source = Source.CACHE;
    private long ageNanos;

    /** Adds an image that has its result. */
    void add(ImageInFlight<?> image) {
      source = image.source().compareTo(source) < 0 ? image.source() : source;
      ageNanos = Math.max(ageNanos, image.ageNanos());
    }

    /**
     * The reuse of all that were added.
     *
     * @param keys what the cache knows them by; none where it was not asked
     */
    Reuse of(List<ImageKey> keys) {
      return keys.isEmpty()
          ? NONE
          : new Reuse(source, source == Source.CACHE ? ageNanos : 0, fingerprint(keys));
    }
  }

  private static String fingerprint(List<ImageKey> keys) {
    MessageDigest digest = Digest.start();
    Question question = keys.getFirst().question();
    digest.update(
        String.join(
                " ", question.model(), question.plan(), question.view().name(), question.layer())
            .getBytes(StandardCharsets.UTF_8));
    ByteBuffer numbers = ByteBuffer.allocate(keys.size() * 4 * Long.BYTES);
    for (ImageKey key : keys) {
      ImageDigest image = key.image();
      numbers.putLong(image.first()).putLong(image.second());
      numbers.putLong(image.third()).putLong(image.fourth());
    }
    digest.update(numbers.flip());
    return HexFormat.of().formatHex(digest.digest());
  }
}
