package io.github.resnetserving.graph;

import io.github.resnetserving.models.Normalization;
import io.github.resnetserving.tensor.NetworkInput.Pixels;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * An 8-bit residual network in loops: sums of products in whole numbers, the rest in double
 * precision, rounded to the nearest byte after each step.
 */
final class NaiveQuantizedNetwork {

  private final Topology topology;
  private final Quantization form;
  private AffineQuantizer last = new AffineQuantizer(1, 0);

  NaiveQuantizedNetwork(Topology topology, Quantization form) {
    this.topology = topology;
    this.form = form;
  }

  /** A (channels, size, size) map of bytes and what they stand for. */
  @SuppressWarnings("ArrayRecordComponent") // a scratch value of the test
  private record Plane(int channels, int size, int[] bytes, AffineQuantizer quantizer) {
    int at(int c, int y, int x, int outside) {
      boolean inside = y >= 0 && y < size && x >= 0 && x < size;
      return inside ? bytes[(c * size + y) * size + x] : outside;
    }
  }

  /** The pooled features. */
  double[] features(Pixels image, Normalization normalization) {
    int size = image.height();
    int[] bytes = new int[3 * size * size];
    for (int i = 0; i < size * size; i++) {
      for (int c = 0; c < 3; c++) {
        bytes[c * size * size + i] = image.rgb()[3 * i + c] & 0xff;
      }
    }
    int[] frame = new int[3];
    for (int c = 0; c < 3; c++) {
      frame[c] = (int) Math.round(255 * normalization.mean().get(c));
    }
    Plane input = new Plane(3, size, bytes, new AffineQuantizer(1, 0));
    Plane x = convolved(input, topology.first(), frame, true, null);
    if (topology.pooled()) {
      x = maxPooled(x);
    }
    for (Block block : topology.stages().stream().flatMap(List::stream).toList()) {
      x = block(x, block);
    }
    last = x.quantizer();
    double[] features = new double[x.channels()];
    int area = x.size() * x.size();
    for (int i = 0; i < x.bytes().length; i++) {
      features[i / area] += x.bytes()[i] * x.quantizer().scale() / area;
    }
    return features;
  }

  /** One step of the last activation. */
  double lastScale() {
    return last.scale();
  }

  private Plane block(Plane input, Block block) {
    Plane shortcut = input;
    Convolution projection = block.projection();
    if (projection != null) {
      Plane source = block.averages() ? averaged(input, block.stride()) : input;
      shortcut = convolved(source, projection, new int[input.channels()], false, null);
    } else if (block.padsShortcut()) {
      shortcut = padded(input, block);
    }
    Plane x = input;
    for (Convolution convolution : block.body()) {
      boolean ends = convolution.equals(block.body().getLast());
      x = convolved(x, convolution, new int[x.channels()], true, ends ? shortcut : null);
    }
    return x;
  }

  private static Plane padded(Plane input, Block block) {
    int before = (block.outputs() - input.channels()) / 2;
    int size = (input.size() - 1) / block.stride() + 1;
    int[] bytes = new int[block.outputs() * size * size];
    for (int c = 0; c < input.channels(); c++) {
      for (int y = 0; y < size; y++) {
        for (int x = 0; x < size; x++) {
          bytes[((c + before) * size + y) * size + x] =
              input.at(c, y * block.stride(), x * block.stride(), 0);
        }
      }
    }
    return new Plane(block.outputs(), size, bytes, input.quantizer());
  }

  /** The mean of what lies inside each window, rounded to the nearest byte. */
  private static Plane averaged(Plane input, int window) {
    int size = Math.ceilDiv(input.size(), window);
    int[] bytes = new int[input.channels() * size * size];
    for (int i = 0; i < bytes.length; i++) {
      int top = i / size % size * window;
      int left = i % size * window;
      int bottom = Math.min(top + window, input.size());
      int right = Math.min(left + window, input.size());
      double sum = 0;
      for (int y = top; y < bottom; y++) {
        for (int x = left; x < right; x++) {
          sum += input.at(i / (size * size), y, x, 0);
        }
      }
      bytes[i] = (int) Math.rint(sum / ((bottom - top) * (right - left)));
    }
    return new Plane(input.channels(), size, bytes, input.quantizer());
  }

  private static Plane maxPooled(Plane input) {
    int size = (input.size() - 1) / 2 + 1;
    int[] bytes = new int[input.channels() * size * size];
    for (int i = 0; i < bytes.length; i++) {
      for (int k = 0; k < 9; k++) {
        int y = i / size % size * 2 + k / 3 - 1;
        int x = i % size * 2 + k % 3 - 1;
        bytes[i] = Math.max(bytes[i], input.at(i / (size * size), y, x, 0));
      }
    }
    return new Plane(input.channels(), size, bytes, input.quantizer());
  }

  private Plane convolved(
      Plane input, Convolution convolution, int[] outside, boolean relu, @Nullable Plane added) {
    QuantizedWeights weights = form.weights(convolution);
    float[] bias = form.bias(convolution);
    AffineQuantizer quantizer = Objects.requireNonNull(form.quantizers().get(convolution.name()));
    int size = convolution.outputSize(input.size());
    int kernel = convolution.kernel();
    int[] bytes = new int[convolution.outputs() * size * size];
    for (int i = 0; i < bytes.length; i++) {
      int k = i / (size * size);
      int row = i / size % size * convolution.stride() - convolution.padding();
      int column = i % size * convolution.stride() - convolution.padding();
      int sum = 0;
      int w = k * convolution.inputs() * kernel * kernel;
      for (int c = 0; c < convolution.inputs(); c++) {
        for (int dy = 0; dy < kernel; dy++) {
          for (int dx = 0; dx < kernel; dx++) {
            sum +=
                Math.round(weights.values()[w++]) * input.at(c, row + dy, column + dx, outside[c]);
          }
        }
      }
      double value = sum * input.quantizer().scale() * weights.scales()[k] + bias[k];
      if (added != null) {
        AffineQuantizer other = added.quantizer();
        value += (added.bytes()[i] - other.zeroPoint()) * other.scale();
      }
      double rounded =
          Math.rint((relu ? Math.max(0, value) : value) / quantizer.scale())
              + quantizer.zeroPoint();
      bytes[i] = (int) Math.max(0, Math.min(255, rounded));
    }
    return new Plane(convolution.outputs(), size, bytes, quantizer);
  }
}
