package io.github.resnetserving.capacity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.github.resnetserving.capacity.CapacityPlan.Effort;
import io.github.resnetserving.capacity.CapacityPlan.UnreachableException;
import io.github.resnetserving.capacity.CapacityPlan.Wanted;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;

class CapacityPlanTest {

  private static final Effort EFFORT = new Effort(10_000, 1);

  /** 100 requests a second, one after the other. */
  private static final ProcessModel CONSTANT = Models.computing(1, 1, _ -> Times.always(10));

  @Test
  void replicasCarryTheRateAndSomeAreSpare() throws Exception {
    CapacityPlan plan = CapacityPlan.of(CONSTANT, new Wanted(1000, 60, 1, 1.5), EFFORT);

    assertThat(plan.capacity()).isCloseTo(100, within(0.1));
    assertThat(plan.highest().p99()).isLessThanOrEqualTo(60);
    int needed = (int) Math.ceil(1000 / plan.highest().rate());
    assertThat(plan.replicas()).isEqualTo(needed + 1);
    assertThat(plan.most()).isEqualTo((int) Math.ceil(1500 / plan.highest().rate()) + 1);
    assertThat(plan.planned().rate()).isEqualTo(1000.0 / plan.replicas());
    assertThat(plan.planned().utilisation())
        .isCloseTo(plan.planned().rate() / plan.capacity(), within(0.01));
  }

  @Test
  void theHighestLoadIsTheLastThatKeepsTheP99() throws Exception {
    CapacityPlan plan = CapacityPlan.of(CONSTANT, new Wanted(1000, 60, 1, 1.5), EFFORT);

    LoadPoint more = LoadPoint.at(plan.highest().rate() + 1, CONSTANT, 10_000, 1);
    assertThat(more.p99()).isGreaterThan(60);
  }

  @Test
  void aLongP99AllowsNineTenthsOfTheCapacity() throws Exception {
    CapacityPlan plan = CapacityPlan.of(CONSTANT, new Wanted(90, 5000, 0, 1), EFFORT);

    assertThat(plan.highest().rate()).isCloseTo(90, within(0.1));
    assertThat(plan.replicas()).isEqualTo(plan.most()).isBetween(1, 2);
  }

  @Test
  void aP99ThatNoLoadKeepsIsRefused() {
    assertThatThrownBy(() -> CapacityPlan.of(CONSTANT, new Wanted(10, 9, 1, 1.5), EFFORT))
        .isInstanceOf(UnreachableException.class)
        .hasMessageMatching(
            "a p99 of 9 ms cannot be kept here: it is 1\\d\\.\\d ms with a load of 5 % already\\."
                + " Allow more, or take a smaller network, a faster precision, or smaller images");
  }

  @Test
  void theKneeHasMostAnswersForItsP99() throws Exception {
    CapacityPlan plan = CapacityPlan.of(CONSTANT, new Wanted(1000, 60, 1, 1.5), EFFORT);

    assertThat(plan.loads()).hasSize(10);
    assertThat(plan.loads())
        .allMatch(load -> load.goodput() / load.p99() <= plan.knee().goodput() / plan.knee().p99());
    assertThat(plan.knee().rate()).isBetween(30.0, 70.0);
  }

  @Test
  void theReplicasOfARateAreRoundedUp() {
    assertThat(CapacityPlan.replicas(100, 50)).isEqualTo(2);
    assertThat(CapacityPlan.replicas(100.1, 50)).isEqualTo(3);
    assertThat(CapacityPlan.replicas(1, 50)).isEqualTo(1);
  }

  @Test
  void loadsAreDrawn() throws Exception {
    CapacityPlan plan = CapacityPlan.of(CONSTANT, new Wanted(1000, 60, 1, 1.5), EFFORT);

    BufferedImage drawn = read(LatencyChart.png("a network", plan));

    assertThat(drawn.getWidth()).isEqualTo(900);
    assertThat(drawn.getHeight()).isEqualTo(540);
  }

  private static BufferedImage read(byte[] png) throws IOException {
    return ImageIO.read(new ByteArrayInputStream(png));
  }
}
