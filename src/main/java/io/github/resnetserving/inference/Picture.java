package io.github.resnetserving.inference;

/**
 * What a picture was.
 *
 * @param format its format as found in its bytes, such as {@code jpeg}
 * @param width pixels, after orientation
 * @param height pixels, after orientation
 */
public record Picture(String format, int width, int height) {}
