package io.github.resnetserving.graph;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import io.github.resnetserving.checkpoint.FormulaWeights;
import io.github.resnetserving.checkpoint.PickleAssembler;
import io.github.resnetserving.checkpoint.Tensor;
import io.github.resnetserving.checkpoint.WeightsFiles;
import io.github.resnetserving.checkpoint.WeightsFiles.ZipEntry;
import io.github.resnetserving.graph.SavedState.Storing;
import io.github.resnetserving.models.NetworkOptions;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import java.util.zip.GZIPOutputStream;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Checkpoints as training scripts and libraries leave them, each a kind that was once met. */
class CheckpointVariationsTest {

  private static final Topology NETWORK = Architecture.named("cifar-resnet8", 10);

  private static final UnaryOperator<String> SAME = UnaryOperator.identity();

  @TempDir private Path folder;

  private static UnaryOperator<String> below(String prefix) {
    return name -> prefix + name;
  }

  private static SavedState saved() {
    return new SavedState().open();
  }

  private static PickleAssembler plain(PickleAssembler pickle, String module, String name) {
    return pickle.global(module, name).raw(")R");
  }

  static Stream<Arguments> networks() {
    return Stream.of(
        readable(
            "module. and model. one in the other",
            saved().network(NETWORK, below("module.model."))),
        readable("any prefix", saved().network(NETWORK, below("student.net.encoder."))),
        readable(
            "the optimizer first",
            saved()
                .entry("optimizer", p -> p.raw("}(").text("state"))
                .open()
                .tensor("exp_avg", "conv1.weight", List.of(16, 3, 3, 3))
                .close()
                .close()
                .key("net")
                .open()
                .network(NETWORK, SAME)
                .close()),
        nested("weights"),
        nested("model_state"),
        nested("params_ema"),
        nested("generator"),
        readable(
            "under two keys",
            saved()
                .key("checkpoint")
                .open()
                .key("model")
                .open()
                .network(NETWORK, SAME)
                .close()
                .close()),
        readable(
            "numpy scalars, element types and layouts among hyper-parameters",
            saved()
                .entry("lr", CheckpointVariationsTest::numpyScalar)
                .entry("dtype", p -> p.global("torch", "bfloat16"))
                .entry("half", p -> p.global("torch", "float16"))
                .entry(
                    "layout",
                    p ->
                        p.global("torch.serialization", "_get_layout")
                            .raw("(")
                            .text("torch.strided")
                            .raw("tR"))
                .entry("format", p -> p.global("torch", "channels_last"))
                .entry(
                    "device",
                    p -> p.global("torch", "device").raw("(").text("cuda").whole(0).raw("tR"))
                .entry("size", p -> p.global("torch", "Size").raw("(").tuple(3, 32, 32).raw("tR"))
                .key("state_dict")
                .open()
                .network(NETWORK, SAME)
                .close()),
        readable(
            "what Lightning saves",
            saved()
                .entry(
                    "version",
                    p ->
                        p.global("torch.torch_version", "TorchVersion")
                            .raw("(")
                            .text("2.4")
                            .raw("t\u0081"))
                .entry(
                    "hyper_parameters",
                    p ->
                        plain(p, "lightning_fabric.utilities.data", "AttributeDict")
                            .raw("(")
                            .text("root")
                            .global("pathlib", "PosixPath")
                            .raw("(")
                            .text("data")
                            .raw("tRu"))
                .entry("when", p -> p.global("datetime", "datetime").raw("(").whole(2024).raw("tR"))
                .key("state_dict")
                .open()
                .network(NETWORK, below("model."))
                .tensor("criterion.weight", "bn1.weight", List.of(10))
                .tensor("train_acc.total", "bn1.weight", List.of(1))
                .close()),
        readable(
            "in a defaultdict",
            saved()
                .key("model")
                .with(p ->
                    p.global("collections", "defaultdict")
                        .raw("(")
                        .global("builtins", "dict")
                        .raw("tR("))
                .network(NETWORK, SAME)
                .close()),
        readable("half precision", saved().network(NETWORK, SAME, 1, Storing.HALVES)),
        readable("half and bfloat16 mixed", saved().network(NETWORK, SAME, 1, Storing.MIXED)),
        readable(
            "views that are not contiguous", saved().network(NETWORK, SAME, 1, Storing.TRANSPOSED)),
        readable("parameters", saved().network(NETWORK, SAME, 1, Storing.PARAMETERS)),
        readable("tensors of a subclass", saved().network(NETWORK, SAME, 1, Storing.SUBCLASSES)),
        readable(
            "counters of thop, of batches and of steps",
            saved()
                .network(NETWORK, SAME)
                .tensor("total_ops", "bn1.bias", List.of(1))
                .tensor("conv1.total_params", "bn1.bias", List.of(1))
                .tensor("layer1.0.bn1.num_batches_tracked", "bn1.bias", List.of())
                .tensor("n_averaged", "bn1.bias", List.of())),
        readable(
            "further heads for training",
            saved()
                .network(NETWORK, SAME)
                .tensor("aux_head.weight", "linear.weight", List.of(10, 64))
                .tensor("aux.fc.bias", "linear.bias", List.of(10))
                .tensor("center_loss.centers", "linear.weight", List.of(10, 64))),
        readable(
            "a backbone and the classifier beside it",
            saved()
                .network(
                    NETWORK,
                    name ->
                        name.startsWith("linear") ? "model." + name : "model.backbone." + name)),
        readable(
            "an average beside the weights, by prefix",
            saved()
                .network(NETWORK, below("model."))
                .network(NETWORK, below("model_ema.module."), 0.5, Storing.FLOATS)),
        readable(
            "an average beside the weights, by key",
            saved()
                .key("ema_state_dict")
                .open()
                .network(NETWORK, SAME, 0.5, Storing.FLOATS)
                .close()
                .key("state_dict")
                .open()
                .network(NETWORK, SAME)
                .close()),
        readable(
            "a hundred thousand hyper-parameters",
            saved()
                .key("hparams")
                .with(CheckpointVariationsTest::manyEntries)
                .key("model")
                .open()
                .network(NETWORK, SAME)
                .close()),
        arguments(
            "an old file with a prefix", saved().network(NETWORK, below("net.")).close().legacy()));
  }

  private static Arguments nested(String key) {
    return readable("under " + key, saved().key(key).open().network(NETWORK, SAME).close());
  }

  private static Arguments readable(String kind, SavedState saved) {
    return arguments(kind, saved.close().zip());
  }

  private static PickleAssembler numpyScalar(PickleAssembler pickle) {
    return pickle
        .global("numpy._core.multiarray", "scalar")
        .raw("(")
        .global("numpy", "dtype")
        .raw("(")
        .text("f8")
        .raw(0x89, 0x88)
        .raw("tR")
        .global("_codecs", "encode")
        .raw("(")
        .text("abcdefgh")
        .text("latin1")
        .raw("tRtR");
  }

  private static PickleAssembler manyEntries(PickleAssembler pickle) {
    pickle.raw("}(");
    for (int i = 0; i < 100_000; i++) {
      pickle.text("p" + i).whole(i);
    }
    return pickle.raw("u");
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("networks")
  void theNetworkIsRead(String kind, byte[] file) throws Exception {
    URI uri = write("net.pth", file);

    assertThat(factor(uri, NetworkOptions.USUAL)).isCloseTo(1, within(0.01));
  }

  @Test
  void shardsAreJoinedByTheirIndex() throws Exception {
    UnaryOperator<String> first = name -> name.startsWith("layer3") ? "" : name;
    UnaryOperator<String> second = name -> name.startsWith("layer3") ? name : "";
    write("a-00001-of-00002.bin", saved().network(NETWORK, first).close().zip());
    write("a-00002-of-00002.bin", saved().network(NETWORK, second).close().zip());
    StringBuilder map = new StringBuilder();
    NETWORK
        .tensors()
        .keySet()
        .forEach(name ->
            map.append(map.isEmpty() ? "" : ",")
                .append(
                    "\"%s\":\"a-0000%d-of-00002.bin\""
                        .formatted(name, name.startsWith("layer3") ? 2 : 1)));
    String index = "{\"metadata\":{},\"weight_map\":{%s}}".formatted(map);

    assertThat(factor(write("a.bin.index.json", index.getBytes(UTF_8)), NetworkOptions.USUAL))
        .isCloseTo(1, within(1e-6));
    assertRefused(
        write("b.index.json", index.replace("a-00002-of-00002.bin", "../c.bin").getBytes(UTF_8)),
        "it must name a file in the same folder");
    assertRefused(
        write("c.index.json", index.replace("a-00002", "a-00009").getBytes(UTF_8)),
        "its shard a-00009-of-00002.bin: there is no such file");
    assertRefused(
        write(
            "d.index.json",
            index
                .replace("{\"conv1.weight\":\"a-00001", "{\"conv1.weight\":\"a-00002")
                .getBytes(UTF_8)),
        "a-00001-of-00002.bin holds conv1.weight, which the index puts in a-00002-of-00002.bin");
    assertRefused(
        write(
            "e.index.json",
            index
                .replace("{\"conv1.weight\"", "{\"x\":\"a-00001-of-00002.bin\",\"conv1.weight\"")
                .getBytes(UTF_8)),
        "the index puts x in a-00001-of-00002.bin, which does not hold it");
    assertRefused(write("f.index.json", "{\"weight_map\":[]}".getBytes(UTF_8)), "is no object");
  }

  @Test
  void theAverageIsTakenWhenItIsAskedFor() throws Exception {
    URI byKey =
        write(
            "key.pth",
            saved()
                .key("state_dict")
                .open()
                .network(NETWORK, SAME)
                .close()
                .key("state_dict_ema")
                .open()
                .network(NETWORK, SAME, 0.5, Storing.FLOATS)
                .close()
                .close()
                .zip());
    URI byPrefix =
        write(
            "prefix.ckpt",
            saved()
                .key("state_dict")
                .open()
                .network(NETWORK, below("model."))
                .network(NETWORK, below("ema_model."), 0.5, Storing.FLOATS)
                .close()
                .close()
                .zip());

    NetworkOptions key = NetworkFile.averaged(byKey, NetworkOptions.USUAL);
    NetworkOptions prefix = NetworkFile.averaged(byPrefix, NetworkOptions.USUAL);

    assertThat(key.stateDict()).isEqualTo("state_dict_ema");
    assertThat(factor(byKey, key)).isCloseTo(0.5, within(1e-6));
    assertThat(factor(byKey, NetworkOptions.USUAL)).isCloseTo(1, within(1e-6));
    assertThat(notes(byKey, NetworkOptions.USUAL))
        .containsExactly(
            "taken is state_dict (%1$d tensors); the file has state_dict_ema (%1$d tensors), too: --ema takes that"
                .formatted(NETWORK.tensors().size()));
    assertThat(prefix.prefix()).isEqualTo("ema_model.");
    assertThat(factor(byPrefix, prefix)).isCloseTo(0.5, within(1e-6));
    assertThat(notes(byPrefix, NetworkOptions.USUAL))
        .first()
        .isEqualTo(
            "taken are the tensors whose names begin with \"model.\"; another network's begin with"
                + " \"ema_model.\", which --ema takes");
  }

  @Test
  void whatIsLeftIsNamedAndItsUseIsGuessed() throws Exception {
    URI file =
        write(
            "robust.pth",
            saved()
                .network(NETWORK, below("model."))
                .tensor("normalizer.new_mean", "bn1.bias", List.of(3))
                .tensor("normalizer.new_std", "bn1.weight", List.of(3))
                .close()
                .zip());

    assertThat(notes(file, NetworkOptions.USUAL))
        .containsExactly(
            "2 tensors are no part of the network and left: normalizer.new_mean,"
                + " normalizer.new_std",
            "normalizer.new_mean may be what the input is standardised by: compare it with --mean"
                + " and --std",
            "normalizer.new_std may be what the input is standardised by: compare it with --mean"
                + " and --std");
  }

  @ParameterizedTest
  @CsvSource({
    "fc.1, ''",
    "classifier, ''",
    "head.fc, ''",
    "last_linear, net.",
    "output.0, module.net.",
    "heads.imagenet, ''"
  })
  void aClassifierOfAnotherNameIsAskedForAndTaken(String head, String prefix) throws Exception {
    URI file =
        write(
            "head.pth",
            saved().network(NETWORK, name -> prefix + name.replace("linear", head)).close().zip());

    assertRefused(
        file,
        "the classifier is expected as fc or linear (weight and bias), and there is neither; there"
            + " is "
            + (prefix.startsWith("module.") ? prefix.substring("module.".length()) : prefix)
            + head
            + " (10 classes). Name the classifier with --head");
    assertThat(factor(file, NetworkOptions.USUAL.withHead(head))).isCloseTo(1, within(1e-6));
    try (NetworkFile opened =
        NetworkFile.open(file, NetworkOptions.USUAL.withHead(NetworkOptions.NO_HEAD))) {
      assertThat(opened.network().topology().classifies()).isFalse();
      assertThat(opened.reading().notes()).hasSize(1).first().asString().contains(head + ".weight");
    }
  }

  @Test
  void aNetworkWithoutAClassifierGivesFeaturesAlone() throws Exception {
    URI file =
        write(
            "headless.pth",
            saved()
                .network(NETWORK, name -> name.startsWith("linear") ? "" : "backbone." + name)
                .close()
                .zip());

    try (NetworkFile opened = NetworkFile.open(file, NetworkOptions.USUAL)) {
      assertThat(opened.network().topology().classes()).isZero();
      assertThat(opened.network().topology().width()).isEqualTo(64);
      assertThat(opened.reading().options().head()).isEqualTo("none");
      assertThat(opened.reading().assumptions())
          .contains(
              "there is no classifier, so that the model gives features alone, and no classes"
                  + " (--head, head in model.json)");
    }
  }

  static Stream<Arguments> others() {
    SavedState twoLayers =
        saved()
            .network(NETWORK, name -> name.startsWith("linear") ? "" : name)
            .tensor("fc.0.weight", "linear.weight", List.of(64, 64))
            .tensor("fc.0.bias", "linear.bias", List.of(64))
            .tensor("fc.2.weight", "linear.weight", List.of(10, 64))
            .tensor("fc.2.bias", "linear.bias", List.of(10));
    return Stream.of(
        refused(
            "two networks alike",
            saved()
                .network(NETWORK, below("encoder_q."))
                .network(NETWORK, below("encoder_k."))
                .close()
                .zip(),
            "there are 2 networks, whose names begin with: encoder_q., encoder_k.. Choose one with"
                + " --prefix"),
        refused(
            "a classifier of two layers",
            twoLayers.close().zip(),
            "there is fc.0 (64 classes), fc.2 (10 classes)"),
        refused(
            "a part of each block that is not run",
            saved()
                .network(NETWORK, SAME)
                .tensor("layer1.0.se.weight", "bn1.bias", List.of(16))
                .close()
                .zip(),
            "unexpected: layer1.0.se.weight"),
        refused(
            "a layer of another kind",
            saved()
                .network(NETWORK, SAME)
                .tensor("attention.weight", "bn1.bias", List.of(16))
                .close()
                .zip(),
            "unexpected: attention.weight"),
        refused(
            "a function among hyper-parameters",
            saved()
                .entry("f", p -> p.global("builtins", "eval"))
                .key("model")
                .open()
                .network(NETWORK, SAME)
                .close()
                .close()
                .zip(),
            "the file wants to call builtins.eval, which plain weights never need: refused; nothing"
                + " was executed"),
        refused(
            "more hyper-parameters than any",
            saved().entry("hparams", CheckpointVariationsTest::tooManyEntries).close().zip(),
            "its pickle takes more than 2000000 steps: no state dict does; save only"
                + " model.state_dict()"),
        refused(
            "an archive packed anew",
            deflated(saved().network(NETWORK, SAME).close().zip()),
            "is compressed, which torch.save never does: the archive was packed anew. Unpack it and"
                + " pack it again with zip -0 -r"),
        refused(
            "an archive around a checkpoint",
            zip(new ZipEntry("net.pth", new byte[10])),
            "it has no data.pkl, but net.pth: unpack it, and give that file"),
        refused(
            "TorchScript that was frozen",
            zip(
                new ZipEntry(
                    "net/data.pkl",
                    new PickleAssembler()
                        .global("__torch__", "Net")
                        .raw(")")
                        .raw(0x81)
                        .raw("}b")
                        .stop()),
                new ZipEntry("net/code/__torch__.py", new byte[1], 8, 0),
                new ZipEntry("net/constants.pkl", new byte[1])),
            "it is TorchScript whose weights are part of its program, as torch.jit.freeze leaves"
                + " them: give the state_dict of the model that it was made of"),
        refused(
            "torch.export",
            zip(
                new ZipEntry("net/archive_format", new byte[1]),
                new ZipEntry("net/models/model.json", new byte[1])),
            "it is an archive of torch.export"),
        refused(
            "torch.package",
            zip(new ZipEntry("net/.data/extern_modules", new byte[1])),
            "it is an archive of torch.package"),
        refused("Keras", zip(new ZipEntry("model.weights.h5", new byte[1])), "it is a Keras model"),
        refused("NumPy", zip(new ZipEntry("conv1.npy", new byte[1])), "it is a NumPy archive"),
        refused(
            "an optimizer's state",
            saved()
                .entry("state", p -> p.raw("}"))
                .entry("param_groups", p -> p.raw("]"))
                .close()
                .zip(),
            "it is an optimizer's state (state and param_groups), not a network's weights: give the"
                + " file that model.state_dict() was saved to"),
        refused(
            "LoRA",
            saved()
                .tensor("base_model.conv1.lora_A.weight", "conv1.weight", List.of(4, 3, 3, 3))
                .close()
                .zip(),
            "it holds a delta to another network's weights, as LoRA trains, and not the weights: in"
                + " Python load that network with the delta, join them (model.merge_and_unload()),"
                + " and save model.state_dict() (base_model.conv1.lora_A.weight)"),
        refused(
            "a network of quantised modules",
            saved()
                .network(NETWORK, SAME)
                .tensor("conv1.zero_point", "bn1.bias", List.of(1))
                .close()
                .zip(),
            "it is quantised: give the float32 weights that it was made of; int8 is made here, by"
                + " calibrate and --precision int8 (conv1.zero_point)"),
        refused(
            "quantised tensors",
            saved().entry("w", p -> p.global("torch._utils", "_rebuild_qtensor")).close().zip(),
            "it holds quantised tensors (torch._utils._rebuild_qtensor): give the float32 weights"),
        refused(
            "a whole pickled model",
            saved().entry("m", p -> p.global("torchvision.models.resnet", "ResNet")).close().zip(),
            "the file wants to call torchvision.models.resnet.ResNet, which plain weights never"
                + " need: refused; nothing was executed. It is a whole pickled model, whose class"
                + " Python would import. If you trust whoever made it, save its weights where the"
                + " class is known: torch.save(torch.load(\"FILE\","
                + " weights_only=False).state_dict(), \"weights.pth\")"),
        refused(
            "a Git LFS pointer",
            "version https://git-lfs.github.com/spec/v1\noid sha256:0\n".getBytes(UTF_8),
            "it is a Git LFS pointer, not the weights: run git lfs pull"),
        refused("a page", "<!DOCTYPE html><html>404</html>".getBytes(UTF_8), "it is a web page"),
        refused(
            "gzip",
            gzip(saved().network(NETWORK, SAME).close().zip()),
            "it is compressed with gzip"),
        refused(
            "half a file",
            half(saved().network(NETWORK, SAME).close().zip()),
            "the file is truncated"),
        refused("an empty file", new byte[0], "the file is empty: fetch it again"),
        refused("a configuration", "{\"architectures\": []}".getBytes(UTF_8), "it is JSON text"));
  }

  private static Arguments refused(String kind, byte[] file, String finding) {
    return arguments(kind, file, finding);
  }

  private static void tooManyEntries(PickleAssembler pickle) {
    pickle.raw("](");
    for (int i = 0; i < 11; i++) {
      manyEntries(pickle);
    }
    pickle.raw("e");
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("others")
  void whatIsNoNetworkIsSaidToBeWhatItIs(String kind, byte[] file, String finding)
      throws Exception {
    assertRefused(write("net.pth", file), finding);
  }

  @Test
  void onlyOneOfSeveralLayersIsNoClassifier() throws Exception {
    URI file =
        write(
            "mlp.pth",
            saved()
                .network(NETWORK, name -> name.startsWith("linear") ? "" : name)
                .tensor("fc.0.weight", "linear.weight", List.of(64, 64))
                .tensor("fc.0.bias", "linear.bias", List.of(64))
                .tensor("fc.2.weight", "linear.weight", List.of(10, 64))
                .tensor("fc.2.bias", "linear.bias", List.of(10))
                .close()
                .zip());

    assertThatThrownBy(() -> NetworkFile.open(file, NetworkOptions.USUAL.withHead("fc.2")))
        .isInstanceOf(NetworkException.class)
        .hasMessage(
            "the classifier fc.2 has company: fc.0.weight, fc.0.bias. A classifier of several"
                + " layers is not run; --head none gives a model of features alone");
  }

  @Test
  void aClassifierOfSeveralLayersBesideTheNetworkIsNotTakenInPart() throws Exception {
    URI file =
        write(
            "beside.pth",
            saved()
                .network(NETWORK, name -> name.startsWith("linear") ? "" : "backbone." + name)
                .tensor("classifier.1.weight", "linear.weight", List.of(64, 64))
                .tensor("classifier.1.bias", "linear.bias", List.of(64))
                .tensor("classifier.4.weight", "linear.weight", List.of(10, 64))
                .tensor("classifier.4.bias", "linear.bias", List.of(10))
                .close()
                .zip());

    assertRefused(
        file, "the classifier classifier.1 has company: classifier.4.weight, classifier.4.bias");
  }

  private URI write(String name, byte[] bytes) throws IOException {
    return Files.write(folder.resolve(name), bytes).toUri();
  }

  private static List<String> notes(URI file, NetworkOptions options) throws IOException {
    try (NetworkFile opened = NetworkFile.open(file, options)) {
      return opened.reading().notes();
    }
  }

  /** How many times the formula's the network's values are; fails where they are unlike them. */
  private static double factor(URI file, NetworkOptions options) throws IOException {
    try (NetworkFile opened = NetworkFile.open(file, options)) {
      SequencedMap<String, Tensor> tensors =
          NetworkTensors.of(
                  opened.checkpoint().tensors(),
                  Tensor::shape,
                  opened.reading().options().withHead(options.head()))
              .tensors();
      List<Double> factors = new ArrayList<>();
      for (Map.Entry<String, List<Integer>> expected : NETWORK.tensors().entrySet()) {
        String name = expected.getKey();
        Tensor tensor =
            tensors.get(tensors.containsKey(name) ? name : name.replace("linear", "fc"));
        if (tensor == null) {
          throw new AssertionError(name + " is not there");
        }
        float[] formula = FormulaWeights.values(name, expected.getValue(), /* bottleneck= */ false);
        float[] read = tensor.toFloats();
        double ratio = read[0] / (double) formula[0];
        factors.add(ratio);
        for (int i = 0; i < read.length; i++) {
          assertThat((double) read[i])
              .as(name)
              .isCloseTo(ratio * formula[i], within(0.02 * Math.abs(formula[i]) + 1e-6));
        }
      }
      return factors.stream().mapToDouble(Double::doubleValue).average().orElseThrow();
    }
  }

  private static void assertRefused(URI file, String finding) {
    assertThatThrownBy(() -> NetworkFile.open(file, NetworkOptions.USUAL))
        .isInstanceOf(IOException.class)
        .hasMessageContaining(finding);
  }

  private static byte[] zip(ZipEntry... entries) {
    return WeightsFiles.zip(List.of(entries), /* zip64= */ false);
  }

  private static byte[] deflated(byte[] content) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (ZipOutputStream zip = new ZipOutputStream(out)) {
      zip.putNextEntry(new java.util.zip.ZipEntry("archive/data.pkl"));
      zip.write(content);
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
    return out.toByteArray();
  }

  private static byte[] gzip(byte[] content) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (GZIPOutputStream zip = new GZIPOutputStream(out)) {
      zip.write(content);
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
    return out.toByteArray();
  }

  private static byte[] half(byte[] file) {
    return Arrays.copyOf(file, file.length / 2);
  }
}
