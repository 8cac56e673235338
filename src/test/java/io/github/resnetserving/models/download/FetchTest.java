package io.github.resnetserving.models.download;

import static io.github.resnetserving.models.download.HostileServer.cut;
import static io.github.resnetserving.models.download.HostileServer.file;
import static io.github.resnetserving.models.download.HostileServer.head;
import static io.github.resnetserving.models.download.HostileServer.status;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.resnetserving.graph.FormulaCheckpoint;
import io.github.resnetserving.models.Digest;
import io.github.resnetserving.models.Labels;
import io.github.resnetserving.models.ModelRepository;
import io.github.resnetserving.models.ModelSpec;
import io.github.resnetserving.models.NetworkOptions.Variant;
import io.github.resnetserving.models.Preprocessing;
import io.github.resnetserving.models.download.FetchListener.FetchProgress;
import io.github.resnetserving.models.download.HostileServer.Reaction;
import io.github.resnetserving.models.download.HostileServer.Request;
import io.github.resnetserving.models.download.ModelFetcher.PublishedModel;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A published weights file's whole way into the models, past everything that can go wrong. */
class FetchTest {

  private static final String TAG = "\"one\"";
  private static final Duration STALL = Duration.ofMillis(300);

  @TempDir private Path folder;
  private final HandTurnedTiming timing = new HandTurnedTiming();
  private final Told told = new Told();
  private Path models = Path.of("");
  private byte[] content = {};
  private String sha256 = "";
  private String path = "";
  private @Nullable HostileServer opened;

  @BeforeEach
  void prepare() throws Exception {
    models = folder.resolve("models");
    Path file = FormulaCheckpoint.write(folder.resolve("net"), "cifar-resnet8", 1000);
    content = Files.readAllBytes(file);
    sha256 = Digest.sha256(new ByteArrayInputStream(content));
    path = "/resnet8-%s.safetensors".formatted(sha256.substring(0, 8));
    opened = new HostileServer();
  }

  @AfterEach
  void close() throws IOException {
    server().close();
  }

  @Test
  void aPublishedModelBecomesOneOfTheFolder() throws Exception {
    server().on(path, file(content, TAG));

    ModelSpec model = fetch();

    assertThat(model.name()).isEqualTo("resnet8");
    assertThat(model.version()).isEqualTo("1");
    assertThat(model.digest()).isEqualTo("sha256:" + sha256);
    assertThat(model.network().variant()).isEqualTo(Variant.V1_5);
    assertThat(model.preprocessing()).isEqualTo(Preprocessing.TORCHVISION_V2);
    assertThat(model.labels()).isEqualTo(Labels.imageNet());
    assertThat(models.resolve("resnet8/1/weights.safetensors")).hasBinaryContent(content);
    assertThat(Files.readString(models.resolve("resnet8/1/source.json")))
        .contains("https://download.pytorch.org/models" + path);
    assertThat(told.progress.getLast().bytes()).isEqualTo(content.length);
    assertThat(told.progress.getLast().total()).isEqualTo(content.length);
    assertNothingIsInBetween();
  }

  @Test
  void aModelThatIsThereIsNotFetchedAgain() throws Exception {
    server().on(path, file(content, TAG));
    ModelSpec first = fetch();

    assertThat(fetch()).isEqualTo(first);
    assertThat(server().requests()).hasSize(1);
  }

  @Test
  void aDamagedModelIsFetchedAgainAsTheNextVersion() throws Exception {
    server().on(path, file(content, TAG));
    fetch();
    Files.writeString(models.resolve("resnet8/1/weights.safetensors"), "damaged");

    assertThat(fetch().version()).isEqualTo("2");
  }

  @Test
  void aConnectionThatIsCutGoesOnWhereItWas() throws Exception {
    int third = content.length / 3;
    server().on(path, cut(content, TAG, third), cut(content, TAG, third), file(content, TAG));

    assertFetched();
    assertThat(server().requests())
        .extracting(Request::offset)
        .containsExactly(0, third, 2 * third);
    assertThat(server().requests().get(1).header("If-Range")).isEqualTo(TAG);
    assertThat(told.retries).hasSize(2).allMatch(reason -> reason.contains("localhost"));
    assertThat(timing.sleeps()).allMatch(wait -> wait.toMillis() >= 500 && wait.toMillis() <= 1000);
  }

  @Test
  void aServerThatIgnoresRangesBeginsAnew() throws Exception {
    Reaction whole =
        (request, out) -> {
          head(out, 200, "Content-Length: " + content.length, "ETag: " + TAG);
          out.write(content);
        };
    server().on(path, cut(content, TAG, 1000), whole);

    assertFetched();
    assertThat(server().requests()).extracting(Request::offset).containsExactly(0, 1000);
  }

  @Test
  void aFileThatChangesBetweenTwoRangesIsFetchedAsAWhole() throws Exception {
    byte[] other = content.clone();
    other[other.length - 1] ^= 1;
    server().on(path, cut(other, "\"old\"", 1000), file(content, TAG));

    assertFetched();
  }

  @Test
  void aServerThatIgnoresTheConditionIsNotBelieved() throws Exception {
    byte[] other = content.clone();
    other[0] ^= 1;
    Reaction unconditional =
        (request, out) -> {
          int offset = request.offset();
          head(
              out,
              offset > 0 ? 206 : 200,
              "Content-Length: " + (content.length - offset),
              "ETag: " + TAG,
              "Content-Range: bytes %d-%d/%d"
                  .formatted(offset, content.length - 1, content.length));
          out.write(content, offset, content.length - offset);
        };
    server().on(path, cut(other, "\"old\"", 1000), unconditional);

    assertFetched();
    assertThat(server().requests()).extracting(Request::offset).containsExactly(0, 1000, 0);
    assertThat(told.retries).last().asString().contains("has changed meanwhile");
  }

  @Test
  void piecesThatMakeNoWholeAreFetchedOnceMoreFromTheStart() throws Exception {
    byte[] other = content.clone();
    other[0] ^= 1;
    server().on(path, cut(other, TAG, 1000), file(content, TAG));

    assertFetched();
    assertThat(server().requests()).extracting(Request::offset).containsExactly(0, 1000, 0);
  }

  @Test
  void aRangeThatCannotBeHadBeginsAnew() throws Exception {
    server().on(path, cut(content, TAG, 1000), status(416), file(content, TAG));

    assertFetched();
    assertThat(server().requests()).extracting(Request::offset).containsExactly(0, 1000, 0);
  }

  @Test
  void aServerThatIsBusyIsAskedWhenItSays() throws Exception {
    server()
        .on(
            path,
            status(429, "Retry-After: 7"),
            status(503, "Retry-After: Thu, 01 Jan 2026 00:00:30 GMT"),
            status(503),
            file(content, TAG));

    assertFetched();
    assertThat(timing.sleeps().subList(0, 2))
        .containsExactly(Duration.ofSeconds(7), Duration.ofSeconds(30));
    assertThat(timing.sleeps().get(2)).isBetween(Duration.ofSeconds(2), Duration.ofSeconds(4));
    assertThat(told.retries)
        .containsExactly("localhost answers 429", "localhost answers 503", "localhost answers 503");
  }

  @Test
  void aServerThatAsksForTooLongAWaitIsGivenUp() {
    server().on(path, status(429, "Retry-After: 3600"));

    assertRefused("localhost answers 429 and asks to wait for 3600 s");
    assertThat(timing.sleeps()).isEmpty();
  }

  @Test
  void aServerThatStaysBusyIsGivenUp() {
    server().on(path, status(503));

    assertRefused("localhost answers 503, 4 times in a row. Give the same command again");
    assertThat(server().requests()).hasSize(4);
    assertNothingIsLeft();
  }

  @Test
  void aServerThatAlwaysCutsAtTheSamePlaceIsGivenUp() {
    Reaction deaf =
        (request, out) -> {
          head(out, 200, "Content-Length: " + content.length);
          out.write(content, 0, 5000);
        };
    server().on(path, deaf);

    assertRefused("4 times in a row. Give the same command again");
    assertNothingIsLeft();
  }

  @Test
  void aServerThatStallsIsLeft() throws Exception {
    server().on(path, server().stalling(content, TAG, 2000), file(content, TAG));

    assertFetched();
    assertThat(server().requests()).extracting(Request::offset).containsExactly(0, 2000);
    assertThat(told.retries).containsExactly("localhost: no byte came for 0.3 s");
  }

  @Test
  void aServerThatNeverAnswersIsLeft() throws Exception {
    CountDownLatch never = new CountDownLatch(1);
    server().on(path, (request, out) -> never.await(), file(content, TAG));

    assertFetched();
    never.countDown();
    assertThat(told.retries).containsExactly("localhost did not answer for 0.3 s");
  }

  @Test
  void aServerThatIsNotThereIsGivenUp() throws Exception {
    server().close();

    assertRefused("localhost cannot be reached, 4 times in a row");
    assertThat(timing.sleeps()).hasSize(3);
  }

  @Test
  void aFileWithAnotherDigestIsRefusedAndRemoved() {
    byte[] other = content.clone();
    other[other.length / 2] ^= 1;
    server().on(path, file(other, TAG));

    assertRefused("is refused and removed: its SHA-256 is ");
    assertRefused("begins with " + sha256.substring(0, 8));
    assertNothingIsLeft();
  }

  @Test
  void anAnswerThatIsTooShortIsNotTakenForTheFile() {
    Reaction chunked =
        (request, out) -> {
          head(out, 200); // the length is told by the end of the connection
          out.write(content, 0, 1000);
        };
    server().on(path, chunked);

    assertRefused("is refused and removed: its SHA-256 is ");
    assertNothingIsLeft();
  }

  @Test
  void bytesBeyondTheAnnouncedLengthAreNotRead() throws Exception {
    byte[] longer = Arrays.copyOf(content, content.length + 1000);
    Reaction more =
        (request, out) -> {
          head(out, 200, "Content-Length: " + content.length, "ETag: " + TAG);
          out.write(longer);
        };
    server().on(path, more);

    assertFetched();
  }

  @Test
  void aFileWithoutEndIsStopped() {
    Reaction endless =
        (request, out) -> {
          head(out, 200, "Content-Length: " + (2L << 30));
          out.write(content);
        };
    server().on(path, endless);

    assertRefused("is larger than the 1073741824 bytes that it may have");
    assertNothingIsLeft();
  }

  @Test
  void anEncodingThatWasNotAskedForIsRefused() {
    server()
        .on(
            path,
            (request, out) -> {
              head(out, 200, "Content-Length: " + content.length, "Content-Encoding: gzip");
              out.write(content);
            });

    assertRefused("comes with the encoding gzip");
    assertNothingIsLeft();
  }

  @Test
  void aFileThatIsNotThereIsToldAtOnce() {
    assertRefused(
        "there is no resnet8-%s.safetensors at %s%s: check the address; bring"
            .formatted(sha256.substring(0, 8), server().address(), path));
    assertThat(server().requests()).hasSize(1);
    assertNothingIsLeft();
  }

  @ParameterizedTest
  @ValueSource(ints = {400, 401, 403, 410})
  void whatIsRefusedIsNotAskedForAgain(int status) {
    server().on(path, status(status));

    assertRefused("localhost answers %d for ".formatted(status));
    assertThat(server().requests()).hasSize(1);
    assertNothingIsLeft();
  }

  @Test
  void redirectsAreFollowedButNotForEver() throws Exception {
    server().on(path, status(302, "Location: /elsewhere")).on("/elsewhere", file(content, TAG));
    assertFetched();

    new ModelRepository(models).remove("resnet8");
    server().on(path, status(302, "Location: " + path));
    assertRefused("redirects more than 10 times");
    assertNothingIsLeft();
  }

  @ParameterizedTest
  @CsvSource({"ftp://localhost/x", "file:///etc/passwd", "''", "http:///x"})
  void aRedirectToSomethingElseIsNotFollowed(String location) {
    server().on(path, status(302, "Location: " + location));

    assertRefused("which is no address");
  }

  @Test
  void aSecondRunGoesOnWhereTheFirstWasStopped() throws Exception {
    CountDownLatch coming = new CountDownLatch(1);
    FetchListener signal =
        new FetchListener() {
          @Override
          public void onProgress(FetchProgress progress) {
            if (progress.bytes() == 4000) {
              coming.countDown();
            }
          }
        };
    server().on(path, server().stalling(content, TAG, 4000), file(content, TAG));
    RetryPolicy patient =
        new RetryPolicy(
            Duration.ofSeconds(9), Duration.ofSeconds(99), 4, Duration.ofSeconds(1), Duration.ZERO);
    ModelFetcher first = fetcher(settings(), patient);
    CompletableFuture<Exception> outcome = new CompletableFuture<>();
    Thread thread =
        Thread.ofPlatform()
            .start(() -> {
              try {
                first.fetch("resnet8", signal);
              } catch (IOException | InterruptedException e) {
                outcome.complete(e);
              }
            });
    assertThat(coming.await(60, TimeUnit.SECONDS)).isTrue();
    thread.interrupt();
    assertThat(outcome.get(60, TimeUnit.SECONDS)).isInstanceOf(InterruptedException.class);
    assertNothingIsVisible();

    assertFetched();
    assertThat(server().requests()).extracting(Request::offset).containsExactly(0, 4000);
    assertThat(told.progress.getFirst().bytes()).isEqualTo(4000);
  }

  @Test
  void whatHasComeIsKeptWhenTheServerIsGivenUp() throws Exception {
    server().on(path, cut(content, TAG, 4000), status(503));
    assertRefused("What has come is kept: to go on give the same command again");
    assertNothingIsVisible();

    server().on(path, file(content, TAG));
    assertFetched();
    assertThat(server().requests().getLast().offset()).isEqualTo(4000);
  }

  @Test
  void aPartThatIsWholeIsStillJudged() throws Exception {
    byte[] other = content.clone();
    other[0] ^= 1;
    Path staging = Files.createDirectories(models.resolve(".fetch/resnet8"));
    Files.write(staging.resolve(path.substring(1) + ".part"), other);
    Files.writeString(
        staging.resolve(path.substring(1) + ".part.json"),
        "{\"validator\": \"\\\"one\\\"\", \"total\": %d}".formatted(content.length));
    server().on(path, file(content, TAG));

    assertFetched();
    assertThat(server().requests())
        .extracting(Request::offset)
        .containsExactly(content.length - 1, 0);
  }

  @ParameterizedTest
  @ValueSource(strings = {"{", "{\"total\": 1}", "{\"validator\": \"\\\"one\\\"\", \"total\": 1}"})
  void aNoteThatMeansNothingBeginsAnew(String note) throws Exception {
    Path staging = Files.createDirectories(models.resolve(".fetch/resnet8"));
    Files.writeString(staging.resolve(path.substring(1) + ".part"), "what is this");
    Files.writeString(staging.resolve(path.substring(1) + ".part.json"), note);
    server().on(path, file(content, TAG));

    assertFetched();
    assertThat(server().requests()).extracting(Request::offset).containsExactly(0);
  }

  @Test
  void whatIsNoNetworkDoesNotBecomeAModel() throws Exception {
    content = "{}".getBytes(StandardCharsets.UTF_8);
    sha256 = Digest.sha256(new ByteArrayInputStream(content));
    path = "/resnet8-%s.safetensors".formatted(sha256.substring(0, 8));
    server().on(path, file(content, TAG));

    assertThatThrownBy(this::fetch)
        .isInstanceOf(IOException.class)
        .hasMessageContaining("resnet8-");
    assertNothingIsLeft();
  }

  @Test
  void whatCameFirstMustComeAgain() throws Exception {
    server().on(path, file(content, TAG));
    fetch();
    new ModelRepository(models).remove("resnet8");
    Path known = models.resolve(".known-digests.json");
    assertThat(Files.readString(known)).contains(sha256);
    fetch();
    new ModelRepository(models).remove("resnet8");
    Files.writeString(
        known, Files.readString(known).replace(sha256, sha256.substring(0, 8) + "0".repeat(56)));

    assertRefused("when it was fetched first: another file is published now");
    assertNothingIsLeft();
  }

  @Test
  void offlineNothingIsFetched() throws Exception {
    ModelFetcher offline = fetcher(settings().withOffline(true), patience());
    assertThatThrownBy(() -> offline.fetch("resnet8", told))
        .isInstanceOf(FetchException.class)
        .hasMessage(
            "resnet8 is not here, and offline nothing is fetched: bring https://download.pytorch.org/models%s here by other means, and give: models fetch resnet8 --from FILE"
                .formatted(path));
    assertThat(models).doesNotExist();

    Path own = Files.write(folder.resolve("own.safetensors"), content);
    assertThat(offline.fetch("resnet8", own.toString(), told).digest()).endsWith(sha256);
    assertThat(own).hasBinaryContent(content);
    assertThat(offline.fetch("resnet8", told).version()).isEqualTo("1");
    assertThat(server().requests()).isEmpty();
    assertNothingIsInBetween();
  }

  @Test
  void ownFilesAreJudgedLikeFetchedOnes() throws Exception {
    Path own = Files.writeString(folder.resolve("own.safetensors"), "something else");

    assertThatThrownBy(() -> fetcher().fetch("resnet8", own.toString(), told))
        .hasMessageContaining("%s is refused: its SHA-256 is ".formatted(own));
    assertNothingIsLeft();
    assertThat(own).exists();
  }

  @Test
  void aFolderOfOwnFilesIsSearchedForThePublishedName() throws Exception {
    Path own = Files.createDirectory(folder.resolve("own"));
    assertThatThrownBy(() -> fetcher().fetch("resnet8", own.toString(), told))
        .hasMessageContaining("there is no " + path.substring(1));

    Files.write(own.resolve(path.substring(1)), content);
    assertThat(fetcher().fetch("resnet8", own.toString(), told).version()).isEqualTo("1");
  }

  @Test
  void anAddressOfOnesOwnIsJudgedLikeThePublishedOne() throws Exception {
    server().on("/mine", file(content, TAG));
    ModelSpec model =
        fetcher(
                new FetchSettings(FetchSettings.TORCHVISION, FetchSettings.HUB, null, false),
                patience())
            .fetch("resnet8", server().address() + "/mine", told);

    assertThat(model.digest()).endsWith(sha256);
  }

  @Test
  void whatIsNotThereIsToldBeforeAnythingIsDone() {
    assertThatThrownBy(() -> fetcher().fetch("resnet8", "/no/such/file", told))
        .isInstanceOf(FetchException.class)
        .hasMessage("there is no file or folder /no/such/file");
    assertThatThrownBy(() -> fetcher().fetch("vgg16", told))
        .isInstanceOf(FetchException.class)
        .hasMessage(
            "there is no published model vgg16; there are: resnet8; and Hugging Face's, as"
                + " ORG/NAME");
    assertThat(models).doesNotExist();
  }

  @Test
  void aFullDiskIsTold() throws Exception {
    Path full = Path.of("/dev/full");
    assumeTrue(Files.exists(full), "skipped: there is no /dev/full to write to");
    server().on(path, file(content, TAG));
    FetchListener filling =
        new FetchListener() {
          @Override
          public void onProgress(FetchProgress progress) {
            Path part = models.resolve(".fetch/resnet8" + path + ".part");
            try {
              Files.createSymbolicLink(part, full);
            } catch (IOException e) {
              throw new UncheckedIOException(e);
            }
          }
        };

    assertThatThrownBy(() -> fetcher().fetch("resnet8", filling))
        .isInstanceOf(FetchException.class)
        .hasMessageContaining("cannot be written (No space left on device): make room");
    assertThat(timing.sleeps()).isEmpty();
    assertNothingIsVisible();
    Files.delete(models.resolve(".fetch/resnet8" + path + ".part"));
  }

  @Test
  void aFolderThatIsAFileIsTold() throws Exception {
    Files.writeString(models, "");

    assertRefused("choose another folder with --models-dir");
  }

  private void assertFetched() throws IOException, InterruptedException {
    ModelSpec model = fetch();
    assertThat(model.digest()).isEqualTo("sha256:" + sha256);
    assertThat(models.resolve("resnet8/1/weights.safetensors")).hasBinaryContent(content);
    assertNothingIsInBetween();
  }

  private void assertRefused(String message) {
    assertThatThrownBy(this::fetch)
        .isInstanceOf(FetchException.class)
        .hasMessageContaining(message);
  }

  /** Nothing but the lock, and perhaps what was trusted at first. */
  private void assertNothingIsLeft() {
    assertNothingIsVisible();
    assertNothingIsInBetween();
  }

  private void assertNothingIsInBetween() {
    assertThat(models.resolve(".fetch")).isDirectoryNotContaining(each -> !each.endsWith("lock"));
  }

  private void assertNothingIsVisible() {
    assertThat(models.resolve("resnet8")).doesNotExist();
  }

  private ModelSpec fetch() throws IOException, InterruptedException {
    return fetcher().fetch("resnet8", told);
  }

  private ModelFetcher fetcher() {
    return fetcher(settings(), patience());
  }

  private ModelFetcher fetcher(FetchSettings settings, RetryPolicy patience) {
    PublishedModel model =
        new PublishedModel(
            "resnet8",
            "IMAGENET1K_V1",
            path.substring(1),
            sha256.substring(0, 8),
            50,
            75,
            1000,
            1,
            Preprocessing.TORCHVISION_V2);
    return new ModelFetcher(
        models,
        settings,
        new TorchvisionCatalog(List.of(model)),
        patience,
        timing,
        new Proxies(Map.of()));
  }

  private FetchSettings settings() {
    URI address = server().address();
    return new FetchSettings(address, address, null, false);
  }

  private static RetryPolicy patience() {
    return new RetryPolicy(
        Duration.ofSeconds(5), STALL, 4, Duration.ofSeconds(1), Duration.ofMinutes(2));
  }

  private HostileServer server() {
    HostileServer there = opened;
    if (there == null) {
      throw new IllegalStateException("the server has not been opened");
    }
    return there;
  }
}
