package io.github.resnetserving.image;

import java.util.List;

/**
 * libjpeg only warns where image data are missing or damaged, and fills the gap with gray. Both its
 * descendants here, libjpeg 6b and libjpeg-turbo, use these English texts.
 */
final class JpegWarnings {

  /** Oddities that lose no pixel, which cameras do write. */
  private static final List<String> HARMLESS =
      List.of(
          "extraneous bytes before marker",
          "Unknown Adobe color transform",
          "revision number",
          "Inconsistent progression sequence");

  private JpegWarnings() {}

  static void refuse(List<String> warnings) throws UnreadableImageException {
    for (String warning : warnings) {
      if (HARMLESS.stream().noneMatch(warning::contains)) {
        throw new UnreadableImageException(
            "The JPEG image is truncated or corrupt (%s).".formatted(warning));
      }
    }
  }
}
