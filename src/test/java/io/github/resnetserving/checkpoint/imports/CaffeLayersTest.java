package io.github.resnetserving.checkpoint.imports;

import static io.github.resnetserving.checkpoint.imports.ForeignRefusalsTest.assertRefused;
import static io.github.resnetserving.checkpoint.imports.ForeignRefusalsTest.read;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.resnetserving.checkpoint.foreign.ForeignNetwork;
import io.github.resnetserving.checkpoint.wire.Caffe.BatchNormParameter;
import io.github.resnetserving.checkpoint.wire.Caffe.BlobProto;
import io.github.resnetserving.checkpoint.wire.Caffe.BlobShape;
import io.github.resnetserving.checkpoint.wire.Caffe.LayerParameter;
import io.github.resnetserving.checkpoint.wire.Caffe.NetParameter;
import io.github.resnetserving.checkpoint.wire.Caffe.PoolingParameter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Caffe's networks that differ in one layer from one that is read. */
class CaffeLayersTest {

  private static final Path FILES = Path.of("src/test/resources/foreign");

  @TempDir private Path folder;

  @Test
  void leakyReluOfCaffeIsRefused() throws Exception {
    assertRefused(
        caffe("conv1_relu", layer -> layer.getReluParamBuilder().setNegativeSlope(0.1f)),
        "at conv1_relu (ReLU) the ReLU has a negative slope");
  }

  @Test
  void aSumOfThreeIsRefused() throws Exception {
    assertRefused(
        caffe("res2a", layer -> layer.addBottom(layer.getBottom(0))),
        "at res2a (Eltwise) 3 activations are added; a block adds 2");
  }

  @Test
  void aStemOfALargeStrideIsRefused() throws Exception {
    assertRefused(
        caffe("conv1", layer -> layer.getConvolutionParamBuilder().clearStride().addStride(5)),
        "at conv1 (Convolution) the stem has stride 5; it must be 1 to 4");
  }

  @Test
  void stridesByHeightAndWidthAreReadWhereTheyAgree() throws Exception {
    Path same =
        caffe(
            "conv1",
            layer -> layer.getConvolutionParamBuilder().clearStride().setStrideH(2).setStrideW(2));
    assertThat(read(same).options().stemStride()).isEqualTo(2);
    assertRefused(
        caffe(
            "conv1",
            layer -> layer.getConvolutionParamBuilder().clearStride().setStrideH(2).setStrideW(1)),
        "at conv1 (Convolution) the window is not square");
  }

  @Test
  void aPoolThatRoundsDownIsNotTakenForOneThatRoundsUp() throws Exception {
    assertRefused(
        caffe(
            "pool1",
            layer -> layer.getPoolingParamBuilder().setRoundMode(PoolingParameter.RoundMode.FLOOR)),
        "at pool1 (Pooling) the pool has a window of 3 at stride 2 with 0 and 0 pixels of"
            + " padding;");
  }

  @Test
  void aMeanOfSinglePixelsIsNoPool() throws Exception {
    NetParameter.Builder net = NetParameter.newBuilder();
    for (LayerParameter layer : he().getLayerList()) {
      if (layer.getName().equals("res3a_branch1")) {
        net.addLayer(
            LayerParameter.newBuilder()
                .setName("one")
                .setType("Pooling")
                .addBottom(layer.getBottom(0))
                .addTop("one")
                .setPoolingParam(
                    PoolingParameter.newBuilder()
                        .setPool(PoolingParameter.PoolMethod.AVE)
                        .setKernelSize(1)));
        net.addLayer(layer.toBuilder().clearBottom().addBottom("one"));
      } else {
        net.addLayer(layer);
      }
    }

    assertThat(read(written(net)).tensors())
        .containsKeys("layer2.0.downsample.0.weight", "layer2.0.downsample.1.running_mean");
  }

  @Test
  void twoScalesInARowAreOne() throws Exception {
    NetParameter.Builder net = NetParameter.newBuilder();
    for (LayerParameter layer : he().getLayerList()) {
      net.addLayer(layer);
      if (layer.getName().equals("scale_conv1")) {
        net.addLayer(layer.toBuilder().clearBlobs().addBlobs(blob(8, 2)).addBlobs(blob(8, 1)));
      }
    }
    ForeignNetwork once = read(written(he().toBuilder()));
    float[] scale = numbers(once, "layer0.bn1.weight");
    float[] shift = numbers(once, "layer0.bn1.bias");
    ForeignNetwork twice = read(written(net));

    for (int i = 0; i < scale.length; i++) {
      assertThat(numbers(twice, "layer0.bn1.weight")[i]).isEqualTo(2 * scale[i]);
      assertThat(numbers(twice, "layer0.bn1.bias")[i]).isEqualTo(2 * shift[i] + 1);
    }
  }

  @Test
  void aScaleOfTwoActivationsIsRefusedByName() throws Exception {
    assertRefused(
        caffe("scale_conv1", layer -> layer.clearBlobs().addBottom("data")),
        "at scale_conv1 (Scale) two activations are multiplied");
  }

  @Test
  void aNormOfTheImageIsOfRedGreenAndBlue() throws Exception {
    ForeignNetwork.Scale scale = Objects.requireNonNull(read(withImageNorm(3)).scale());

    assertThat(scale.mean()).containsExactly(3.0, 2.0, 1.0);
    assertThat(scale.std().getFirst()).isCloseTo(2.0, within(1e-5));
  }

  @Test
  void aNormOfTheImageThatNegatesIsRefused() throws Exception {
    NetParameter.Builder net = NetParameter.newBuilder();
    for (LayerParameter layer :
        NetParameter.parseFrom(Files.readAllBytes(withImageNorm(3))).getLayerList()) {
      net.addLayer(layer);
      if (layer.getName().equals("norm")) {
        net.addLayer(layer.toBuilder().setType("Scale").clearBlobs().addBlobs(blob(3, -1)));
      }
    }

    assertRefused(written(net), "the norm of the image divides by -2.0");
  }

  @Test
  void aNormOfTheImageOfOtherChannelsIsRefused() throws Exception {
    assertRefused(withImageNorm(4), "the norm of the image has 4 channels; an image has 3");
  }

  private static float[] numbers(ForeignNetwork network, String name) {
    return ForeignRefusalsTest.values(network, name);
  }

  private static NetParameter he() throws IOException {
    return NetParameter.parseFrom(Files.readAllBytes(FILES.resolve("he.caffemodel")));
  }

  private Path caffe(String layer, Consumer<LayerParameter.Builder> change) throws IOException {
    NetParameter.Builder net = he().toBuilder();
    for (LayerParameter.Builder own : net.getLayerBuilderList()) {
      if (own.getName().equals(layer)) {
        change.accept(own);
      }
    }
    return written(net);
  }

  private Path written(NetParameter.Builder net) throws IOException {
    Path file = folder.resolve("net.caffemodel");
    Files.write(file, net.setName("net").build().toByteArray());
    return file;
  }

  private static BlobProto blob(int count, float value) {
    BlobProto.Builder blob = BlobProto.newBuilder().setShape(BlobShape.newBuilder().addDim(count));
    for (int i = 0; i < count; i++) {
      blob.addData(value);
    }
    return blob.build();
  }

  /** Begins with a norm that takes 1, 2, 3 … of blue, green, red, and halves them. */
  private Path withImageNorm(int channels) throws IOException {
    BlobProto.Builder mean = blob(channels, 0).toBuilder();
    for (int i = 0; i < channels; i++) {
      mean.setData(i, i + 1);
    }
    NetParameter.Builder net = NetParameter.newBuilder();
    for (LayerParameter layer : he().getLayerList()) {
      net.addLayer(layer);
      if (layer.getType().equals("Input")) {
        net.addLayer(
            LayerParameter.newBuilder()
                .setName("norm")
                .setType("BatchNorm")
                .addBottom("data")
                .addTop("data")
                .addBlobs(mean)
                .addBlobs(blob(channels, 4))
                .addBlobs(blob(1, 1))
                .setBatchNormParam(BatchNormParameter.newBuilder().setEps(1e-5f)));
      }
    }
    return written(net);
  }
}
