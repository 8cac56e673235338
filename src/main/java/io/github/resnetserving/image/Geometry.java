package io.github.resnetserving.image;

import io.github.resnetserving.image.Bitmap.Window;
import io.github.resnetserving.models.Preprocessing;
import io.github.resnetserving.tensor.CropGeometry.Region;
import java.util.List;

/**
 * torchvision's {@code Resize(int)}, {@code CenterCrop} and {@code TenCrop}: where the resized
 * image's windows lie.
 *
 * @param width columns after the resize
 * @param height rows after the resize
 * @param crop side of a window; at most width and height
 */
record Geometry(int width, int height, int crop) {

  /** Refuses a strip so thin that its resized long edge fits no int. */
  static Geometry of(int w, int h, Preprocessing preprocessing) throws ImageException {
    int size = preprocessing.resize();
    int width = w <= h ? size : longEdge(size, w, h);
    int height = w <= h ? longEdge(size, h, w) : size;
    return new Geometry(width, height, preprocessing.crop());
  }

  /** The long edge is truncated, not rounded. */
  private static int longEdge(int size, int longer, int shorter) throws ImageException {
    long edge = (long) size * longer / shorter;
    if (edge > Integer.MAX_VALUE) {
      throw ImageException.TooManyPixels.ofSide(
          longer, shorter, (long) Integer.MAX_VALUE * shorter / size);
    }
    return (int) edge;
  }

  Window center() {
    return at(centered(width - crop), centered(height - crop));
  }

  /** What the centre window shows of an image of a size, in that image's own pixels. */
  Region source(int imageWidth, int imageHeight) {
    Window window = center();
    return new Region(window.left(), window.top(), window.width(), window.height())
        .scaled((double) imageWidth / width, (double) imageHeight / height);
  }

  /** Top left, top right, bottom left, bottom right, centre: torchvision's order. */
  List<Window> five() {
    int right = width - crop;
    int bottom = height - crop;
    return List.of(at(0, 0), at(right, 0), at(0, bottom), at(right, bottom), center());
  }

  /** The window that shows the same pixels, mirrored, once the resized image is mirrored. */
  Window mirrored(Window window) {
    return at(width - crop - window.left(), window.top());
  }

  private Window at(int left, int top) {
    return new Window(left, top, crop, crop);
  }

  /** Python's {@code round}: halves go to the even neighbour. */
  private static int centered(int slack) {
    return (int) Math.rint(slack / 2.0);
  }
}
