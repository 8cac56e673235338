package io.github.resnetserving.image;

/**
 * What was sent.
 *
 * @param format {@code jpeg}, {@code png}, {@code gif}, {@code bmp}, {@code webp} or {@code tiff}
 * @param width columns, in pixels, once upright (after EXIF orientation)
 * @param height rows, in pixels, once upright
 */
public record ImageInfo(String format, int width, int height) {}
