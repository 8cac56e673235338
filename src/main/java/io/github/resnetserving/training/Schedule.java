package io.github.resnetserving.training;

/** The learning rate over a run. */
public sealed interface Schedule {

  /**
   * The rate at a moment of the run.
   *
   * @param progress share of the run that is done, from 0 to below 1
   */
  double rate(double progress);

  /** The schedule in words, for a model card. */
  String describe();

  /**
   * Rises linearly to a peak, then falls along a half cosine to nothing (Smith and Topin 2017,
   * arXiv 1708.07120), which needs fewer epochs than steps do.
   *
   * @param peak the highest rate
   * @param warmup share of the run in which the rate rises
   */
  record OneCycle(double peak, double warmup) implements Schedule {
    @Override
    public double rate(double progress) {
      if (progress < warmup) {
        return peak * (0.04 + 0.96 * progress / warmup);
      }
      return peak * 0.5 * (1 + Math.cos(Math.PI * (progress - warmup) / (1 - warmup)));
    }

    @Override
    public String describe() {
      return "one cycle: up to %s over the first %.0f %%, then a half cosine to nothing"
          .formatted(peak, 100 * warmup);
    }
  }

  /**
   * Divides the rate by ten at half and at three quarters of the run (He et al. 2015, section 4.2).
   *
   * @param initial the first rate
   */
  record Step(double initial) implements Schedule {
    @Override
    public double rate(double progress) {
      return initial * (progress < 0.5 ? 1 : progress < 0.75 ? 0.1 : 0.01);
    }

    @Override
    public String describe() {
      return "%s, divided by ten at half and at three quarters".formatted(initial);
    }
  }
}
