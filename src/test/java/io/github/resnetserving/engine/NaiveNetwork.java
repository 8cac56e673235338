package io.github.resnetserving.engine;

import io.github.resnetserving.checkpoint.TensorSource.FloatTensor;
import io.github.resnetserving.models.Normalization;
import io.github.resnetserving.tensor.NetworkInput.Pixels;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/**
 * CIFAR ResNets by the book, one loop a line of the paper, in double precision: what the plans are
 * held against where torch's own numbers are not at hand.
 */
final class NaiveNetwork {

  private final Map<String, FloatTensor> tensors;

  NaiveNetwork(Map<String, FloatTensor> tensors) {
    this.tensors = tensors;
  }

  /** A (channels, size, size) map. */
  @SuppressWarnings("ArrayRecordComponent") // a scratch value of the test
  private record Plane(int channels, int size, double[] values) {
    double at(int c, int y, int x) {
      boolean inside = y >= 0 && y < size && x >= 0 && x < size;
      return inside ? values[(c * size + y) * size + x] : 0;
    }
  }

  /** The logits of an image: depth 6n + 2, shortcut option A or B. */
  double[] logits(Pixels image, Normalization normalization) {
    Plane x = trunk(image, normalization);
    double[] features = new double[x.channels()];
    for (int c = 0; c < x.channels(); c++) {
      for (int i = 0; i < x.size() * x.size(); i++) {
        features[c] += x.values()[c * x.size() * x.size() + i] / (x.size() * x.size());
      }
    }
    float[] weight = values("linear.weight");
    float[] bias = values("linear.bias");
    double[] logits = new double[bias.length];
    for (int k = 0; k < logits.length; k++) {
      logits[k] = bias[k];
      for (int c = 0; c < features.length; c++) {
        logits[k] += weight[k * features.length + c] * features[c];
      }
    }
    return logits;
  }

  /** The largest value of the last map, over some of CIFAR's images. */
  double largest(List<Pixels> images) {
    return images.stream()
        .flatMapToDouble(image -> Arrays.stream(trunk(image, Normalization.CIFAR10).values()))
        .max()
        .orElseThrow();
  }

  /** The map of a stage, 0 for the stem: (channels, size, size). */
  double[] map(Pixels image, Normalization normalization, int stage) {
    return upTo(image, normalization, stage).values();
  }

  private Plane trunk(Pixels image, Normalization normalization) {
    return upTo(image, normalization, 3);
  }

  private Plane upTo(Pixels image, Normalization normalization, int last) {
    Plane x = relu(normalized(convolved(input(image, normalization), "conv1", 1), "bn1"));
    for (int stage = 1; stage <= last; stage++) {
      for (int i = 0; tensors.containsKey("layer%d.%d.conv1.weight".formatted(stage, i)); i++) {
        x = block(x, "layer%d.%d".formatted(stage, i), stage > 1 && i == 0 ? 2 : 1);
      }
    }
    return x;
  }

  private static Plane input(Pixels image, Normalization normalization) {
    int size = image.height();
    double[] values = new double[3 * size * size];
    for (int i = 0; i < size * size; i++) {
      for (int c = 0; c < 3; c++) {
        double value = (image.rgb()[3 * i + c] & 0xff) / 255.0;
        values[c * size * size + i] =
            (value - normalization.mean().get(c)) / normalization.std().get(c);
      }
    }
    return new Plane(3, size, values);
  }

  private Plane block(Plane x, String prefix, int stride) {
    Plane y = relu(normalized(convolved(x, prefix + ".conv1", stride), prefix + ".bn1"));
    y = normalized(convolved(y, prefix + ".conv2", 1), prefix + ".bn2");
    Plane shortcut = x;
    if (tensors.containsKey(prefix + ".shortcut.0.weight")) {
      shortcut = normalized(convolved(x, prefix + ".shortcut.0", stride), prefix + ".shortcut.1");
    } else if (tensors.containsKey(prefix + ".downsample.2.weight")) {
      Plane means = averaged(x, stride);
      shortcut =
          normalized(convolved(means, prefix + ".downsample.1", 1), prefix + ".downsample.2");
    }
    int before = (y.channels() - shortcut.channels()) / 2;
    int step = x.size() / y.size() / (x.size() / shortcut.size());
    double[] sum = new double[y.values().length];
    for (int c = 0; c < y.channels(); c++) {
      boolean padded = c < before || c >= before + shortcut.channels();
      for (int row = 0; row < y.size(); row++) {
        for (int column = 0; column < y.size(); column++) {
          int at = (c * y.size() + row) * y.size() + column;
          double added = padded ? 0 : shortcut.at(c - before, row * step, column * step);
          sum[at] = y.values()[at] + added;
        }
      }
    }
    return relu(new Plane(y.channels(), y.size(), sum));
  }

  /** The mean of what lies inside each window. */
  private static Plane averaged(Plane x, int window) {
    int size = Math.ceilDiv(x.size(), window);
    double[] means = new double[x.channels() * size * size];
    for (int i = 0; i < means.length; i++) {
      int top = i / size % size * window;
      int left = i % size * window;
      int bottom = Math.min(top + window, x.size());
      int right = Math.min(left + window, x.size());
      for (int row = top; row < bottom; row++) {
        for (int column = left; column < right; column++) {
          means[i] += x.at(i / (size * size), row, column) / ((bottom - top) * (right - left));
        }
      }
    }
    return new Plane(x.channels(), size, means);
  }

  private Plane convolved(Plane x, String name, int stride) {
    FloatTensor tensor = tensor(name + ".weight");
    int outputs = tensor.shape().get(0);
    int kernel = tensor.shape().get(2);
    int size = (x.size() - 1) / stride + 1;
    double[] values = new double[outputs * size * size];
    for (int k = 0; k < outputs; k++) {
      for (int row = 0; row < size; row++) {
        for (int column = 0; column < size; column++) {
          double sum = 0;
          for (int c = 0; c < x.channels(); c++) {
            for (int dy = 0; dy < kernel; dy++) {
              for (int dx = 0; dx < kernel; dx++) {
                sum +=
                    tensor.values()[((k * x.channels() + c) * kernel + dy) * kernel + dx]
                        * x.at(
                            c, row * stride + dy - kernel / 2, column * stride + dx - kernel / 2);
              }
            }
          }
          values[(k * size + row) * size + column] = sum;
        }
      }
    }
    return new Plane(outputs, size, values);
  }

  private Plane normalized(Plane x, String name) {
    float[] gamma = values(name + ".weight");
    float[] beta = values(name + ".bias");
    float[] mean = values(name + ".running_mean");
    float[] variance = values(name + ".running_var");
    double[] values = x.values().clone();
    for (int i = 0; i < values.length; i++) {
      int c = i / (x.size() * x.size());
      values[i] = (values[i] - mean[c]) / Math.sqrt(variance[c] + 1e-5) * gamma[c] + beta[c];
    }
    return new Plane(x.channels(), x.size(), values);
  }

  private static Plane relu(Plane x) {
    double[] values = x.values().clone();
    for (int i = 0; i < values.length; i++) {
      values[i] = Math.max(0, values[i]);
    }
    return new Plane(x.channels(), x.size(), values);
  }

  private float[] values(String name) {
    return tensor(name).values();
  }

  private FloatTensor tensor(String name) {
    FloatTensor tensor = tensors.get(name);
    if (tensor == null) {
      throw new IllegalArgumentException(name);
    }
    return tensor;
  }
}
