package io.github.resnetserving.network;

import io.github.resnetserving.model.ActivationRange;
import java.util.Arrays;

/**
 * The Gaussian channels of an activation before its ReLU.
 *
 * @param channels of each channel
 * @param relu whether a ReLU follows
 */
@SuppressWarnings("ArrayRecordComponent") // a scratch value
record Gaussians(Moments[] channels, boolean relu) {

  Moments[] afterRelu() {
    return relu
        ? Arrays.stream(channels).map(Moments::rectified).toArray(Moments[]::new)
        : channels;
  }

  /** What all channels span, up to some deviations from their means. */
  ActivationRange range(double deviations) {
    double low = 0;
    double high = 0;
    for (Moments channel : channels) {
      low = Math.min(low, channel.mean() - deviations * channel.deviation());
      high = Math.max(high, channel.mean() + deviations * channel.deviation());
    }
    if (relu) {
      low = 0;
    }
    return low < high ? new ActivationRange(low, high) : new ActivationRange(0, 1); // all zero
  }
}
