package io.github.resnetserving.cluster;

import static io.github.resnetserving.cluster.Chart.environment;
import static io.github.resnetserving.cluster.Chart.render;
import static io.github.resnetserving.cluster.Chart.server;
import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.autoscaling.v2.HorizontalPodAutoscaler;
import io.github.resnetserving.capacity.CapacityPlan;
import io.github.resnetserving.capacity.CapacityPlan.Effort;
import io.github.resnetserving.capacity.CapacityPlan.Wanted;
import io.github.resnetserving.capacity.ChartValues;
import io.github.resnetserving.capacity.Figures;
import io.github.resnetserving.capacity.Figures.Besides;
import io.github.resnetserving.capacity.Figures.DecodedImage;
import io.github.resnetserving.capacity.Times.EquallyLikely;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The chart, whose schema refuses what it does not know, takes what capacity writes. */
class CapacityValuesTest {

  private static final Figures FIGURES =
      new Figures(
          "a processor",
          4,
          "cifar10-resnet20",
          "int8",
          "direct",
          1,
          4,
          List.of(new DecodedImage("photo.jpg", 60_000, new EquallyLikely(List.of(1.5)))),
          1.2,
          List.of(new EquallyLikely(List.of(5.0)), new EquallyLikely(List.of(9.0))),
          1,
          Optional.empty(),
          new Besides(0.4, 0.3, 0.2, 1000));

  private static CapacityPlan plan() throws Exception {
    return CapacityPlan.of(
        FIGURES.process(Duration.ofSeconds(10)),
        new Wanted(2000, 80, 1, 1.5),
        new Effort(5_000, /* seed= */ 1));
  }

  @Test
  void podsAndTheirAutoscalerHaveWhatWasPlanned() throws Exception {
    CapacityPlan plan = plan();

    Manifests manifests = render(ChartValues.yaml(plan, FIGURES, "hpa"));

    var scaler = manifests.only(HorizontalPodAutoscaler.class).getSpec();
    assertThat(scaler.getMinReplicas()).isEqualTo(2);
    assertThat(scaler.getMaxReplicas()).isEqualTo(plan.most()).isGreaterThan(plan.replicas());
    assertThat(scaler.getMetrics().getFirst().getResource().getTarget().getAverageUtilization())
        .isEqualTo((int) Math.round(100 * plan.planned().utilisation()));
    var server = server(manifests);
    assertThat(server.getResources().getRequests())
        .containsEntry("cpu", new Quantity("4"))
        .containsEntry("memory", new Quantity("1280Mi")); // 1.25 of what it had, in steps of 256
    assertThat(server.getResources().getLimits()).containsEntry("memory", new Quantity("1280Mi"));
    assertThat(environment(server)).isNotEmpty();
  }

  @Test
  void withoutAnAutoscalerThereAreAllReplicas() throws Exception {
    CapacityPlan plan = plan();

    Manifests manifests = render(ChartValues.yaml(plan, FIGURES, "none"));

    assertThat(manifests.only(Deployment.class).getSpec().getReplicas()).isEqualTo(plan.replicas());
  }

  @ParameterizedTest
  @ValueSource(strings = {"none", "hpa", "keda"})
  void everyScalerIsOneOfTheChart(String scaler) throws Exception {
    String values = ChartValues.yaml(plan(), FIGURES, scaler);

    assertThat(render(values)).isNotNull();
    assertThat(values).contains("  kind: " + scaler + "\n");
  }
}
