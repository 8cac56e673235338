package io.github.resnetserving.image;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Where a JPEG tells its orientation: in EXIF, whose segments are read as one, or else in XMP, of
 * which the last segment counts, both as in Pillow. Not thread-safe: one for each image.
 */
final class JpegOrientation {

  private static final byte[] EXIF = {'E', 'x', 'i', 'f', 0, 0};
  private static final byte[] XMP =
      "http://ns.adobe.com/xap/1.0/\0".getBytes(StandardCharsets.US_ASCII);

  private final byte[] encoded;
  private int exif; // offset of the first segment's content, 0 without one
  private int exifLength;
  private @Nullable ByteArrayOutputStream allExif; // where there are several
  private int xmp;
  private int xmpLength;

  JpegOrientation(byte[] encoded) {
    this.encoded = encoded;
  }

  /** Looks at the content of an APP1 segment, in the order of the file. */
  void segment(int content, int length) {
    if (Ascii.is(EXIF, encoded, content, length)) {
      exif(content + EXIF.length, length - EXIF.length);
    } else if (Ascii.is(XMP, encoded, content, length)) {
      xmp = content + XMP.length;
      xmpLength = length - XMP.length;
    }
  }

  private void exif(int content, int length) {
    if (exif == 0) {
      exif = content;
      exifLength = length;
      return;
    }
    if (allExif == null) {
      allExif = new ByteArrayOutputStream();
      allExif.write(encoded, exif, exifLength);
    }
    allExif.write(encoded, content, length);
  }

  /** How the image is to be turned. */
  Orientation find() {
    Optional<Orientation> found = Optional.empty();
    if (allExif != null) {
      byte[] all = allExif.toByteArray();
      found = Exif.orientation(all, 0, all.length);
    } else if (exif != 0) {
      found = Exif.orientation(encoded, exif, exifLength);
    }
    if (found.isEmpty() && xmp != 0) {
      found = Xmp.orientation(encoded, xmp, xmpLength);
    }
    return found.orElse(Orientation.UPRIGHT);
  }
}
