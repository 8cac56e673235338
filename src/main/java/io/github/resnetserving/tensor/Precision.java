package io.github.resnetserving.tensor;

import java.util.Locale;

/** What a plan computes in. Pooling and the classifier are in float32 in each of them. */
public enum Precision {
  /** 32-bit floats, as the weights were trained. */
  FP32,
  /** 16-bit floats with the exponent of float32 and 8 bits of precision, sums in float32. */
  BF16,
  /** 16-bit floats with 11 bits of precision, up to 65,504, sums in float32; on GPUs only. */
  FP16,
  /** 8-bit weights and activations, sums in 32 bits. */
  INT8;

  /** As answers and options spell it: {@code fp32}, {@code bf16}, {@code fp16}, {@code int8}. */
  public String id() {
    return name().toLowerCase(Locale.ROOT);
  }
}
