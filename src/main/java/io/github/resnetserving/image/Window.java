package io.github.resnetserving.image;

/**
 * A rectangle of an image, in pixels.
 *
 * @param left first column
 * @param top first row
 * @param width columns
 * @param height rows
 */
record Window(int left, int top, int width, int height) {}
