package io.github.resnetserving.image;

import io.github.resnetserving.model.Interpolation;
import io.github.resnetserving.model.Pixels;
import io.github.resnetserving.model.Preprocessing;
import io.github.resnetserving.model.Surroundings;
import io.github.resnetserving.model.View;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;

/**
 * Encoded pictures into crops. Thread-safe; works on the caller's thread. Between calls it holds
 * the memory that pictures are decoded in, a few megabytes for each processor at most.
 *
 * <p>Policy: the format is told by the bytes; EXIF orientation is applied; transparency is
 * composited on the policy's background; 16-bit samples keep their high byte; colour profiles are
 * ignored, and CMYK converted without them, as Pillow does; of an animation the first frame counts.
 *
 * <p>Whatever the bytes, nothing but {@link ImageException} is thrown for them.
 */
public final class ImagePipeline implements ImagePreparer {

  private final DecodePolicy policy;
  private final Decoders decoders;
  private final Workspaces workspaces = new Workspaces(Runtime.getRuntime().availableProcessors());

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
  @Override
  public PreparedImage prepare(
      byte[] encoded, Preprocessing preprocessing, View view, PreparationListener listener)
      throws ImageException {
    ImageFormat format = ImageFormat.of(encoded);
    boolean scales = policy.detail() == DecodePolicy.Detail.FAST;
    int enough = scales ? preprocessing.resize() : Integer.MAX_VALUE;
    DecodeRules rules = new DecodeRules(policy, encoded.length, enough, listener);
    Workspace workspace = workspaces.borrow();
    try {
      Decoded decoded = decode(encoded, format, rules, workspace);
      listener.onDecoded();
      return prepare(decoded, format, preprocessing, view, workspace.resampler(), listener);
    } finally {
      workspaces.giveBack(workspace);
    }
  }

  private static PreparedImage prepare(
      Decoded decoded,
      ImageFormat format,
      Preprocessing preprocessing,
      View view,
      Resampler resampler,
      PreparationListener listener)
      throws ImageException {
    Upright picture = decoded.upright();
    int width = decoded.uprightWidth();
    int height = decoded.uprightHeight();
    Geometry geometry = Geometry.of(width, height, preprocessing);
    Cutter cutter =
        new Cutter(picture, geometry, preprocessing.interpolation(), resampler, listener);
    List<Pixels> crops = view == View.TEN ? cutter.ten() : List.of(cutter.cut(geometry.center()));
    return new PreparedImage(
        crops,
        new ImageInfo(format.label(), width, height),
        new Surroundings(
            geometry.source(width, height),
            view == View.CENTER_AND_PICTURE
                ? new Preview(picture, resampler, listener).pixels()
                : null));
  }

  /**
   * Ten-crop testing (Krizhevsky et al. 2012) in torchvision's order: top left, top right, bottom
   * left, bottom right, centre; then the same windows of the mirrored picture.
   *
   * @return ten of (crop, crop, 3)
   */
  public List<Pixels> tenCrops(byte[] encoded, Preprocessing preprocessing) throws ImageException {
    return prepare(encoded, preprocessing, View.TEN, PreparationListener.NONE).crops();
  }

  /** The whole first picture, upright, RGB on the background, at its own size. */
  public Pixels decode(byte[] encoded) throws ImageException {
    ImageFormat format = ImageFormat.of(encoded);
    Workspace workspace = workspaces.borrow();
    try {
      DecodeRules rules =
          new DecodeRules(policy, encoded.length, Integer.MAX_VALUE, PreparationListener.NONE);
      return decode(encoded, format, rules, workspace).upright().pixels();
    } finally {
      workspaces.giveBack(workspace);
    }
  }

  /**
   * Rare are BMP and TIFF, WebP without libwebp, and JPEG without libjpeg-turbo: what is decoded by
   * Java code, or by a library of the JDK, that this project does not maintain.
   */
  @Override
  public boolean isRare(byte[] encoded) {
    return ImageFormat.find(encoded).filter(decoders::isRare).isPresent();
  }

  /** A class of each library that decoders use, for what starts a process with these libraries. */
  public static List<Class<?>> libraries() {
    return ImageReaders.libraries();
  }

  /** What decodes JPEG in this process, {@code libjpeg-turbo} or {@code imageio}. */
  public String jpegDecoder() {
    return decoders.jpegDecoder();
  }

  private Decoded decode(byte[] encoded, ImageFormat format, DecodeRules rules, Workspace workspace)
      throws ImageException {
    try {
      return decoders.of(format).decode(encoded, rules, workspace);
    } catch (CancellationException e) { // given up; the bytes are not at fault
      throw e;
    } catch (RuntimeException e) {
      // Readers answer corrupt bytes with nearly every RuntimeException there is. An Error is never
      // the bytes' fault: what they claim was checked before anything was allocated for it.
      throw new UnreadableImageException("The %s image is corrupt.".formatted(format.name()), e);
    }
  }

  /** Cuts windows out of one picture. */
  private record Cutter(
      Upright picture,
      Geometry geometry,
      Interpolation interpolation,
      Resampler resampler,
      PreparationListener listener) {

    Pixels cut(Window window) {
      var _ = listener.onProgress();
      return resampler.resize(picture, geometry.width(), geometry.height(), interpolation, window);
    }

    List<Pixels> ten() {
      List<Pixels> crops = new ArrayList<>(10);
      for (Window window : geometry.five()) {
        crops.add(cut(window));
      }
      // torchvision mirrors after the resize: so do we, window by window, for the same bits.
      for (Window window : geometry.five()) {
        crops.add(Orientation.MIRRORED.apply(cut(geometry.mirrored(window))));
      }
      return crops;
    }
  }
}
