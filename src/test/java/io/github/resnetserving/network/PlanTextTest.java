package io.github.resnetserving.network;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.resnetserving.network.Script.Value;
import java.util.HashMap;
import java.util.Map;
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
  void theQuantizedPreparationKnowsEachConvolutionsInput() {
    Topology network = Architecture.named("resnet50", 10);
    Script prepare = new Script();
    new ForwardPass(network, new Prepacking(prepare, quantized(network)))
        .trunk(new Script(), Value.input("", 224));

    // The first one's frame is its padding. With a size too large by one, oneDNN would choose a
    // layout that it reorders at every run, which was seen to take longer than the convolutions.
    assertThat(prepare.method("prepare(self, batch: int) -> int"))
        .contains(
            "self.conv1_weight = ops.onednn.qconv_prepack(self.conv1_weight,"
                + " self.conv1_weight_scale, 1.0, 0, [2, 2], [0, 0], [1, 1], 1,"
                + " [batch, 3, 230, 230])")
        .contains("0.05, 0, [1, 1], [0, 0], [1, 1], 1, [batch, 64, 56, 56])")
        .contains("0.05, 0, [2, 2], [1, 1], [1, 1], 1, [batch, 512, 14, 14])")
        .contains("0.05, 0, [1, 1], [0, 0], [1, 1], 1, [batch, 2048, 7, 7])");
  }

  @Test
  void aQuantizedBlockIsTwoOperators() {
    assertThat(trunk(quantized(NETWORK)))
        .contains(
            """
                v1 = ops.onednn.qconv2d_pointwise(v0, 0.05, 0, self.layer1_0_conv1_weight, \
            self.layer1_0_conv1_weight_scale, self.weight_zero_point, self.layer1_0_conv1_bias, \
            [1, 1], [1, 1], [1, 1], 1, 0.05, 0, 0, "relu", \
            annotate(List[Optional[number]], []), "")
                v2 = ops.onednn.qconv2d_pointwise(v1, 0.05, 0, self.layer1_0_conv2_weight, \
            self.layer1_0_conv2_weight_scale, self.weight_zero_point, v0, \
            self.layer1_0_conv2_bias, [1, 1], [1, 1], [1, 1], 1, 0.05, 0, 0, 0.05, 0, "sum", 1., \
            "relu", annotate(List[Optional[number]], []), "")
            """);
  }

  private static QuantizedOperators quantized(Topology network) {
    Map<String, AffineQuantizer> quantizers = new HashMap<>();
    network
        .convolutions()
        .forEach(convolution -> quantizers.put(convolution.name(), new AffineQuantizer(0.05, 0)));
    quantizers.put(Value.INPUT, new AffineQuantizer(1, 0));
    return new QuantizedOperators(quantizers);
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
