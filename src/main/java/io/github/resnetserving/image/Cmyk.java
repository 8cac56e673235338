package io.github.resnetserving.image;

/** CMYK to RGB as Pillow does it, without colour profiles. */
final class Cmyk {

  private Cmyk() {}

  /**
   * One of red, green, blue.
   *
   * @param ink cyan, magenta or yellow, 0 (none) to 255
   * @param black 0 (none) to 255
   */
  static byte toRgb(int ink, int black) {
    int light = 255 - black;
    int product = ink * light + 128;
    int absorbed = ((product >> 8) + product) >> 8; // ink * light / 255, rounded
    return (byte) Math.max(light - absorbed, 0);
  }
}
