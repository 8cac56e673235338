package io.github.resnetserving.checkpoint.imports;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.google.protobuf.ByteString;
import io.github.resnetserving.checkpoint.TensorSource;
import io.github.resnetserving.checkpoint.WeightsException;
import io.github.resnetserving.checkpoint.foreign.ForeignGraph;
import io.github.resnetserving.checkpoint.foreign.ForeignNetwork;
import io.github.resnetserving.checkpoint.foreign.ForeignNode;
import io.github.resnetserving.checkpoint.foreign.ForeignNode.Array;
import io.github.resnetserving.checkpoint.foreign.ForeignNode.Operation;
import io.github.resnetserving.checkpoint.foreign.ForeignNode.Operation.Plain;
import io.github.resnetserving.checkpoint.foreign.ForeignNode.Window;
import io.github.resnetserving.checkpoint.foreign.GraphRecognition;
import io.github.resnetserving.checkpoint.wire.Caffe.BatchNormParameter;
import io.github.resnetserving.checkpoint.wire.Caffe.BlobProto;
import io.github.resnetserving.checkpoint.wire.Caffe.BlobShape;
import io.github.resnetserving.checkpoint.wire.Caffe.LayerParameter;
import io.github.resnetserving.checkpoint.wire.Caffe.NetParameter;
import io.github.resnetserving.checkpoint.wire.Caffe.PoolingParameter;
import io.github.resnetserving.checkpoint.wire.Onnx.ModelProto;
import io.github.resnetserving.checkpoint.wire.Onnx.NodeProto;
import io.github.resnetserving.checkpoint.wire.Onnx.TensorProto;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Files that differ in one thing from one that is read: it is refused, or means what it says. */
class ForeignRefusalsTest {

  private static final Path FILES = Path.of("src/test/resources/foreign");

  @TempDir private Path folder;

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "link-outside.h5 | has no array kernel in the file itself: save the model in one file",
        "link-itself.h5 | has no array kernel in the file itself: save the model in one file",
        "compressed.h5 | /conv1_conv/kernel is in chunks, as compressed arrays are, or in other"
            + " files: save"
      })
  void kerasArraysThatAreNotPlainlyInTheFileAreRefused(String file, String message) {
    assertRefused(FILES.resolve(file), message);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "\"activation\": \"relu\" | \"activation\": {\"class_name\": \"ReLU\", \"config\":"
            + " {\"negative_slope\": 0.1}} | the ReLU has a negative slope or a threshold",
        "\"activation\": \"relu\" | \"activation\": {\"class_name\": \"ReLU\", \"config\":"
            + " {\"threshold\": 1}} | the ReLU has a negative slope or a threshold",
        "\"activation\": \"relu\" | \"activation\": {\"class_name\": \"ReLU\", \"config\":"
            + " {\"max_value\": 6}} | the ReLU has a largest value"
      })
  void kerasActivationsThatAreNotPlainAreRefused(String from, String to, String message)
      throws Exception {
    assertRefused(archive(from, to, /* compressed= */ false), message);
  }

  @Test
  void aKerasArchiveWithCompressedWeightsIsRefused() throws Exception {
    assertRefused(archive("", "", /* compressed= */ true), "its model.weights.h5 is compressed");
  }

  @Test
  void arraysOfGluonThatNoNetworkHasAreRefused() throws Exception {
    assertRefused(
        replaced("gluon-v1.params", "output.bias", "output.gate"),
        "its array output.gate is none of the networks of Gluon that run here");
  }

  @Test
  void layersOfKerasThatNoNetworkHasAreRefused() throws Exception {
    assertRefused(
        replaced("theano.h5", "predictions", "predictionz"),
        "its layer predictionz is none of a ResNet of Keras Applications");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "\"eps\": \"1e-05\" | \"eps\": \"tiny\" | has a norm whose eps is \"tiny\"",
        "\"pool_type\": \"max\" | \"pool_type\": \"sum\" | neither the largest nor the mean"
      })
  void settingsOfASymbolThatAreUnknownAreRefused(String from, String to, String message)
      throws Exception {
    assertRefused(symbol(from, to), message);
  }

  @Test
  void anEpsilonOfAllItsDigitsIsTaken() throws Exception {
    float[] told = values(read(symbol("", "")), "bn1.running_var");
    float[] precise =
        values(
            read(symbol("\"eps\": \"1e-05\"", "\"eps\": \"0.00001000000000000000\"")),
            "bn1.running_var");

    assertThat(precise).containsExactly(told);
  }

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
    float[] scale = values(once, "layer0.bn1.weight");
    float[] shift = values(once, "layer0.bn1.bias");
    ForeignNetwork twice = read(written(net));

    for (int i = 0; i < scale.length; i++) {
      assertThat(values(twice, "layer0.bn1.weight")[i]).isEqualTo(2 * scale[i]);
      assertThat(values(twice, "layer0.bn1.bias")[i]).isEqualTo(2 * shift[i] + 1);
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

  @Test
  void aConstantThatIsPassedOnIsOne() throws Exception {
    ModelProto zoo = ModelProto.parseFrom(Files.readAllBytes(FILES.resolve("zoo-v2.onnx")));
    ModelProto.Builder model = zoo.toBuilder();
    model.getGraphBuilder().clearNode();
    model
        .getGraphBuilder()
        .addNode(
            NodeProto.newBuilder().setOpType("Identity").addInput("fc_weight").addOutput("same"));
    for (NodeProto node : zoo.getGraph().getNodeList()) {
      List<String> inputs = new ArrayList<>(node.getInputList());
      inputs.replaceAll(name -> name.equals("fc_weight") ? "same" : name);
      model.getGraphBuilder().addNode(node.toBuilder().clearInput().addAllInput(inputs));
    }

    assertThat(read(onnx(model)).tensors()).containsKey("fc.weight");
  }

  @Test
  void aVectorThatNoNetworkHasIsRefused() throws Exception {
    ModelProto.Builder model =
        ModelProto.parseFrom(Files.readAllBytes(FILES.resolve("zoo-v2.onnx"))).toBuilder();
    for (TensorProto.Builder tensor : model.getGraphBuilder().getInitializerBuilderList()) {
      if (tensor.getName().equals("bn1_mean")) {
        tensor.clearDims().addDims(70_000).setRawData(ByteString.copyFrom(new byte[4 * 70_000]));
      }
    }

    assertRefused(onnx(model), "a norm or bias has 70000 numbers, more than the 65536 channels");
  }

  @Test
  void oneVectorThatIsNamedVeryOftenIsRefused() throws Exception {
    ForeignNode.Vectors vectors = new ForeignNode.Vectors();
    Array vector = Array.of(new float[1 << 16]);
    for (int i = 0; i < 256; i++) {
      assertThat(vectors.read(vector)).hasSize(1 << 16);
    }

    assertThatThrownBy(() -> vectors.read(vector))
        .isInstanceOf(WeightsException.class)
        .hasMessageContaining("more than 16777216 numbers, which no ResNet has");
  }

  @Test
  void whatWouldBeWrittenIsBounded() {
    Window window = new Window(3, 1, 1, 1, /* ceil= */ false);
    Operation image = new Operation.Convolve(zeros(2, 3, 3, 3), null, window);
    Operation map = new Operation.Convolve(zeros(2, 2, 3, 3), null, window);
    Array huge = new Array(List.of(300_000_000, 2), () -> new float[0]);
    ForeignGraph graph =
        new ForeignGraph(
            "image",
            List.of(
                new ForeignNode("", "", List.of("image"), "stem", image),
                new ForeignNode("", "", List.of("stem"), "a", Plain.RELU),
                new ForeignNode("", "", List.of("a"), "b", map),
                new ForeignNode("", "", List.of("b"), "c", Plain.RELU),
                new ForeignNode("", "", List.of("c"), "d", map),
                new ForeignNode("", "", List.of("d", "a"), "e", Plain.ADD),
                new ForeignNode("", "", List.of("e"), "f", Plain.RELU),
                new ForeignNode("", "", List.of("f"), "g", Plain.GLOBAL_POOL),
                new ForeignNode("", "", List.of("g"), "h", new Operation.Classify(huge, null))));

    assertThatThrownBy(() -> GraphRecognition.of(graph))
        .isInstanceOf(WeightsException.class)
        .hasMessageContaining("its weights take more than 2 GiB");
  }

  private static Array zeros(int... shape) {
    List<Integer> sizes = Arrays.stream(shape).boxed().toList();
    int count = Arrays.stream(shape).reduce(1, (a, b) -> a * b);
    return new Array(sizes, () -> new float[count]);
  }

  @Test
  void numbersThatAreNotRawAreNamed() throws Exception {
    ModelProto.Builder model =
        ModelProto.parseFrom(Files.readAllBytes(FILES.resolve("zoo-v2.onnx"))).toBuilder();
    model.getGraphBuilder().getInitializerBuilder(0).setDataType(11).clearRawData();

    assertRefused(onnx(model), "has numbers of type F64 that are not raw");
  }

  private static void assertRefused(Path file, String message) {
    assertThatThrownBy(() -> read(file))
        .isInstanceOf(WeightsException.class)
        .hasMessageContaining(message);
  }

  private static ForeignNetwork read(Path file) throws WeightsException {
    return ForeignFile.open(file).orElseThrow().network();
  }

  private static float[] values(ForeignNetwork network, String name) {
    TensorSource tensor = Objects.requireNonNull(network.tensors().get(name), name);
    byte[] bytes = tensor.elements().get();
    FloatBuffer numbers = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer();
    float[] values = new float[numbers.remaining()];
    numbers.get(values);
    return values;
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

  private Path onnx(ModelProto.Builder model) throws IOException {
    Path file = folder.resolve("net.onnx");
    Files.write(file, model.build().toByteArray());
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

  private Path symbol(String from, String to) throws IOException {
    Path file = folder.resolve("net-0000.params");
    Files.copy(FILES.resolve("exported-0000.params"), file, StandardCopyOption.REPLACE_EXISTING);
    String json = Files.readString(FILES.resolve("exported-symbol.json"));
    assertThat(json).contains(from);
    Files.writeString(folder.resolve("net-symbol.json"), json.replace(from, to));
    return file;
  }

  /** The same file with another text of the same length. */
  private Path replaced(String file, String from, String to) throws IOException {
    String bytes = Files.readString(FILES.resolve(file), ISO_8859_1);
    assertThat(bytes).contains(from);
    Path made = folder.resolve(file);
    Files.writeString(made, bytes.replace(from, to), ISO_8859_1);
    return made;
  }

  private Path archive(String from, String to, boolean compressed) throws IOException {
    Path made = folder.resolve("net.keras");
    try (ZipFile archive = new ZipFile(FILES.resolve("archive.keras").toFile());
        ZipOutputStream out = new ZipOutputStream(Files.newOutputStream(made))) {
      for (ZipEntry entry : Collections.list(archive.entries())) {
        byte[] bytes = archive.getInputStream(entry).readAllBytes();
        if (entry.getName().equals("config.json")) {
          String json = new String(bytes, UTF_8);
          assertThat(json).contains(from);
          bytes = json.replace(from, to).getBytes(UTF_8);
        }
        ZipEntry copy = new ZipEntry(entry.getName());
        if (!compressed) {
          CRC32 crc = new CRC32();
          crc.update(bytes);
          copy.setMethod(ZipEntry.STORED);
          copy.setSize(bytes.length);
          copy.setCrc(crc.getValue());
        }
        out.putNextEntry(copy);
        out.write(bytes);
        out.closeEntry();
      }
    }
    return made;
  }
}
