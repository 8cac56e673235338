package io.github.resnetserving.confidence;

import java.util.Locale;

/** How unfamiliar an image is to a network: the larger the more. Thread-safe. */
public sealed interface NoveltyScore {

  /** The kinds, as a file and a command spell them. */
  enum Kind {
    /** Of the logits: minus the logarithm of the sum of their exponentials (Liu et al. 2020). */
    ENERGY,
    /** Distance to the k-th nearest of stored features (Sun et al. 2022). */
    NEAREST;

    /** The lower-case word. */
    public String id() {
      return name().toLowerCase(Locale.ROOT);
    }

    @Override
    public String toString() {
      return id();
    }
  }

  /**
   * The score of one forward pass.
   *
   * @param logits (classes,)
   * @param features (width,) the global average pool
   */
  double of(float[] logits, float[] features);

  /** Free energy at temperature 1. */
  record Energy() implements NoveltyScore {

    @Override
    public double of(float[] logits, float[] features) {
      return -Temperature.logOfSum(logits);
    }
  }

  /**
   * Distance to the k-th nearest reference; both sides have a Euclidean length of 1.
   *
   * @param k from 1 to the number of references
   */
  record Nearest(ReferenceFeatures references, int k) implements NoveltyScore {

    /** Checks k. */
    public Nearest {
      if (k < 1 || k > references.count()) {
        throw new IllegalArgumentException(
            "neighbours is %d: it must be between 1 and %d".formatted(k, references.count()));
      }
    }

    @Override
    public double of(float[] logits, float[] features) {
      return references.distance(features, k, /* without= */ -1);
    }
  }
}
