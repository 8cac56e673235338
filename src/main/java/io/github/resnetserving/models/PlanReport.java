package io.github.resnetserving.models;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.Collections;
import java.util.List;
import java.util.SequencedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What computes a network, and what was tried to find it.
 *
 * @param plan the operators that serve, such as {@code fused}
 * @param precision what they compute in, such as {@code bf16}
 * @param device what computes, such as {@code cpu} or {@code gpu:0}
 * @param copies how often the weights were prepared: twice where single images run markedly faster
 *     with weights prepared for them. A direct plan keeps once in memory what lies alike
 * @param trials every plan that was measured, that which serves among them; empty where none was
 */
public record PlanReport(
    @JsonProperty("plan") String plan,
    @JsonProperty("precision") String precision,
    @JsonProperty("device") String device,
    @JsonProperty("copies") int copies,
    @JsonProperty("trials") List<PlanMeasurement> trials) {

  public PlanReport {
    trials = List.copyOf(trials);
  }

  /** On the processor. */
  public PlanReport(String plan, String precision, int copies, List<PlanMeasurement> trials) {
    this(plan, precision, "cpu", copies, trials);
  }

  /**
   * Whether an image was found to have the same bits alone, again and in every batch that was
   * tried; false, too, where that was not looked for.
   */
  public boolean deterministic() {
    return trials.stream()
        .anyMatch(trial ->
            trial.deterministic()
                && trial.plan().equals(plan)
                && trial.precision().equals(precision));
  }

  /**
   * What became of one way to compute a network on this machine.
   *
   * @param plan its operators, such as {@code fused}
   * @param precision what it computes in, such as {@code bf16}
   * @param rates images a second by batch size, of all workers together; empty where it was not
   *     timed
   * @param difference the largest difference of a logit from the first trial's on the probe images,
   *     as a part of the largest logit; null where it was not compared
   * @param deterministic whether an image had the same bits alone, again and in every batch that
   *     was tried; false where it did not run, or where that was not looked for
   * @param refused why it does not serve although it may be the fastest; null where nothing is
   *     wrong with it
   */
  public record PlanMeasurement(
      @JsonProperty("plan") String plan,
      @JsonProperty("precision") String precision,
      @JsonProperty("rates") SequencedMap<Integer, Double> rates,
      @JsonProperty("difference") @Nullable Double difference,
      @JsonProperty("deterministic") boolean deterministic,
      @JsonProperty("refused") @Nullable String refused) {

    public PlanMeasurement {
      rates = Collections.unmodifiableSortedMap(new TreeMap<>(rates));
    }

    /** The same, refused. */
    public PlanMeasurement refused(String reason) {
      return new PlanMeasurement(plan, precision, rates, difference, deterministic, reason);
    }

    /** Milliseconds an image, the mean over the batch sizes; infinite where it did not run. */
    public double millis() {
      return rates.values().stream()
          .mapToDouble(rate -> 1000 / rate)
          .average()
          .orElse(Double.POSITIVE_INFINITY);
    }
  }
}
