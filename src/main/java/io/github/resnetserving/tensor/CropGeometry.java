package io.github.resnetserving.tensor;

import io.github.resnetserving.tensor.NetworkInput.Pixels;
import org.jspecify.annotations.Nullable;

/**
 * Where in an image the network's crop lies.
 *
 * @param crop in the pixels of the upright image
 * @param preview that image, perhaps of another size; null where the view does not want it
 */
public record CropGeometry(Region crop, @Nullable Pixels preview) {

  /**
   * A rectangle of an image, in its pixels; an edge may lie between two of them.
   *
   * @param left where it begins
   * @param top where it begins
   */
  public record Region(double left, double top, double width, double height) {

    /** Scales this rectangle with its image. */
    public Region scaled(double across, double down) {
      return new Region(left * across, top * down, width * across, height * down);
    }
  }
}
