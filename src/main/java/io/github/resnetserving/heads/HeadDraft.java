package io.github.resnetserving.heads;

import io.github.resnetserving.heads.Head.Fit;
import io.github.resnetserving.heads.Head.Kind;
import io.github.resnetserving.models.Labels;

/** A head that has been fitted and is not stored. Immutable. */
public final class HeadDraft {

  private final Scorer scorer;
  private final Labels labels;
  private final Fit fit;

  HeadDraft(Scorer scorer, Labels labels, Fit fit) {
    this.scorer = scorer;
    this.labels = labels;
    this.fit = fit;
  }

  Scorer scorer() {
    return scorer;
  }

  Kind kind() {
    return switch (scorer) {
      case Scorer.Linear _ -> Kind.LINEAR;
      case Scorer.Nearest _ -> Kind.NEAREST;
    };
  }

  Labels labels() {
    return labels;
  }

  /** How it came to be. */
  public Fit fit() {
    return fit;
  }

  /** How many features it takes. */
  public int width() {
    return scorer.width();
  }
}
