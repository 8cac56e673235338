package io.github.resnetserving.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.google.protobuf.ByteString;
import io.github.resnetserving.checkpoint.wire.Onnx.ModelProto;
import io.github.resnetserving.checkpoint.wire.Onnx.TensorProto;
import io.github.resnetserving.engine.EngineOptions;
import io.github.resnetserving.engine.InferenceEngine;
import io.github.resnetserving.graph.NetworkFile;
import io.github.resnetserving.models.ModelRepository;
import io.github.resnetserving.models.ModelSpec;
import io.github.resnetserving.tensor.NetworkInput.Pixels;
import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Networks that other libraries wrote, with the logits that those compute. The scripts beside the
 * files in src/test/resources/foreign made both.
 */
class ForeignModelsTest {

  private static final Path FILES = Path.of("src/test/resources/foreign");
  private static final int SIDE = 224;

  @TempDir private Path folder;

  @ParameterizedTest
  @CsvSource({
    "export-folded.onnx",
    "export-separate.onnx",
    "export-average.onnx",
    "zoo-v2.onnx",
    "external.onnx",
    "applications.h5",
    "archive.keras",
    "theano.h5",
    "old-names.h5",
    "own.h5",
    "gluon-v1.params",
    "gluon-v1b.params",
    "gluon-v2.params",
    "gluon-resnext.params",
    "exported-0000.params",
    "he.caffemodel"
  })
  void theLogitsAreThoseOfTheOtherLibrary(String file) throws Exception {
    ProgramRun added = add(FILES.resolve(file));

    assertThat(added.exitCode()).as(added.err()).isZero();
    assertClose(logits(), expected(file));
  }

  private static void assertClose(float[] actual, float[] expected) {
    float largest = 0;
    for (float logit : expected) {
      largest = Math.max(largest, Math.abs(logit));
    }
    assertThat(actual).hasSameSizeAs(expected);
    for (int i = 0; i < expected.length; i++) {
      assertThat(actual[i]).isCloseTo(expected[i], within(1e-4f * largest));
    }
  }

  @Test
  void anOriginalFileOfBitGivesTimmsLogits() throws Exception {
    ProgramRun added = add(FILES.resolve("bit.npz"), "--preprocessing", plain().toString());

    assertThat(added.exitCode()).as(added.err()).isZero();
    assertClose(logits(), expected("bit.npz"));
  }

  @Test
  void anotherArchiveOfNumpyIsRefusedByTheArrayThatItLacks() throws Exception {
    Path file = folder.resolve("other.npz");
    try (ZipOutputStream zip = new ZipOutputStream(Files.newOutputStream(file))) {
      zip.putNextEntry(new ZipEntry("weights.npy"));
    }

    assertThat(add(file).err())
        .startsWith(
            "other.npz: it is a .npz of NumPy, and only those of BiT are read: it has no"
                + " resnet/root_block/standardized_conv2d/kernel. Save the weights as safetensors");
  }

  @ParameterizedTest
  @CsvSource({
    "export-separate.onnx, --bgr",
    "he.caffemodel, --no-bgr",
    "bit.npz, --bgr",
  })
  void theOtherOrderOfChannelsTurnsTheFirstKernelRound(String file, String option)
      throws Exception {
    String same = option.equals("--bgr") ? "--no-bgr" : "--bgr";
    add(FILES.resolve(file), "--preprocessing", plain().toString());
    add(FILES.resolve(file), "--preprocessing", plain().toString(), option);
    add(FILES.resolve(file), "--preprocessing", plain().toString(), same);

    float[] usual = logits("1", rgb());

    assertClose(logits("2", reversed(rgb())), usual);
    assertThat(logits("2", rgb())).isNotEqualTo(usual);
    assertThat(logits("3", rgb())).isEqualTo(usual);
  }

  @Test
  void aCheckTriesTheOtherOrderOfChannels() throws Exception {
    Path net = FILES.resolve("export-separate.onnx");
    add(net, "--preprocessing", plain().toString());
    add(net, "--preprocessing", plain().toString(), "--bgr");
    Color colour =
        Stream.of(Color.RED, Color.BLUE, Color.ORANGE, Color.CYAN, Color.PINK)
            .filter(
                each -> largest(logits("1", filled(each))) != largest(logits("2", filled(each))))
            .findFirst()
            .orElseThrow();
    BufferedImage image = new BufferedImage(SIDE, SIDE, BufferedImage.TYPE_INT_RGB);
    Graphics2D pen = image.createGraphics();
    pen.setColor(colour);
    pen.fillRect(0, 0, SIDE, SIDE);
    pen.dispose();
    Path images =
        Files.createDirectories(
            folder.resolve("images/class_" + largest(logits("2", filled(colour)))));
    ImageIO.write(image, "png", images.resolve("image.png").toFile());

    ProgramRun checked =
        add(
            net,
            "--preprocessing",
            plain().toString(),
            "--check",
            folder.resolve("images").toString());

    assertThat(checked.exitCode()).isEqualTo(1);
    assertThat(checked.err().lines())
        .contains("check: best is --bgr")
        .anyMatch(line -> line.startsWith("  0 of 1 right") && line.endsWith("it would be added "))
        .anyMatch(line -> line.startsWith("  1 of 1 right") && line.endsWith("--bgr"));
  }

  /** A preprocessing that is the same for all channels. */
  private Path plain() throws Exception {
    return Files.writeString(
        folder.resolve("plain.json"),
        """
        {"resize": 224, "crop": 224, "interpolation": "bilinear",
         "mean": [0.5, 0.5, 0.5], "std": [0.5, 0.5, 0.5]}
        """);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "export-folded.onnx | found: ResNet-14, bottlenecks of v1.5, 7 classes, from ONNX",
        "export-folded.onnx | note: its batch norms were folded into the convolutions, so that"
            + " nothing tells the ranges of activations: run calibrate before you serve it in int8",
        "export-folded.onnx | assumed: the preprocessing is torchvision-v1: the short edge becomes"
            + " 256, the middle 224×224 is taken, mean [0.485, 0.456, 0.406], std [0.229, 0.224,"
            + " 0.225] (--preprocessing, --mean, --std; --check DIR compares with labelled images)",
        "zoo-v2.onnx | found: ResNet-14, pre-activated, 5 classes, from ONNX",
        "applications.h5 | found: ResNet-11, bottlenecks of v1, 5 classes, from Keras",
        "applications.h5 | note: unless an option says otherwise, the preprocessing is what Keras"
            + " Applications document: blue, green, red, less ImageNet's means of 103.939, 116.779,"
            + " 123.68. A network that was trained on may take another: --check DIR compares",
        "old-names.h5 | note: the first pool is taken to be padded, as in Keras Applications since"
            + " 2018; before, it was not (55 pixels after it, of 224), which does not run here: the"
            + " logits then differ a little",
        "gluon-v1b.params | found: ResNet-11, bottlenecks of v1.5, 5 classes, from MXNet",
        "he.caffemodel | found: ResNet-11, bottlenecks of v1, 5 classes, from Caffe",
        "bit.npz | found: ResNet-8, pre-activated, 5 classes, from BiT",
        "bit.npz | assumed: no norm has running statistics, so that they are group norms of 32"
            + " groups, and as in BiT convolutions have standardised weights and the max pool has"
            + " zeros around the map; --check DIR compares with labelled images",
        "he.caffemodel | note: its last pool is 28×28, the whole map for images of 224 pixels; here"
            + " it is the whole map for any"
      })
  void whatWasFoundIsSaid(String file, String line) {
    assertThat(add(FILES.resolve(file)).err().lines()).contains(line);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "quantised.onnx | quantised.onnx: it is quantised: at ",
        "hard-swish.onnx | hard-swish.onnx: it is not a ResNet that runs here: at layer1/1/act2"
            + " (HardSwish) there is an operation that no network of the family has",
        "v2.h5 | v2.h5: it is Keras' ResNet V2, whose stages halve the map in their last block",
        "int8.params | int8.params: it is quantised: an array has 8 bits a number. Give the float32"
            + " model"
      })
  void whatIsNoneOfTheFamilyIsRefusedByName(String file, String message) {
    ProgramRun added = add(FILES.resolve(file));

    assertThat(added.exitCode()).isEqualTo(1);
    assertThat(added.err()).startsWith(message);
    assertThat(folder.resolve("models")).doesNotExist();
  }

  @Test
  void aNetworkThatStandardisesBytesItselfSaysWhichOptionsItNeeds() throws Exception {
    ModelProto.Builder model =
        ModelProto.parseFrom(Files.readAllBytes(FILES.resolve("zoo-v2.onnx"))).toBuilder();
    for (TensorProto.Builder tensor : model.getGraphBuilder().getInitializerBuilderList()) {
      if (tensor.getName().equals("data_bn_mean")) {
        tensor.setRawData(bytes(123));
      } else if (tensor.getName().equals("data_bn_variance")) {
        tensor.setRawData(bytes(58 * 58));
      }
    }
    Path file = folder.resolve("bytes.onnx");
    Files.write(file, model.build().toByteArray());

    assertThat(add(file).err())
        .contains("the network standardises its input itself")
        .contains("give --mean 0,0,0 --std 0.003922,0.003922,0.003922");
    ProgramRun added = add(file, "--mean", "0,0,0", "--std", "0.003922,0.003922,0.003922");
    assertThat(added.exitCode()).as(added.err()).isZero();
  }

  @Test
  void alternativesAreComparedWithTheNetworksOwnStandardisation() throws Exception {
    Path images = folder.resolve("images");
    Path only = Files.createDirectories(images.resolve("class_0"));
    BufferedImage image = new BufferedImage(SIDE, SIDE, BufferedImage.TYPE_INT_RGB);
    byte[] rgb = rgb();
    for (int i = 0; i < SIDE * SIDE; i++) {
      Color color = new Color(rgb[3 * i] & 255, rgb[3 * i + 1] & 255, rgb[3 * i + 2] & 255);
      image.setRGB(i % SIDE, i / SIDE, color.getRGB());
    }
    ImageIO.write(image, "png", only.resolve("image.png").toFile());
    Path zoo = FILES.resolve("zoo-v2.onnx");
    String check = images.toString();

    String alternative = line(add(zoo, "--check", check).err(), "--preprocessing cifar");
    String told =
        line(add(zoo, "--check", check, "--preprocessing", "cifar").err(), "as it would be added");

    assertThat(alternative.substring(0, alternative.indexOf("   ", 3)))
        .isEqualTo(told.substring(0, told.indexOf("   ", 3)));
  }

  private static String line(String err, String end) {
    return err.lines()
        .filter(line -> line.contains("mean probability") && line.strip().endsWith(end))
        .findFirst()
        .orElseThrow(() -> new AssertionError(err));
  }

  /** Three equal numbers. */
  private static ByteString bytes(float number) {
    ByteBuffer bytes = ByteBuffer.allocate(3 * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    return ByteString.copyFrom(bytes.putFloat(number).putFloat(number).putFloat(number).flip());
  }

  private ProgramRun add(Path file, String... options) {
    List<String> words =
        new ArrayList<>(List.of("models", "add", "net", "--weights", file.toString()));
    words.addAll(List.of(options));
    words.addAll(List.of("--models-dir", folder.resolve("models").toString()));
    return ProgramRun.of(words.toArray(String[]::new));
  }

  private static float[] expected(String file) throws Exception {
    JsonNode all = JsonMapper.shared().readTree(Files.readString(FILES.resolve("logits.json")));
    JsonNode numbers = all.get(file);
    float[] logits = new float[numbers.size()];
    for (int i = 0; i < logits.length; i++) {
      logits[i] = numbers.get(i).floatValue();
    }
    return logits;
  }

  /** Of the model that was added, as it is served. */
  private float[] logits() {
    return logits("1", rgb());
  }

  private float[] logits(String version, byte[] rgb) {
    try {
      return computed(version, rgb);
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  private float[] computed(String version, byte[] rgb) throws Exception {
    ModelSpec spec =
        new ModelRepository(folder.resolve("models")).find("net", version).orElseThrow();
    try (NetworkFile weights = NetworkFile.open(spec.weights(), spec.network());
        InferenceEngine engine =
            InferenceEngine.load(
                weights.network(), spec.preprocessing(), EngineOptions.ofMachine(1))) {
      return engine.run(List.of(new Pixels(SIDE, SIDE, rgb))).getFirst().logits();
    }
  }

  private static int largest(float[] logits) {
    int largest = 0;
    for (int i = 1; i < logits.length; i++) {
      largest = logits[i] > logits[largest] ? i : largest;
    }
    return largest;
  }

  /** With the channels of each pixel in the other order. */
  private static byte[] reversed(byte[] rgb) {
    byte[] bgr = new byte[rgb.length];
    for (int i = 0; i < rgb.length; i++) {
      bgr[i] = rgb[i + 2 - 2 * (i % 3)];
    }
    return bgr;
  }

  private static byte[] filled(Color colour) {
    byte[] rgb = new byte[SIDE * SIDE * 3];
    int[] channels = {colour.getRed(), colour.getGreen(), colour.getBlue()};
    for (int i = 0; i < rgb.length; i++) {
      rgb[i] = (byte) channels[i % 3];
    }
    return rgb;
  }

  private static byte[] rgb() {
    byte[] rgb = new byte[SIDE * SIDE * 3];
    for (int y = 0; y < SIDE; y++) {
      for (int x = 0; x < SIDE; x++) {
        for (int c = 0; c < 3; c++) {
          rgb[(y * SIDE + x) * 3 + c] = (byte) (x * (3 + c) + y * (5 - c) + x * y / 16 + 40 * c);
        }
      }
    }
    return rgb;
  }
}
