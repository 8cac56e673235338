package io.github.resnetserving.image;

import io.github.resnetserving.model.Pixels;
import io.github.resnetserving.model.Surroundings;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A picture ready for a network.
 *
 * @param crops each (crop, crop, 3) as the preprocessing says; ten or one, as the view says
 * @param info what they were made from
 * @param surroundings where the centre crop lies; null where nobody said
 */
public record PreparedImage(
    List<Pixels> crops, ImageInfo info, @Nullable Surroundings surroundings) {

  public PreparedImage {
    crops = List.copyOf(crops);
  }

  /** One crop alone. */
  public PreparedImage(Pixels crop, ImageInfo info) {
    this(List.of(crop), info, null);
  }

  /** The first crop, which is the only one but for ten-crop testing. */
  public Pixels crop() {
    return crops.getFirst();
  }
}
