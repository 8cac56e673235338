package io.github.resnetserving.models;

/** Where a bottleneck that halves the size has its stride; weights do not tell. */
public enum Variant {
  /** In the first 1×1 convolution, as published (He et al. 2015). */
  V1,
  /** In the 3×3 convolution, as torchvision, timm and Hugging Face have it. */
  V1_5
}
