/**
 * Encoded images into what a network takes: bounded decode, orientation, resize, crop.
 *
 * <pre>
 * bytes ──► format by magic ──► header, pixel limit ──► samples ──► RGB on white ──► upright ──► crop
 *                │                     │                   │
 *         UnsupportedImage       TooManyPixels       UnreadableImage, ImageTooCostly
 * </pre>
 *
 * <p>Bytes flow in; {@link io.github.resnetserving.image.PreparedImage} or one {@link
 * io.github.resnetserving.image.ImageException} flows out for any bytes. The arithmetic is Pillow's
 * and torchvision's, bit for bit where the decoder allows it, because networks were trained and
 * measured on it. Everything here is thread-safe and runs on the caller's thread.
 *
 * <p>Time and memory grow with the file's bytes or its claimed pixels, whichever are more, and with
 * nothing else: {@code DecodeRules} hears of both before memory is allocated and while a decoder
 * works. RATIONALE.md has the bounds of each format.
 */
@NullMarked
package io.github.resnetserving.image;

import org.jspecify.annotations.NullMarked;
