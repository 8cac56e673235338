package io.github.resnetserving.image;

import io.github.resnetserving.tensor.CropGeometry;
import io.github.resnetserving.tensor.NetworkInput.Pixels;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * An image ready for a network.
 *
 * @param crops each (crop, crop, 3) as the preprocessing says; ten or one, as the view says
 * @param info what they were made from
 * @param surroundings where the centre crop lies; null where it is not known
 */
public record PreparedImage(
    List<Pixels> crops, ImageInfo info, @Nullable CropGeometry surroundings) {

  public PreparedImage {
    crops = List.copyOf(crops);
  }

  /** A prepared image of a single crop. */
  public PreparedImage(Pixels crop, ImageInfo info) {
    this(List.of(crop), info, null);
  }

  /** The first crop, which is the only one but for ten-crop testing. */
  public Pixels crop() {
    return crops.getFirst();
  }

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
}
