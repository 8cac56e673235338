package io.github.resnetserving.training;

import io.github.resnetserving.image.Scaler;
import io.github.resnetserving.models.Normalization;
import io.github.resnetserving.models.Preprocessing.Interpolation;
import io.github.resnetserving.tensor.NetworkInput.Pixels;

/**
 * What an augmentation draws on: the size of the result, and the means of the model's
 * preprocessing.
 *
 * @param side of the result
 * @param interpolation of resizes, the model's own
 * @param normalization the model's own; its mean colour is zero once standardised
 * @param scaler of the calling thread
 */
record Canvas(int side, Interpolation interpolation, Normalization normalization, Scaler scaler) {

  /** The mean of a channel as a byte. */
  byte mean(int channel) {
    return (byte) Math.round(255 * normalization.mean().get(channel));
  }

  Pixels crop(Pixels image, int left, int top, int width, int height) {
    return scaler.resizedCrop(image, left, top, width, height, side, interpolation);
  }

  /** The centre, as serving cuts it out, of an image whose edges are at least {@code side} long. */
  Pixels center(Pixels image) {
    int left = (int) Math.rint((image.width() - side) / 2.0);
    int top = (int) Math.rint((image.height() - side) / 2.0);
    return Scaler.crop(image, left, top, side, side);
  }
}
