package io.github.resnetserving.training;

import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import java.util.List;

/** The learning rate over a run, as a factor of the highest. */
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "kind")
@JsonSubTypes({
  @JsonSubTypes.Type(value = Schedule.Constant.class, name = "constant"),
  @JsonSubTypes.Type(value = Schedule.OneCycle.class, name = "one-cycle"),
  @JsonSubTypes.Type(value = Schedule.Cosine.class, name = "cosine"),
  @JsonSubTypes.Type(value = Schedule.Step.class, name = "step"),
  @JsonSubTypes.Type(value = Schedule.Plateau.class, name = "plateau"),
  @JsonSubTypes.Type(value = Schedule.Inverse.class, name = "inverse")
})
public sealed interface Schedule {

  /**
   * The factor of a step.
   *
   * @param progress share of the run that is done, from 0 to below 1
   * @param step steps done
   * @param history every epoch before this one
   */
  double factor(double progress, long step, List<EpochResult> history);

  /** The schedule in words, after the highest rate. */
  String describe();

  /** Always the same. */
  record Constant() implements Schedule {
    @Override
    public double factor(double progress, long step, List<EpochResult> history) {
      return 1;
    }

    @Override
    public String describe() {
      return "constant";
    }
  }

  /**
   * Rises linearly to the highest rate, then falls along a half cosine to nothing (Smith and Topin
   * 2017, arXiv 1708.07120), which needs fewer epochs than steps do.
   *
   * @param warmup share of the run in which the rate rises
   */
  record OneCycle(double warmup) implements Schedule {
    public OneCycle {
      requireShare("warmup", warmup);
    }

    @Override
    public double factor(double progress, long step, List<EpochResult> history) {
      return progress < warmup
          ? 0.04 + 0.96 * progress / warmup
          : 0.5 * (1 + Math.cos(Math.PI * (progress - warmup) / (1 - warmup)));
    }

    @Override
    public String describe() {
      return "one cycle: rising over the first %.0f %%, then a half cosine to nothing"
          .formatted(100 * warmup);
    }
  }

  /**
   * Falls along a half cosine to nothing, after a linear rise from nothing.
   *
   * @param warmup share of the run in which the rate rises
   */
  record Cosine(double warmup) implements Schedule {
    public Cosine {
      requireShare("warmup", warmup);
    }

    @Override
    public double factor(double progress, long step, List<EpochResult> history) {
      return progress < warmup
          ? progress / warmup
          : 0.5 * (1 + Math.cos(Math.PI * (progress - warmup) / (1 - warmup)));
    }

    @Override
    public String describe() {
      return "a half cosine to nothing, after %.0f %% of linear rise".formatted(100 * warmup);
    }
  }

  /**
   * Divides the rate by ten at shares of the run (He et al. 2015, section 4.2: a half and three
   * quarters).
   *
   * @param at ascending shares of the run
   */
  record Step(List<Double> at) implements Schedule {
    public Step {
      at = at == null ? List.of(0.5, 0.75) : List.copyOf(at);
      at.forEach(share -> requireShare("at", share));
    }

    @Override
    public double factor(double progress, long step, List<EpochResult> history) {
      long passed = at.stream().filter(share -> progress >= share).count();
      return Math.pow(10, (double) -passed);
    }

    @Override
    public String describe() {
      return "divided by ten at %s of the run".formatted(at);
    }
  }

  /**
   * Divides the rate when the validation loss has not fallen for some epochs (He et al. 2015,
   * section 3.4).
   *
   * @param factor by which the rate is multiplied
   * @param patience epochs without a lower loss that are borne
   */
  record Plateau(double factor, int patience) implements Schedule {
    public Plateau {
      if (!(factor > 0 && factor < 1) || patience < 1) {
        throw new IllegalArgumentException(
            "a plateau's factor is %s and patience %d: they must be between 0 and 1, and at least 1"
                .formatted(factor, patience));
      }
    }

    @Override
    public double factor(double progress, long step, List<EpochResult> history) {
      double lowest = Double.POSITIVE_INFINITY;
      double now = 1;
      int waited = 0;
      for (EpochResult epoch : history) {
        if (epoch.validationLoss() < lowest) {
          lowest = epoch.validationLoss();
          waited = 0;
        } else if (++waited > patience) {
          now *= factor;
          waited = 0;
        }
      }
      return now;
    }

    @Override
    public String describe() {
      return "multiplied by %s where the validation loss has not fallen for more than %d epochs"
          .formatted(factor, patience);
    }
  }

  /**
   * {@code rate / (1 + decay * step)}, as Keras's optimisers decay.
   *
   * @param decay a step
   */
  record Inverse(double decay) implements Schedule {
    @Override
    public double factor(double progress, long step, List<EpochResult> history) {
      return 1 / (1 + decay * step);
    }

    @Override
    public String describe() {
      return "divided by 1 + %s · step".formatted(decay);
    }
  }

  private static void requireShare(String name, double value) {
    if (!(value >= 0 && value < 1)) {
      throw new IllegalArgumentException(
          "%s is %s: it is a share of the run, from 0 to below 1".formatted(name, value));
    }
  }
}
