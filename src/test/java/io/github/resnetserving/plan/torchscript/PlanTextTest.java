package io.github.resnetserving.plan.torchscript;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.resnetserving.engine.FormulaNetwork;
import io.github.resnetserving.graph.Architecture;
import io.github.resnetserving.graph.AveragingShortcuts;
import io.github.resnetserving.graph.Folding;
import io.github.resnetserving.graph.Graph;
import io.github.resnetserving.graph.TestWeights;
import io.github.resnetserving.graph.Topology;
import io.github.resnetserving.models.Normalization;
import io.github.resnetserving.plan.PlanKind;
import io.github.resnetserving.plan.Target;
import io.github.resnetserving.tensor.DType;
import io.github.resnetserving.tensor.Precision;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import java.util.zip.ZipFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PlanTextTest {

  private static final Topology NETWORK = Architecture.named("cifar-resnet8", 10);

  private static final Folding NO_WEIGHTS = TestWeights.none();

  @TempDir private Path folder;

  @Test
  void aFusedBlockIsTwoOperators() {
    assertThat(trunk(fused(NETWORK, 32)))
        .contains(
            """
                v1 = ops.mkldnn._convolution_pointwise(v0, self.layer1_0_conv1_weight, \
            self.layer1_0_conv1_bias, pair1, pair1, pair1, 1, "relu", no_scalars, "")
                v2 = ops.mkldnn._convolution_pointwise_(v0, v1, self.layer1_0_conv2_weight, \
            self.layer1_0_conv2_bias, pair1, pair1, pair1, 1, "add", 1., "relu", no_scalars, "")
            """);
  }

  @Test
  void listsAreMadeOnceInARunAndTheClassifierIsOneDnns() {
    Lowering lowering = fused(NETWORK, 32);
    Script script = new Script();
    script.line("return " + lowering.write(script, "x", Graph.LOGITS).of(Graph.LOGITS));

    assertThat(script.method("run(self, x: Tensor) -> Tensor"))
        .startsWith(
            """
              def run(self, x: Tensor) -> Tensor:
                pair1 = [1, 1]
                no_scalars = annotate(List[Optional[number]], [])
            """)
        .contains(
            """
            = ops.mkldnn._linear_pointwise(v9, self.linear_weight, self.linear_bias, \
            "none", no_scalars, "")
            """);
  }

  @Test
  void aShortcutWithoutWeightsIsSubsampledAndPaddedWithZeroChannels() {
    assertThat(trunk(new PlainLowering(Graph.of(NETWORK, 32), NO_WEIGHTS)))
        .contains(
            "torch.constant_pad_nd(torch.slice(torch.slice(v5, 2, 0, None, 2), 3, 0, None, 2),"
                + " [0, 0, 0, 0, 8, 8], 0.)");
  }

  @Test
  void thePreparationKnowsEachConvolutionsInput() {
    Script prepare = new Script();
    fused(NETWORK, 32).prepare(prepare);

    assertThat(prepare.method("prepare(self, batch: int) -> int"))
        .contains("self.conv1_weight, [1, 1], [1, 1], [1, 1], 1, [batch, 3, 32, 32])")
        .contains("self.layer3_0_conv1_weight, [1, 1], [2, 2], [1, 1], 1, [batch, 32, 16, 16])")
        .contains("self.layer3_0_conv2_weight, [1, 1], [1, 1], [1, 1], 1, [batch, 64, 8, 8])");
  }

  @Test
  void theQuantizedPreparationKnowsEachConvolutionsInput() {
    Topology network = Architecture.named("resnet50", 10);
    Script prepare = new Script();
    quantized(network, 224).prepare(prepare);

    // The first one's frame is its padding. With a size too large by one, oneDNN would choose a
    // layout that it reorders at every run, which was seen to take longer than the convolutions.
    assertThat(prepare.method("prepare(self, batch: int) -> int"))
        .contains(
            "self.conv1_weight = ops.onednn.qconv_prepack(self.conv1_weight,"
                + " self.conv1_weight_scale, 1.0, 0, pair2, pair0, pair1, 1,"
                + " [batch, 3, 230, 230])")
        .contains("0.05, 0, pair1, pair0, pair1, 1, [batch, 64, 56, 56])")
        .contains("0.05, 0, pair2, pair1, pair1, 1, [batch, 512, 14, 14])")
        .contains("0.05, 0, pair1, pair0, pair1, 1, [batch, 2048, 7, 7])");
  }

  @Test
  void aQuantizedBlockIsTwoOperators() {
    assertThat(trunk(quantized(NETWORK, 32)))
        .contains(
            """
                v1 = ops.onednn.qconv2d_pointwise(v0, 0.05, 0, self.layer1_0_conv1_weight, \
            self.layer1_0_conv1_weight_scale, self.weight_zero_point, self.layer1_0_conv1_bias, \
            pair1, pair1, pair1, 1, 0.05, 0, 0, "relu", no_scalars, "")
                v2 = ops.onednn.qconv2d_pointwise(v1, 0.05, 0, self.layer1_0_conv2_weight, \
            self.layer1_0_conv2_weight_scale, self.weight_zero_point, v0, \
            self.layer1_0_conv2_bias, pair1, pair1, pair1, 1, 0.05, 0, 0, 0.05, 0, "sum", 1., \
            "relu", no_scalars, "")
            """);
  }

  @Test
  void aGpusBlockIsTwoOperators() {
    assertThat(trunk(cudnn(NETWORK, 32)))
        .contains(
            """
                v1 = torch.cudnn_convolution_relu(v0, self.layer1_0_conv1_weight, \
            self.layer1_0_conv1_bias, [1, 1], [1, 1], [1, 1], 1)
                v2 = torch.cudnn_convolution_add_relu(v1, self.layer1_0_conv2_weight, v0, 1., \
            self.layer1_0_conv2_bias, [1, 1], [1, 1], [1, 1], 1)
            """);
  }

  @Test
  void aGpusProjectionHasNoBiasOfItsOwn() {
    assertThat(trunk(cudnn(Architecture.named("resnet50", 10), 224)))
        .contains(
            """
                v2 = torch.conv2d(v1, self.layer1_0_downsample_0_weight, None, \
            [1, 1], [0, 0], [1, 1], 1)
                v3 = torch.cudnn_convolution_relu(v1, self.layer1_0_conv1_weight, \
            self.layer1_0_conv1_bias, [1, 1], [0, 0], [1, 1], 1)
                v4 = torch.cudnn_convolution_relu(v3, self.layer1_0_conv2_weight, \
            self.layer1_0_conv2_bias, [1, 1], [1, 1], [1, 1], 1)
                v5 = torch.cudnn_convolution_add_relu(v4, self.layer1_0_conv3_weight, v2, 1., \
            self.layer1_0_conv3_bias, [1, 1], [0, 0], [1, 1], 1)
            """);
  }

  /** The whole text of a plan for a GPU, but for the blocks in its middle. */
  @Test
  void aGpusPlanTakesItsInputFromTheProcessorAndAnswersInFloat32() throws Exception {
    Path file = folder.resolve("plan.pt");
    try (FormulaNetwork formula = FormulaNetwork.of(NETWORK)) {
      ScriptPlanWriter.write(
          file,
          formula.network(),
          Target.GPU,
          PlanKind.FUSED,
          Precision.FP16,
          32,
          Normalization.CIFAR10);
    }
    String code;
    try (ZipFile zip = new ZipFile(file.toFile());
        InputStream in = zip.getInputStream(zip.getEntry("archive/code/__torch__.py"))) {
      code = new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }

    assertThat(code)
        .contains(
            """
              def prepare(self, batch: int) -> int:
                self.conv1_weight = torch.contiguous(self.conv1_weight, memory_format=2)
                self.layer1_0_conv1_weight = \
            torch.contiguous(self.layer1_0_conv1_weight, memory_format=2)
            """)
        .contains(
            """
              def run(self, pixels: Tensor) -> Tuple[Tensor, Tensor]:
                v0 = torch.to(pixels, ops.prim.device(self.input_scale), None, True)
                v1 = torch.permute(v0, [0, 3, 1, 2])
                v2 = torch.to(v1, 6, False, False, None)
                v3 = torch.addcmul(self.input_shift, v2, self.input_scale)
                v4 = torch.contiguous(v3, memory_format=2)
                v5 = torch.to(v4, 5, False, False, None)
                v6 = torch.cudnn_convolution_relu(v5, self.conv1_weight, self.conv1_bias, \
            [1, 1], [1, 1], [1, 1], 1)
            """)
        .contains(
            """
                v15 = torch.mean(v14, [2, 3], False, dtype=6)
                v16 = torch.linear(v15, self.linear_weight, self.linear_bias)
                return (v16, v15)
            """)
        .contains(
            """
              def staging(self, bytes: int) -> Tensor:
                return torch.empty([bytes], dtype=0, layout=None, device=torch.device("cpu"), \
            pin_memory=ops.prim.is_cuda(self.input_scale), memory_format=None)
            """)
        .contains("torch.to(classes, ops.prim.device(self.input_scale), None, True)");
  }

  private static Lowering fused(Topology network, int side) {
    return new FusedLowering(Graph.of(network, side), NO_WEIGHTS, DType.F32);
  }

  private static Lowering cudnn(Topology network, int side) {
    return new CudnnLowering(Graph.of(network, side), NO_WEIGHTS, DType.F16);
  }

  /** Every activation spans from 0 to 12.75. */
  private static Lowering quantized(Topology network, int side) {
    return new QuantizedLowering(
        Graph.of(network, side), TestWeights.uniform(network, side, 12.75));
  }

  @Test
  void theMeanOfWindowsCountsOnlyWhatLiesInsideAndOfBytesNeedsAQuantisedTensor() {
    Topology averaging = AveragingShortcuts.TOPOLOGY;

    assertThat(trunk(fused(averaging, 30)))
        .contains("= torch.avg_pool2d(v2, [2, 2], [2, 2], [0, 0], True, False, None)");
    assertThat(trunk(quantized(averaging, 30)))
        .contains(
            """
                v3 = torch._make_per_tensor_quantized_tensor(v2, 0.05, 0)
                v4 = torch.avg_pool2d(v3, [2, 2], [2, 2], [0, 0], True, False, None)
                v5 = torch.int_repr(v4)
            """);
  }

  @Test
  void theModeOfBatchNormIsALiteral() {
    assertThat(trunk(eager(true))).contains("running_var, True, 0.1,");
    assertThat(trunk(eager(false))).contains("running_var, False, 0.1,");
  }

  private static Lowering eager(boolean training) {
    return new EagerLowering(Graph.of(NETWORK, 32), Map.of(), convolution -> training);
  }

  private static String trunk(Lowering lowering) {
    Script script = new Script();
    lowering.write(script, "x", lowering.graph().last());
    return script.method("trunk(self, x: Tensor) -> Tensor");
  }
}
