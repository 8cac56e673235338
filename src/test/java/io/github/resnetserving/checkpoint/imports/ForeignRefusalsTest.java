package io.github.resnetserving.checkpoint.imports;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

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

  static void assertRefused(Path file, String message) {
    assertThatThrownBy(() -> read(file))
        .isInstanceOf(WeightsException.class)
        .hasMessageContaining(message);
  }

  static ForeignNetwork read(Path file) throws WeightsException {
    return ForeignFile.open(file).orElseThrow().network();
  }

  static float[] values(ForeignNetwork network, String name) {
    TensorSource tensor = Objects.requireNonNull(network.tensors().get(name), name);
    byte[] bytes = tensor.elements().get();
    FloatBuffer numbers = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer();
    float[] values = new float[numbers.remaining()];
    numbers.get(values);
    return values;
  }

  private Path onnx(ModelProto.Builder model) throws IOException {
    Path file = folder.resolve("net.onnx");
    Files.write(file, model.build().toByteArray());
    return file;
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
