package io.github.resnetserving.image;

import io.github.resnetserving.image.Bitmap.Window;
import io.github.resnetserving.image.PreparedImage.ImageInfo;
import io.github.resnetserving.models.Preprocessing;
import io.github.resnetserving.models.Preprocessing.CropMode;
import io.github.resnetserving.models.Preprocessing.Interpolation;
import io.github.resnetserving.tensor.CropGeometry;
import io.github.resnetserving.tensor.NetworkInput.Pixels;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;

/**
 * Encoded images into crops. Thread-safe; works on the caller's thread. Between calls it holds the
 * memory that images are decoded in, a few megabytes for each processor at most.
 *
 * <p>Policy: the format is told by the bytes; EXIF orientation is applied; transparency is
 * composited on the policy's background; 16-bit samples keep their high byte; colour profiles are
 * ignored, and CMYK converted without them, as Pillow does; of an animation the first frame counts.
 *
 * <p>Bad bytes never throw anything but {@link ImageException}.
 */
public final class ImagePipeline implements ImagePreparer {

  private final DecodePolicy policy;
  private final Decoders decoders;
  private final DecodeBuffers.Pool workspaces =
      new DecodeBuffers.Pool(Runtime.getRuntime().availableProcessors());

  public ImagePipeline(DecodePolicy policy) {
    this(policy, Decoders.fastest());
  }

  ImagePipeline(DecodePolicy policy, Decoders decoders) {
    this.policy = policy;
    this.decoders = decoders;
  }

  /** Decodes, resizes and cuts out the centre, as torchvision's evaluation transform does. */
  public PreparedImage prepare(byte[] encoded, Preprocessing preprocessing) throws ImageException {
    return prepare(encoded, preprocessing, CropMode.CENTER, PreparationListener.NONE);
  }

  /**
   * Prepares an image for any crop mode and reports its progress to a listener.
   *
   * @throws CancellationException if the listener does
   */
  @Override
  public PreparedImage prepare(
      byte[] encoded, Preprocessing preprocessing, CropMode view, PreparationListener listener)
      throws ImageException {
    ImageFormat format = ImageFormat.of(encoded);
    DecodeRules rules = rules(encoded, preprocessing, listener);
    DecodeBuffers workspace = workspaces.borrow();
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
      CropMode view,
      Resampler resampler,
      PreparationListener listener)
      throws ImageException {
    Upright image = decoded.upright();
    int width = decoded.uprightWidth();
    int height = decoded.uprightHeight();
    Geometry geometry = Geometry.of(width, height, preprocessing);
    Cutter cutter = new Cutter(image, geometry, preprocessing.interpolation(), resampler, listener);
    List<Pixels> crops =
        view == CropMode.TEN ? cutter.ten() : List.of(cutter.cut(geometry.center()));
    return new PreparedImage(
        crops,
        new ImageInfo(format.label(), width, height, decoded.notes()),
        new CropGeometry(
            geometry.source(width, height),
            view == CropMode.CENTER_WITH_IMAGE
                ? new Preview(image, resampler, listener).pixels()
                : null));
  }

  /**
   * Decodes and resizes as {@link #prepare(byte[], Preprocessing)} does, and cuts nothing off.
   *
   * @return (height, width, 3), of which the shorter is {@code preprocessing.resize()}
   */
  public Pixels resize(byte[] encoded, Preprocessing preprocessing) throws ImageException {
    ImageFormat format = ImageFormat.of(encoded);
    DecodeRules rules = rules(encoded, preprocessing, PreparationListener.NONE);
    DecodeBuffers workspace = workspaces.borrow();
    try {
      Decoded decoded = decode(encoded, format, rules, workspace);
      Geometry geometry =
          Geometry.of(decoded.uprightWidth(), decoded.uprightHeight(), preprocessing);
      policy.admit(geometry.width(), geometry.height());
      Window whole = new Window(0, 0, geometry.width(), geometry.height());
      return workspace
          .resampler()
          .resize(
              decoded.upright(),
              whole.width(),
              whole.height(),
              preprocessing.interpolation(),
              whole);
    } finally {
      workspaces.giveBack(workspace);
    }
  }

  /** The whole first image, upright, RGB on the background, at its own size. */
  public Pixels decode(byte[] encoded) throws ImageException {
    ImageFormat format = ImageFormat.of(encoded);
    DecodeBuffers workspace = workspaces.borrow();
    try {
      DecodeRules rules =
          new DecodeRules(policy, encoded.length, Integer.MAX_VALUE, PreparationListener.NONE);
      return decode(encoded, format, rules, workspace).upright().pixels();
    } finally {
      workspaces.giveBack(workspace);
    }
  }

  /**
   * Rare are BMP and TIFF, AVIF, HEIC and JPEG XL, and JPEG without libjpeg-turbo: what is decoded
   * by code that this project does not maintain, but for the libraries of the formats that most
   * clients send. Rare is WebP without libwebp, too, and with it what is lossless, transparent or
   * animated, which a small file can make slow.
   */
  @Override
  public boolean isRare(byte[] encoded) {
    return ImageFormat.find(encoded).filter(format -> decoders.isRare(format, encoded)).isPresent();
  }

  /** A class of each library that decoders use, for what starts a process with these libraries. */
  public static List<Class<?>> libraries() {
    return ImageReaders.libraries();
  }

  /** What decodes JPEG in this process, {@code libjpeg-turbo} or {@code imageio}. */
  public String jpegDecoder() {
    return decoders.jpegDecoder();
  }

  private DecodeRules rules(
      byte[] encoded, Preprocessing preprocessing, PreparationListener listener) {
    boolean scales = policy.detail() == DecodePolicy.Detail.FAST;
    int enough = scales ? preprocessing.resize() : Integer.MAX_VALUE;
    return new DecodeRules(policy, encoded.length, enough, listener);
  }

  private Decoded decode(
      byte[] encoded, ImageFormat format, DecodeRules rules, DecodeBuffers workspace)
      throws ImageException {
    try {
      return decoders.of(format).decode(encoded, rules, workspace);
    } catch (CancellationException e) { // given up; the bytes are not at fault
      throw e;
    } catch (RuntimeException e) {
      // Readers answer corrupt bytes with nearly every RuntimeException there is. An Error is never
      // the bytes' fault: what they claim was checked before anything was allocated for it.
      throw new ImageException.Unreadable("The %s image is corrupt.".formatted(format.title()), e);
    }
  }

  /** Cuts windows out of one image. */
  private record Cutter(
      Upright image,
      Geometry geometry,
      Interpolation interpolation,
      Resampler resampler,
      PreparationListener listener) {

    Pixels cut(Window window) {
      var _ = listener.onProgress();
      return resampler.resize(image, geometry.width(), geometry.height(), interpolation, window);
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
