package io.github.resnetserving.image;

import java.lang.foreign.MemorySegment;
import java.util.Set;

/** JPEG XL through libjxl, which turns images upright itself. */
final class JxlDecoder implements Decoder {

  /** Bytes for each pixel: libjxl computes in floating point, with copies, and gives RGBA. */
  private static final int BYTES = 24;

  private final OnDemand<LibJxl> library;

  JxlDecoder(OnDemand<LibJxl> library) {
    this.library = library;
  }

  @Override
  public Decoded decode(byte[] encoded, DecodeRules rules, DecodeBuffers workspace)
      throws ImageException {
    LibJxl jxl = library.require(ImageFormat.JXL, "libjxl", "libjxl0.7");
    try (LibJxl.Decoder decoder = jxl.open(workspace.file(encoded))) {
      LibJxl.Info info = decoder.info();
      rules.admit(info.width(), info.height());
      int width = (int) info.width();
      int height = (int) info.height();
      long pixels = (long) width * height;
      rules.reserve(encoded.length + pixels * BYTES);
      int channels = info.alpha() ? 4 : 3;
      MemorySegment samples = workspace.samples(pixels * channels);
      decoder.decode(samples, channels);
      rules.spend(pixels);
      return new Decoded(
          info.alpha()
              ? Rgba.of(info.premultiplied()).composite(samples, height, width, rules, workspace)
              : new Bitmap(height, width, samples),
          Orientation.UPRIGHT,
          Set.of());
    }
  }
}
