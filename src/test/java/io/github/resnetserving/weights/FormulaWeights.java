package io.github.resnetserving.weights;

import java.nio.charset.StandardCharsets;
import java.util.List;

public final class FormulaWeights {
  private FormulaWeights() {}

  public static float[] values(String name, List<Integer> shape, boolean bottleneck) {
    long h = 0xCBF29CE484222325L;
    for (byte b : name.getBytes(StandardCharsets.UTF_8)) h = (h ^ (b & 255)) * 0x100000001B3L;
    int n = shape.stream().reduce(1, (a, b) -> a * b);
    double lo, hi;
    if (shape.size() == 4) { double a = Math.sqrt(6.0 / (shape.get(1) * shape.get(2) * shape.get(3))); lo = -a; hi = a; }
    else if (shape.size() == 2) { double a = 4 * Math.sqrt(3.0 / shape.get(1)); lo = -a; hi = a; }
    else if (name.endsWith("running_var")) { lo = .8; hi = 1.2; }
    else if (name.endsWith("running_mean") || name.endsWith("bias")) { lo = -.1; hi = .1; }
    else if (name.startsWith("layer") && name.endsWith(bottleneck ? ".bn3.weight" : ".bn2.weight")) { lo = .1; hi = .3; }
    else { lo = .8; hi = 1.2; }
    float[] v = new float[n];
    for (int i = 0; i < n; i++) {
      long z = h + i * 0x9E3779B97F4A7C15L + 0x9E3779B97F4A7C15L;
      z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L; z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL; z ^= z >>> 31;
      v[i] = (float) (lo + (hi - lo) * ((z >>> 40) / 16777216.0));
    }
    return v;
  }
}
