package io.github.resnetserving.image;

import java.util.Set;

/**
 * What was sent.
 *
 * @param format {@code jpeg}, {@code png}, {@code gif}, {@code bmp}, {@code webp}, {@code tiff},
 *     {@code avif}, {@code heic} or {@code jxl}
 * @param width columns, in pixels, once upright (after EXIF orientation)
 * @param height rows, in pixels, once upright
 * @param notes what is odd about the file; empty for nearly all
 */
public record ImageInfo(String format, int width, int height, Set<ImageNote> notes) {

  public ImageInfo {
    notes = ImageNote.setOf(notes);
  }

  /** Describes an image whose file has no oddities. */
  public ImageInfo(String format, int width, int height) {
    this(format, width, height, Set.of());
  }
}
