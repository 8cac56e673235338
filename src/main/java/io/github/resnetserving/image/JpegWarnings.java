package io.github.resnetserving.image;

import java.util.Collection;
import java.util.EnumSet;
import java.util.Map;
import java.util.Set;

/**
 * libjpeg only warns where image data are missing or damaged, and fills the gap with gray. Both its
 * descendants here, libjpeg 6b and libjpeg-turbo, use these English texts, and keep the first
 * warning alone: a harmless one may hide another.
 */
final class JpegWarnings {

  /** Oddities that lose no pixel by themselves, and that {@link JpegRepair} cannot take away. */
  private static final Map<String, ImageNote> HARMLESS =
      Map.of(
          "extraneous bytes before marker", ImageNote.STRAY_BYTES,
          "Unknown Adobe color transform", ImageNote.HEADER_FIELD_WRONG,
          "Inconsistent progression sequence", ImageNote.SCAN_ORDER);

  private JpegWarnings() {}

  /**
   * Refuses an image of which pixels are missing.
   *
   * @return notes of what is harmless; empty where there was no warning
   */
  static Set<ImageNote> judge(Collection<String> warnings) throws ImageException.Unreadable {
    Set<ImageNote> notes = EnumSet.noneOf(ImageNote.class);
    for (String warning : warnings) {
      notes.add(
          HARMLESS.entrySet().stream()
              .filter(entry -> warning.contains(entry.getKey()))
              .findFirst()
              .orElseThrow(() ->
                  new ImageException.Unreadable(
                      "The JPEG image is truncated or corrupt (%s).".formatted(warning)))
              .getValue());
    }
    return notes;
  }

  /** What is told where a harmless warning hid that data end too early. */
  static ImageException.Unreadable dataEndTooEarly() {
    return new ImageException.Unreadable("The JPEG image's data end too early.");
  }
}
