package io.github.resnetserving.models.download;

import static io.github.resnetserving.models.download.HostileServer.cut;
import static io.github.resnetserving.models.download.HostileServer.file;
import static io.github.resnetserving.models.download.HostileServer.head;
import static io.github.resnetserving.models.download.HostileServer.status;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.resnetserving.graph.FormulaCheckpoint;
import io.github.resnetserving.models.Digest;
import io.github.resnetserving.models.Labels.Label;
import io.github.resnetserving.models.ModelRepository;
import io.github.resnetserving.models.ModelSpec;
import io.github.resnetserving.models.Preprocessing.Interpolation;
import io.github.resnetserving.models.download.FetchListener.FetchProgress;
import io.github.resnetserving.models.download.HostileServer.Reaction;
import io.github.resnetserving.models.download.HostileServer.Request;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Models of Hugging Face's hub: which files, from which server, shown which token. */
class HubFetchTest {

  private static final String COMMIT = "0123456789abcdef0123456789abcdef01234567";
  private static final String MAIN = "/org/net/resolve/main/";
  private static final String PINNED = "/org/net/resolve/" + COMMIT + "/";
  private static final String CONFIG =
      """
      {"id2label": {"0": "cat", "1": "dog", "2": "owl"}, "downsample_in_bottleneck": false}
      """;
  private static final String PREPROCESSOR =
      """
      {"size": {"shortest_edge": 40}, "crop_pct": 0.8, "resample": 3, "do_normalize": true,
       "image_processor_type": "ConvNextImageProcessor",
       "image_mean": [0.485, 0.456, 0.406], "image_std": [0.229, 0.224, 0.225]}
      """;

  @TempDir private Path folder;
  private final Told told = new Told();
  private Path models = Path.of("");
  private byte[] content = {};
  private String sha256 = "";
  private @Nullable HostileServer hub;
  private @Nullable HostileServer storage;

  @BeforeEach
  void prepare() throws Exception {
    models = folder.resolve("models");
    setContent(
        Files.readAllBytes(
            FormulaCheckpoint.write(folder.resolve("net"), "cifar-resnet8", /* classes= */ 3)));
    hub = new HostileServer();
    storage = new HostileServer();
    hub().on(MAIN + "config.json", small(CONFIG));
    hub().on(PINNED + "preprocessor_config.json", small(PREPROCESSOR));
    hub().on(PINNED + "model.safetensors", linked());
    storage().on("/blob", file(content, "\"blob\""));
  }

  @AfterEach
  void close() throws IOException {
    hub().close();
    storage().close();
  }

  @Test
  void aRepositoryBecomesAModelWithItsSettings() throws Exception {
    ModelSpec model = fetch("org/net");

    assertThat(model.name()).isEqualTo("org--net");
    assertThat(model.digest()).isEqualTo("sha256:" + sha256);
    assertThat(model.labels().entries())
        .extracting(Label::name)
        .containsExactly("cat", "dog", "owl");
    assertThat(model.preprocessing().resize()).isEqualTo(50);
    assertThat(model.preprocessing().crop()).isEqualTo(40);
    assertThat(model.preprocessing().interpolation()).isEqualTo(Interpolation.BICUBIC);
    assertThat(Files.readString(models.resolve("org--net/1/source.json")))
        .contains("https://huggingface.co/org/net/resolve/main/model.safetensors", COMMIT);
    assertNothingIsInBetween();
  }

  @Test
  void allFilesAreOfOneCommit() throws Exception {
    fetch("org/net");

    assertThat(hub().paths())
        .containsExactly(
            MAIN + "config.json",
            PINNED + "preprocessor_config.json",
            PINNED + "model.safetensors");
  }

  @Test
  void theTokenIsShownToTheHubAndNotToWhereItRedirects() throws Exception {
    fetch("org/net");

    assertThat(hub().requests())
        .extracting(request -> request.header("Authorization"))
        .containsOnly("Bearer secret");
    assertThat(storage().requests())
        .hasSize(1)
        .extracting(request -> request.header("Authorization"))
        .containsOnlyNulls();
  }

  @Test
  void theTokenIsNotShownToTorchvisionsServer() throws Exception {
    ModelFetcher fetcher = fetcher("secret");
    assertThatThrownBy(() -> fetcher.fetch("resnet18", told)).hasMessageContaining("there is no");

    assertThat(hub().requests())
        .extracting(request -> request.header("Authorization"))
        .containsOnlyNulls();
  }

  @Test
  void aCutDownloadAsksTheHubAgainForItsRedirect() throws Exception {
    storage().on("/blob", cut(content, "\"blob\"", 2000), file(content, "\"blob\""));
    fetch("org/net");

    assertThat(storage().requests()).extracting(Request::offset).containsExactly(0, 2000);
    assertThat(hub().paths()).filteredOn(path -> path.endsWith("safetensors")).hasSize(2);
  }

  @Test
  void aFileThatIsNotWhatTheHubNamesIsRefused() {
    byte[] other = content.clone();
    other[other.length - 1] ^= 1;
    storage().on("/blob", file(other, "\"blob\""));

    assertRefused("is refused and removed: its SHA-256 is ");
    assertRefused("the hub names " + sha256);
    assertNothingIsLeft();
  }

  @Test
  void aFileOfAnotherSizeThanTheHubNamesIsRefused() {
    storage().on("/blob", file(new byte[100], "\"blob\""));

    assertRefused("model.safetensors has 100 bytes at localhost, but the hub names ");
    assertNothingIsLeft();
  }

  @Test
  void moreBytesThanTheHubNamesAreRefused() {
    storage()
        .on(
            "/blob",
            (request, out) -> {
              head(out, 200);
              out.write(content);
              out.write(content);
            });

    assertRefused("brings more than the %d bytes that were announced".formatted(content.length));
    assertNothingIsLeft();
  }

  @Test
  void whatTheRedirectsTargetClaimsIsNotBelieved() throws Exception {
    storage()
        .on(
            "/blob",
            (request, out) -> {
              head(
                  out,
                  200,
                  "X-Linked-Etag: \"" + "0".repeat(64) + "\"",
                  "X-Repo-Commit: " + "f".repeat(40),
                  "Content-Length: " + content.length);
              out.write(content);
            });

    assertThat(fetch("org/net").digest()).endsWith(sha256);
  }

  @Test
  void anotherFileThanTheFirstTimeIsRefusedBeforeItIsRead() throws Exception {
    fetch("org/net");
    new ModelRepository(models).remove("org--net");
    setContent(
        Files.readAllBytes(FormulaCheckpoint.write(folder.resolve("net"), "cifar-resnet14", 3)));
    told.progress.clear();

    assertRefused("when it was fetched first: another file is published now");
    assertThat(told.progress)
        .extracting(FetchProgress::file)
        .contains("config.json")
        .doesNotContain("model.safetensors");
    assertNothingIsLeft();
  }

  @Test
  void whoeverIsNotKnownIsToldOfTheToken() {
    hub().on(MAIN + "config.json", status(401, "X-Error-Message: Invalid username or password."));

    assertThatThrownBy(() -> withoutToken().fetch("org/net", told))
        .isInstanceOf(FetchException.class)
        .hasMessageContaining("localhost answers 401 (Invalid username or password.)")
        .hasMessageContaining("set HF_TOKEN to a token that may read it");
    assertRefused("the token in HF_TOKEN may not read it");
    assertThatThrownBy(() -> fetch("org/net")).hasMessageNotContaining("secret");
    assertNothingIsLeft();
  }

  @Test
  void aRepositoryThatDoesNotTellItsPreprocessingIsRefusedBeforeItsWeightsAreFetched() {
    hub().on(PINNED + "preprocessor_config.json", status(404));

    assertRefused("org/net does not tell its preprocessing");
    assertThat(hub().paths()).doesNotContain(PINNED + "model.safetensors");
    assertNothingIsLeft();
  }

  @Test
  void aRepositoryWithoutSettingsIsRefused() {
    hub().on(MAIN + "config.json", status(404));

    assertRefused("org/net has no config.json at revision main: check the name");
    assertNothingIsLeft();
  }

  @Test
  void settingsThatAreNotRunHereAreRefused() {
    hub().on(MAIN + "config.json", small("{\"hidden_act\": \"gelu\"}"));

    assertThatThrownBy(() -> fetch("org/net"))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("only relu is run here");
    assertNothingIsLeft();
  }

  @Test
  void withoutSafetensorsPythonsWeightsAreTaken() throws Exception {
    hub().on(PINNED + "model.safetensors", status(404));
    hub().on(PINNED + "pytorch_model.bin", linked());

    assertThat(fetch("org/net").digest()).endsWith(sha256);
    assertThat(models.resolve("org--net/1/weights.bin")).exists();
  }

  @Test
  void withoutAnyWeightsTheRepositoryIsRefused() {
    hub().on(PINNED + "model.safetensors", status(404));

    assertRefused("org/net has no model.safetensors and no pytorch_model.bin");
    assertNothingIsLeft();
  }

  @Test
  void labelsThatAreNotAsManyAsTheClassesAreRefused() {
    hub().on(MAIN + "config.json", small("{\"id2label\": {\"0\": \"cat\"}}"));

    assertThatThrownBy(() -> fetch("org/net"))
        .hasMessageContaining("has 3 classes, but 1 labels are published with it");
    assertNothingIsLeft();
  }

  @Test
  void aRevisionIsAskedForAndKept() throws Exception {
    hub().on("/org/net/resolve/refs%2Fpr%2F1/config.json", small(CONFIG));
    assertThat(fetch("org/net@refs/pr/1").version()).isEqualTo("1");

    assertThat(fetch("org/net@" + COMMIT).version()).isEqualTo("1");
    assertThat(fetch("org/net").version()).isEqualTo("2");
    assertThat(fetch("org/net").version()).isEqualTo("2");
  }

  @Test
  void offlineAFolderWithTheFilesIsTaken() throws Exception {
    Path own = Files.createDirectory(folder.resolve("own"));
    Files.writeString(own.resolve("config.json"), CONFIG);
    Files.writeString(own.resolve("preprocessor_config.json"), PREPROCESSOR);
    Files.write(own.resolve("model.safetensors"), content);
    ModelFetcher offline =
        fetcher(new FetchSettings(hub().address(), hub().address(), null, /* offline= */ true));

    assertThatThrownBy(() -> offline.fetch("org/net", told))
        .isInstanceOf(FetchException.class)
        .hasMessageContaining("give: models fetch org/net --from FOLDER");
    assertThat(offline.fetch("org/net", own.toString(), told).digest()).endsWith(sha256);
    assertThat(hub().requests()).isEmpty();
  }

  @Test
  void oneFileOrAddressIsNotEnough() throws Exception {
    Path own = Files.write(folder.resolve("model.safetensors"), content);

    assertThatThrownBy(() -> fetcher("secret").fetch("org/net", own.toString(), told))
        .hasMessageContaining("give the folder that also holds config.json");
    assertThatThrownBy(() -> fetcher("secret").fetch("org/net", "http://localhost/x", told))
        .hasMessageContaining("org/net has several files");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"a--b/c", "../net", "org/..", "org/net@../x", "org/net/x", "/net", "org/"})
  void namesThatCouldBeSomethingElseAreUnknown(String name) {
    assertThat(fetcher("secret").modelName(name)).isEmpty();
    assertThatThrownBy(() -> fetch(name))
        .hasMessageContaining("there is no published model " + name);
    assertThat(hub().requests()).isEmpty();
  }

  private void setContent(byte[] bytes) throws IOException {
    content = bytes;
    sha256 = Digest.sha256(new ByteArrayInputStream(bytes));
  }

  /** A file that the hub gives itself. */
  private static Reaction small(String text) {
    byte[] bytes = text.getBytes(UTF_8);
    return (request, out) -> {
      head(
          out,
          200,
          "Content-Length: " + bytes.length,
          "ETag: \"c0ffee\"",
          "X-Repo-Commit: " + COMMIT);
      out.write(bytes);
    };
  }

  /** A file that the hub has elsewhere. */
  private Reaction linked() {
    return (request, out) ->
        head(
            out,
            302,
            "Location: " + storage().address() + "/blob",
            "X-Linked-Etag: \"" + sha256 + "\"",
            "X-Linked-Size: " + content.length,
            "X-Repo-Commit: " + COMMIT,
            "Content-Length: 0");
  }

  private void assertRefused(String message) {
    assertThatThrownBy(() -> fetch("org/net"))
        .isInstanceOf(FetchException.class)
        .hasMessageContaining(message);
  }

  private void assertNothingIsLeft() {
    assertThat(models.resolve("org--net")).doesNotExist();
    assertNothingIsInBetween();
  }

  private void assertNothingIsInBetween() {
    assertThat(models.resolve(".fetch")).isDirectoryNotContaining(each -> !each.endsWith("lock"));
  }

  private ModelSpec fetch(String name) throws IOException, InterruptedException {
    return fetcher("secret").fetch(name, told);
  }

  private ModelFetcher fetcher(String token) {
    return fetcher(new FetchSettings(hub().address(), hub().address(), token, false));
  }

  private ModelFetcher withoutToken() {
    return fetcher(new FetchSettings(hub().address(), hub().address(), null, false));
  }

  private ModelFetcher fetcher(FetchSettings settings) {
    RetryPolicy patience =
        new RetryPolicy(
            Duration.ofSeconds(5),
            Duration.ofSeconds(5),
            3,
            Duration.ofSeconds(1),
            Duration.ofMinutes(2));
    return new ModelFetcher(
        models,
        settings,
        TorchvisionCatalog.load(),
        patience,
        new HandTurnedTiming(),
        new Proxies(Map.of()));
  }

  private HostileServer hub() {
    return there(hub);
  }

  private HostileServer storage() {
    return there(storage);
  }

  private static HostileServer there(@Nullable HostileServer server) {
    if (server == null) {
      throw new IllegalStateException("the server has not been opened");
    }
    return server;
  }
}
