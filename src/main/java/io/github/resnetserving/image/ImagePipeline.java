package io.github.resnetserving.image;

import io.github.resnetserving.model.Pixels;
import io.github.resnetserving.model.Preprocessing;
import io.github.resnetserving.model.Surroundings;
import io.github.resnetserving.model.View;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;

/**
 * Encoded pictures into crops. Thread-safe; works on the caller's thread and holds nothing between
 * calls.
 *
 * <p>Policy: the format is told by the bytes; EXIF orientation is applied; transparency is
 * composited on the policy's background; 16-bit samples keep their high byte; colour profiles are
 * ignored, and CMYK converted without them, as Pillow does; of an animation the first frame counts.
 *
 * <p>Whatever the bytes, nothing but {@link ImageException} is thrown for them.
 */
public final class ImagePipeline {

  private final DecodePolicy policy;
  private final Decoders decoders;

  public ImagePipeline(DecodePolicy policy) {
    this(policy, Decoders.fastest());
  }

  ImagePipeline(DecodePolicy policy, Decoders decoders) {
    this.policy = policy;
    this.decoders = decoders;
  }

  /** Decodes, resizes and cuts out the centre, as torchvision's evaluation transform does. */
  public PreparedImage prepare(byte[] encoded, Preprocessing preprocessing) throws ImageException {
    return prepare(encoded, preprocessing, View.CENTER, PreparationListener.NONE);
  }

  /**
   * The same for any view, with somebody who hears how far it is.
   *
   * @throws CancellationException if the listener does
   */
  public PreparedImage prepare(
      byte[] encoded, Preprocessing preprocessing, View view, PreparationListener listener)
      throws ImageException {
    ImageFormat format = ImageFormat.of(encoded);
    DecodeRules rules = DecodeRules.resizing(policy, preprocessing.resize(), listener);
    Decoded decoded = decode(encoded, format, rules);
    Pixels picture = decoded.upright();
    listener.onDecoded();
    int width = decoded.uprightWidth();
    int height = decoded.uprightHeight();
    Geometry geometry = Geometry.of(width, height, preprocessing);
    List<Pixels> crops =
        view == View.TEN
            ? tenCrops(picture, geometry, preprocessing)
            : List.of(cut(picture, geometry, preprocessing, geometry.center()));
    return new PreparedImage(
        crops,
        new ImageInfo(format.label(), width, height),
        new Surroundings(
            geometry.source(width, height),
            view == View.CENTER_AND_PICTURE ? Preview.of(picture) : null));
  }

  /**
   * Ten-crop testing (Krizhevsky et al. 2012) in torchvision's order: top left, top right, bottom
   * left, bottom right, centre; then the same windows of the mirrored picture.
   *
   * @return ten of (crop, crop, 3)
   */
  public List<Pixels> tenCrops(byte[] encoded, Preprocessing preprocessing) throws ImageException {
    Pixels picture = decode(encoded);
    Geometry geometry = Geometry.of(picture.width(), picture.height(), preprocessing);
    return tenCrops(picture, geometry, preprocessing);
  }

  private static List<Pixels> tenCrops(
      Pixels picture, Geometry geometry, Preprocessing preprocessing) {
    List<Pixels> crops = new ArrayList<>(10);
    for (Window window : geometry.five()) {
      crops.add(cut(picture, geometry, preprocessing, window));
    }
    // torchvision mirrors after the resize: so do we, window by window, for the same bits.
    for (Window window : geometry.five()) {
      Pixels mirrorImage = cut(picture, geometry, preprocessing, geometry.mirrored(window));
      crops.add(Orientation.MIRRORED.apply(mirrorImage));
    }
    return crops;
  }

  /** The whole first picture, upright, RGB on the background, at its own size. */
  public Pixels decode(byte[] encoded) throws ImageException {
    return decode(encoded, ImageFormat.of(encoded), policy).upright();
  }

  /** What decodes JPEG in this process, {@code libjpeg-turbo} or {@code imageio}. */
  public String jpegDecoder() {
    return decoders.jpegDecoder();
  }

  private Decoded decode(byte[] encoded, ImageFormat format, DecodeRules rules)
      throws ImageException {
    try {
      return decoders.of(format).decode(encoded, rules);
    } catch (CancellationException e) { // given up; the bytes are not at fault
      throw e;
    } catch (RuntimeException | OutOfMemoryError | StackOverflowError e) {
      // Readers answer corrupt bytes with nearly every RuntimeException there is, and with arrays
      // or recursion of the size that the bytes claim: then those bytes are at fault, not the heap.
      throw new UnreadableImageException("The %s image is corrupt.".formatted(format.name()), e);
    }
  }

  private static Pixels cut(
      Pixels picture, Geometry geometry, Preprocessing preprocessing, Window window) {
    return Resampler.resize(
        picture, geometry.width(), geometry.height(), preprocessing.interpolation(), window);
  }
}
