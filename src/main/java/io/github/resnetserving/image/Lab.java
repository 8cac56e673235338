package io.github.resnetserving.image;

/**
 * CIE L*a*b* under D50, as TIFF stores it in three bytes, to sRGB: what a colour management system
 * makes of it, within 1 of 255. Colours that sRGB does not have are cut off.
 */
final class Lab {

  private static final double[] WHITE = {0.9642, 1, 0.8249}; // D50, as ICC profiles have it

  /** XYZ under D50 to linear sRGB: the inverse of the primaries in the ICC profile of sRGB. */
  private static final double[][] TO_RGB = {
    {3.1341359, -1.6173863, -0.4906622},
    {-0.9787955, 1.9162543, 0.0334429},
    {0.0719553, -0.2289769, 1.4053860}
  };

  private static final double EPSILON = 216.0 / 24389;
  private static final double KAPPA = 24389.0 / 27;

  private Lab() {}

  /**
   * Converts a pixel in place.
   *
   * @param pixels L* as 0 to 255, then a* and b* as signed bytes; receives red, green, blue
   */
  static void toRgb(int[] pixels, int at) {
    double y = (pixels[at] * 100 / 255.0 + 16) / 116;
    double x = y + (byte) pixels[at + 1] / 500.0;
    double z = y - (byte) pixels[at + 2] / 200.0;
    double[] xyz = {WHITE[0] * cubed(x), WHITE[1] * cubed(y), WHITE[2] * cubed(z)};
    for (int c = 0; c < 3; c++) {
      double[] row = TO_RGB[c];
      pixels[at + c] = gamma(row[0] * xyz[0] + row[1] * xyz[1] + row[2] * xyz[2]);
    }
  }

  private static double cubed(double f) {
    double cube = f * f * f;
    return cube > EPSILON ? cube : (116 * f - 16) / KAPPA;
  }

  private static int gamma(double linear) {
    double light = Math.clamp(linear, 0, 1);
    double value = light <= 0.0031308 ? 12.92 * light : 1.055 * Math.pow(light, 1 / 2.4) - 0.055;
    return (int) Math.round(255 * value);
  }
}
