package io.github.resnetserving.image;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * What the first box of an ISO base media file (ISO/IEC 14496-12, section 4.3) says it can be read
 * as. AVIF, HEIC and videos begin with such a box.
 *
 * @param major the brand that names the file best
 * @param compatible all others
 */
record HeifBrands(String major, List<String> compatible) {

  private static final int MOST = 64; // real files have about ten

  private static final Set<String> AVIF = Set.of("avif", "avis");

  /** HEVC in HEIF (ISO/IEC 23008-12, annex B): images, multi-layer ones, and sequences. */
  private static final Set<String> HEVC =
      Set.of("heic", "heix", "heim", "heis", "hevc", "hevx", "hevm", "hevs");

  /** Any HEIF, and HEIF with other codecs (annexes E to N). */
  private static final Set<String> HEIF =
      Set.of(
          "mif1", "mif2", "msf1", "miaf", "avci", "avcs", "jpeg", "jpgs", "j2ki", "j2is", "vvic",
          "vvis");

  HeifBrands {
    compatible = List.copyOf(compatible);
  }

  /**
   * Reads the brands.
   *
   * @param encoded has "ftyp" from its fifth byte on
   */
  static HeifBrands of(byte[] encoded) {
    long claimed = Integer.toUnsignedLong(ByteBuffer.wrap(encoded).getInt(0));
    int end = (int) Math.min(Math.min(claimed, encoded.length), 16 + 4L * MOST);
    List<String> compatible = new ArrayList<>();
    for (int at = 16; at + 4 <= end; at += 4) { // after the major brand comes a version
      compatible.add(brand(encoded, at));
    }
    return new HeifBrands(encoded.length < 12 ? "" : brand(encoded, 8), compatible);
  }

  private static String brand(byte[] encoded, int at) {
    return new String(encoded, at, 4, StandardCharsets.ISO_8859_1);
  }

  /** AVIF or HEIC; nothing where the file is no image. */
  Optional<ImageFormat> format() {
    if (AVIF.contains(major)) {
      return Optional.of(ImageFormat.AVIF);
    }
    if (HEVC.contains(major)) {
      return Optional.of(ImageFormat.HEIC);
    }
    if (compatible.stream().anyMatch(AVIF::contains)) {
      return Optional.of(ImageFormat.AVIF);
    }
    boolean heif =
        HEIF.contains(major)
            || compatible.stream().anyMatch(brand -> HEVC.contains(brand) || HEIF.contains(brand));
    return heif ? Optional.of(ImageFormat.HEIC) : Optional.empty();
  }
}
