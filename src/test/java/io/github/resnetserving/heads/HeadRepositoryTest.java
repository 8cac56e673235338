package io.github.resnetserving.heads;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.resnetserving.checkpoint.Checkpoint;
import io.github.resnetserving.heads.Head.Backbone;
import io.github.resnetserving.heads.Head.Kind;
import io.github.resnetserving.models.Labels;
import io.github.resnetserving.models.ModelSpec;
import io.github.resnetserving.models.NetworkOptions.Variant;
import io.github.resnetserving.models.Preprocessing;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class HeadRepositoryTest {

  private static final ModelSpec NET = model("1", "sha256:a");

  @TempDir private Path models;
  private final AtomicLong now = new AtomicLong(Long.MAX_VALUE);
  private HeadRepository heads = new HeadRepository(Path.of("unset"));

  @BeforeEach
  void open() {
    heads = new HeadRepository(models, now::get);
  }

  private static ModelSpec model(String version, String digest) {
    return new ModelSpec(
        "net",
        version,
        URI.create("file:/weights"),
        digest,
        Variant.V1_5,
        Preprocessing.CIFAR,
        Labels.numbered(2));
  }

  private static HeadDraft draft(Kind kind, String... classes) throws Exception {
    HeadFitter fitter = new HeadFitter();
    for (int c = 0; c < classes.length; c++) {
      for (int i = 0; i < 3; i++) {
        fitter.add(new float[] {10 * c + i, 1, c}, classes[c]);
      }
    }
    return fitter.fit(kind, 2);
  }

  private Head add(String name, ModelSpec model, String... classes) throws Exception {
    return heads.add(name, Backbone.of(model, "fp32"), draft(Kind.LINEAR, classes), "a test");
  }

  @ParameterizedTest
  @EnumSource(Kind.class)
  void aHeadThatIsReadSaysTheSameBits(Kind kind) throws Exception {
    Head written =
        heads.add("pets", Backbone.of(NET, "fp32"), draft(kind, "cat", "dog", "cow"), "a test");

    Head read = new HeadRepository(models).find(NET, "pets");

    assertThat(read.facts()).isEqualTo(written.facts());
    assertThat(read.labels()).isEqualTo(written.labels());
    for (float[] features : new float[][] {{0, 1, 0}, {5, -1, 3}, {0, 0, 0}}) {
      assertThat(read.logits(features)).containsExactly(written.logits(features));
      assertThat(read.logits(features)).hasSize(3);
    }
  }

  @Test
  void itsFilesSayWhatItIs() throws Exception {
    Head head = add("pets", NET, "cat", "dog");

    Path folder = models.resolve("net/heads/pets/1");
    try (var files = Files.list(folder)) {
      assertThat(files.map(file -> file.getFileName().toString()))
          .containsExactlyInAnyOrder("head.json", "head.safetensors", "labels.csv");
    }
    JsonNode facts = new JsonMapper().readTree(Files.readString(folder.resolve("head.json")));
    assertThat(facts.propertyNames())
        .containsExactlyInAnyOrder(
            "name",
            "version",
            "kind",
            "classes",
            "width",
            "backbone",
            "fit",
            "created",
            "data",
            "digest",
            "labels_digest");
    assertThat(facts.get("backbone").toString())
        .isEqualTo(
            "{\"model\":\"net\",\"version\":\"1\",\"weights\":\"sha256:a\","
                + "\"preprocessing\":\"%s\",\"precision\":\"fp32\"}"
                    .formatted(Preprocessing.CIFAR.id()));
    assertThat(facts.get("fit").get("images").intValue()).isEqualTo(6);
    assertThat(facts.get("digest").stringValue()).isEqualTo(head.facts().digest());
    assertThat(facts.get("digest").stringValue()).matches("sha256:[0-9a-f]{64}");
    assertThat(Files.readString(folder.resolve("labels.csv")))
        .isEqualTo("index,wnid,label\n0,,cat\n1,,dog\n");
    try (Checkpoint file = Checkpoint.open(folder.resolve("head.safetensors").toUri())) {
      assertThat(Objects.requireNonNull(file.tensors().get("weight")).shape())
          .containsExactly(2, 3);
      assertThat(Objects.requireNonNull(file.tensors().get("bias")).shape()).containsExactly(2);
    }
  }

  @Test
  void aHeadOfOtherWeightsIsRefused() throws Exception {
    add("pets", NET, "cat", "dog");

    assertThatThrownBy(() -> heads.find(model("2", "sha256:b"), "pets"))
        .hasMessage(
            "The head pets was fitted to the features of another network than net version 2: its"
                + " weights are sha256:a, and the model's are sha256:b. Fit it again.");
    assertThat(new HeadRepository(models).find(NET, "pets").name()).isEqualTo("pets");
    assertThatThrownBy(() -> HeadChoice.of(heads.find(NET, "pets")).of(model("2", "sha256:b")))
        .isInstanceOf(HeadException.class);
  }

  @Test
  void eachVersionOfAModelHasTheNewestHeadOfItsOwnWeights() throws Exception {
    ModelSpec later = model("2", "sha256:b");
    add("pets", NET, "cat", "dog");
    add("pets", later, "cat", "cow");
    add("pets", later, "cat", "hen");

    assertThat(heads.versions("net", "pets")).containsExactly("3", "2", "1");
    assertThat(heads.find(NET, "pets").facts().version()).isEqualTo("1");
    assertThat(heads.find(later, "pets").facts().version()).isEqualTo("3");
  }

  @Test
  void anUnknownHeadIsToldWhichThereAre() throws Exception {
    assertThatThrownBy(() -> heads.find(NET, "pets"))
        .hasMessage(
            "The model net has no head pets, and no other. Make one with heads fit --model net"
                + " --data DIR.");
    add("pets", NET, "cat", "dog");
    add("cars", NET, "van", "bus");

    assertThatThrownBy(() -> heads.find(NET, "../pets"))
        .hasMessage("The model net has no head ../pets. There are: cars, pets.")
        .matches(e -> ((HeadException) e).isUnknown());
  }

  @Test
  void aVersionThatAnotherProcessWritesServesHalfASecondLater() throws Exception {
    add("pets", NET, "cat", "dog");
    assertThat(heads.find(NET, "pets").facts().version()).isEqualTo("1");
    new HeadRepository(models)
        .add("pets", Backbone.of(NET, "fp32"), draft(Kind.LINEAR, "cat", "hen"), "another");

    assertThat(heads.find(NET, "pets").facts().version()).isEqualTo("1");
    now.addAndGet(Duration.ofMillis(500).toNanos());

    assertThat(heads.find(NET, "pets").facts().version()).isEqualTo("2");
  }

  @Test
  void aHeadIsReadOnceWhileItStaysAsItIs() throws Exception {
    add("pets", NET, "cat", "dog");
    Head first = heads.find(NET, "pets");
    now.addAndGet(Duration.ofHours(1).toNanos());

    assertThat(heads.find(NET, "pets")).isSameAs(first);
  }

  @Test
  void whatIsRemovedIsGoneAtOnce() throws Exception {
    add("pets", NET, "cat", "dog");
    add("pets", NET, "cat", "hen");
    var _ = heads.find(NET, "pets");

    assertThatThrownBy(() -> heads.remove("net", "pets", "3"))
        .hasMessage("The head pets of net has no version 3. There are: 2, 1.");
    heads.remove("net", "pets", "2");
    assertThat(heads.find(NET, "pets").facts().version()).isEqualTo("1");
    heads.remove("net", "pets", null);

    assertThatThrownBy(() -> heads.find(NET, "pets")).isInstanceOf(HeadException.class);
    assertThatThrownBy(() -> heads.remove("net", "pets", null)).isInstanceOf(HeadException.class);
    assertThat(heads.models()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"head.safetensors", "labels.csv"})
  void aFileThatIsNotTheOneOfTheDigestIsRefused(String name) throws Exception {
    add("pets", NET, "cat", "dog");
    Path file = models.resolve("net/heads/pets/1").resolve(name);
    byte[] bytes = Files.readAllBytes(file);
    bytes[bytes.length - 2]++;
    Files.write(file, bytes);

    assertThatThrownBy(() -> new HeadRepository(models).find(NET, "pets"))
        .hasMessageMatching(
            "The head pets of net, version 1, cannot be used: %s is not the file that head.json"
                    .formatted(name)
                + " names: it has sha256:[0-9a-f]{64}, not sha256:[0-9a-f]{64}. Fit it again.");
  }

  @Test
  void damagedFactsAreRefusedAndTheOthersAreListed() throws Exception {
    add("cars", NET, "van", "bus");
    add("pets", NET, "cat", "dog");
    Path facts = models.resolve("net/heads/pets/1/head.json");
    List<String> damaged = new ArrayList<>();

    Files.writeString(facts, "{\"name\": \"pets\"}");

    assertThatThrownBy(() -> new HeadRepository(models).find(NET, "pets"))
        .hasMessageStartingWith(
            "The head pets of net, version 1, cannot be used: head.json is not what is expected");
    assertThat(heads.list("net", damaged::add))
        .extracting(Head.Facts::name)
        .containsExactly("cars");
    assertThat(damaged).hasSize(1);
  }

  @Test
  void factsThatTheNumbersDoNotHaveAreRefused() throws Exception {
    add("pets", NET, "cat", "dog");
    Path facts = models.resolve("net/heads/pets/1/head.json");
    Files.writeString(facts, Files.readString(facts).replaceAll("\"width\" : 3", "\"width\" : 4"));

    assertThatThrownBy(() -> new HeadRepository(models).find(NET, "pets"))
        .hasMessage(
            "The head pets of net, version 1, cannot be used: head.safetensors has weight of shape"
                + " [2, 3], and needs weight of shape [2, 4]. Fit it again.");
  }

  @Test
  void aNameThatIsAPathIsNone() {
    assertThatThrownBy(() -> add("../pets", NET, "cat", "dog"))
        .hasMessage(
            "\"../pets\" is no name for a head: take letters, digits, dots, dashes and"
                + " underscores.");
  }
}
