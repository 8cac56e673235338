package io.github.resnetserving.image;

import io.github.resnetserving.tensor.CropGeometry;
import io.github.resnetserving.tensor.Pixels;
import java.util.List;
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
}
