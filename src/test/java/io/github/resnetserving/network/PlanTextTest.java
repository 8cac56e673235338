package io.github.resnetserving.network;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.resnetserving.network.Script.Value;
import org.junit.jupiter.api.Test;

class PlanTextTest {

  private static final Topology NETWORK = Architecture.named("cifar-resnet8", 10);

  @Test
  void aFusedBlockIsTwoOperators() {
    assertThat(trunk(new FusedOperators()))
        .contains(
            """
                v1 = ops.mkldnn._convolution_pointwise(v0, self.layer1_0_conv1_weight, \
            self.layer1_0_conv1_bias, [1, 1], [1, 1], [1, 1], 1, "relu", \
            annotate(List[Optional[number]], []), "")
                v2 = ops.mkldnn._convolution_pointwise_(v0, v1, self.layer1_0_conv2_weight, \
            self.layer1_0_conv2_bias, [1, 1], [1, 1], [1, 1], 1, "add", 1., "relu", \
            annotate(List[Optional[number]], []), "")
            """);
  }

  @Test
  void aShortcutWithoutWeightsIsSubsampledAndPaddedWithZeroChannels() {
    assertThat(trunk(new PlainOperators()))
        .contains(
            "torch.constant_pad_nd(torch.slice(torch.slice(v5, 2, 0, None, 2), 3, 0, None, 2),"
                + " [0, 0, 0, 0, 8, 8], 0.)");
  }

  @Test
  void thePreparationKnowsEachConvolutionsInput() {
    Script prepare = new Script();
    Preparation.write(prepare, NETWORK, 32);

    assertThat(prepare.method("prepare(self, batch: int) -> int"))
        .contains("self.conv1_weight, [1, 1], [1, 1], [1, 1], 1, [batch, 3, 32, 32])")
        .contains("self.layer3_0_conv1_weight, [1, 1], [2, 2], [1, 1], 1, [batch, 32, 16, 16])")
        .contains("self.layer3_0_conv2_weight, [1, 1], [1, 1], [1, 1], 1, [batch, 64, 8, 8])");
  }

  @Test
  void theModeOfBatchNormIsALiteral() {
    assertThat(trunk(new TrainingOperators(true))).contains("running_var, True, 0.1,");
    assertThat(trunk(new TrainingOperators(false))).contains("running_var, False, 0.1,");
  }

  private static String trunk(Operators operators) {
    Script script = new Script();
    new ForwardPass(NETWORK, operators).trunk(script, Value.input("x", 32));
    return script.method("trunk(self, x: Tensor) -> Tensor");
  }
}
