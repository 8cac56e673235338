package io.github.resnetserving.models;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.List;

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
}
