package io.github.resnetserving.image;

import com.twelvemonkeys.imageio.metadata.tiff.TIFF;
import java.awt.image.Raster;
import java.io.IOException;
import java.util.Optional;
import java.util.Set;

/** TIFF through TwelveMonkeys' reader. Thread-safe: a reader is made for each image. */
final class TiffDecoder implements Decoder {

  @Override
  public Decoded decode(byte[] encoded, DecodeRules rules, DecodeBuffers workspace)
      throws ImageException {
    TiffBytes tiff = TiffBytes.of(encoded, 0, encoded.length).orElseThrow(TiffCheck::corrupt);
    TiffCheck.Samples samples = TiffCheck.check(encoded, tiff, rules);
    try {
      Bitmap bitmap =
          samples.lab()
              ? lab(samples.file(), rules, workspace)
              : BufferedImages.toRgb(
                  ImageReaders.TIFF.image(samples.file(), rules),
                  samples.alpha(),
                  rules.background(),
                  workspace);
      return new Decoded(bitmap, orientation(encoded, tiff), Set.of());
    } catch (IOException e) {
      if (isAboutWhatIsNotRead(e)) {
        throw new ImageException.Unsupported(
            "The TIFF image is of a kind that is not read: %s.".formatted(e.getMessage()));
      }
      throw new ImageException.Unreadable("The TIFF image is truncated or corrupt.", e);
    }
  }

  /** Converts the samples as stored: the reader's own conversion is for another white point. */
  private static Bitmap lab(byte[] file, DecodeRules rules, DecodeBuffers workspace)
      throws IOException, ImageException {
    Raster raster =
        ImageReaders.TIFF.read(
            file,
            reader -> {
              rules.admit(reader.getWidth(0), reader.getHeight(0));
              return reader.readRaster(0, null);
            });
    rules.spend((long) raster.getWidth() * raster.getHeight());
    int width = raster.getWidth();
    int bands = raster.getNumBands();
    int[] row = new int[width * bands];
    byte[] line = workspace.line(width);
    Bitmap bitmap = workspace.bitmap(raster.getHeight(), width);
    for (int y = 0; y < raster.getHeight(); y++) {
      raster.getPixels(raster.getMinX(), raster.getMinY() + y, width, 1, row);
      for (int x = 0; x < width; x++) {
        Lab.toRgb(row, x * bands);
        for (int c = 0; c < 3; c++) {
          line[3 * x + c] = (byte) row[x * bands + c];
        }
      }
      bitmap.put(y, 0, line, width);
    }
    return bitmap;
  }

  /** The reader has one exception for damage and for what it does not know. */
  private static boolean isAboutWhatIsNotRead(IOException e) {
    String message = String.valueOf(e.getMessage());
    return message.startsWith("Unsupported") || message.contains("not supported");
  }

  /** A TIFF is laid out as EXIF is, and its tag has the same number. */
  private static Orientation orientation(byte[] encoded, TiffBytes tiff) {
    Optional<Orientation> own = Exif.orientation(tiff);
    return own.or(() -> xmp(encoded, tiff)).orElse(Orientation.UPRIGHT);
  }

  private static Optional<Orientation> xmp(byte[] encoded, TiffBytes tiff) {
    long directory = tiff.firstDirectory();
    for (int i = 0; i < tiff.entries(directory); i++) {
      long entry = tiff.entry(directory, i);
      boolean bytes = tiff.type(entry) == TiffBytes.BYTE || tiff.type(entry) == TiffBytes.UNDEFINED;
      if (tiff.tag(entry) == TIFF.TAG_XMP && bytes) { // checked to lie inside
        return Xmp.orientation(encoded, (int) tiff.values(entry), (int) tiff.valueBytes(entry));
      }
    }
    return Optional.empty();
  }
}
