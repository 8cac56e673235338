package io.github.resnetserving.inference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.github.resnetserving.batch.BatchFunction;
import io.github.resnetserving.batch.BatchListener;
import io.github.resnetserving.batch.BatchQueue;
import io.github.resnetserving.batch.BatchScheduler;
import io.github.resnetserving.batch.BatchSettings;
import io.github.resnetserving.batch.BatchSizes;
import io.github.resnetserving.batch.NanoClock;
import io.github.resnetserving.heads.Head.Backbone;
import io.github.resnetserving.heads.Head.Kind;
import io.github.resnetserving.heads.HeadFitter;
import io.github.resnetserving.heads.HeadRepository;
import io.github.resnetserving.image.ImageException;
import io.github.resnetserving.image.ImagePreparer;
import io.github.resnetserving.image.PreparationListener;
import io.github.resnetserving.image.PreparedImage;
import io.github.resnetserving.image.PreparedImage.ImageInfo;
import io.github.resnetserving.inference.Answer.Answered;
import io.github.resnetserving.inference.Answer.ClassOptions;
import io.github.resnetserving.inference.Answer.Classification;
import io.github.resnetserving.inference.Answer.Refused;
import io.github.resnetserving.inference.Answer.Timing;
import io.github.resnetserving.inference.InferenceRequest.TensorRequest;
import io.github.resnetserving.inference.InferenceService.ModelSearch;
import io.github.resnetserving.models.Labels;
import io.github.resnetserving.models.ModelSpec;
import io.github.resnetserving.models.NetworkOptions.Variant;
import io.github.resnetserving.models.PlanReport;
import io.github.resnetserving.models.Preprocessing;
import io.github.resnetserving.models.Preprocessing.CropMode;
import io.github.resnetserving.tensor.NetworkInput;
import io.github.resnetserving.tensor.NetworkInput.NormalizedImage;
import io.github.resnetserving.tensor.NetworkInput.Pixels;
import io.github.resnetserving.tensor.NetworkOutput;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(20)
class InferenceServiceTest {

  private static final Duration LIMIT = Duration.ofSeconds(10);
  private static final byte[] GOOD = {1};
  private static final byte[] BAD = {2};

  private final AtomicLong now = new AtomicLong(Long.MAX_VALUE - 5);
  private final NanoClock clock = now::get;
  private final Budget pixels = new Budget(100);
  @TempDir private Path folder;
  private InferenceListener listener = InferenceListener.NONE;
  private final ModelRegistry registry = new ModelRegistry("net");
  private final AtomicInteger networkRuns = new AtomicInteger();
  private final CountDownLatch release = new CountDownLatch(1);
  private final List<AutoCloseable> closeables = new ArrayList<>();

  @AfterEach
  void close() throws Exception {
    release.countDown();
    for (AutoCloseable closeable : closeables.reversed()) {
      closeable.close();
    }
  }

  @Test
  void aImageIsAnsweredWithItsBestClasses() throws Exception {
    ready("net", "1", this::decode, this::twoClasses);

    Answer<Classification> answer = service(4).classify(request(GOOD), 1);

    Answered<Classification> answered = answered(answer);
    assertThat(answered.model().spec().name()).isEqualTo("net");
    assertThat(answered.timing()).isEqualTo(new Timing(0, 0, 0, 0, 0, 1));
    var success = (Outcome.Success<Classification>) answered.outcomes().getFirst();
    assertThat(success.image()).isEqualTo(new ImageInfo("jpeg", 500, 375));
    assertThat(success.value().logits().getFirst()).containsExactly(5, 5);
    assertThat(success.value().predictions()).hasSize(1);
    assertThat(success.value().predictions().getFirst().label().name()).isEqualTo("class_0");
    assertThat(success.value().predictions().getFirst().probability()).isEqualTo(0.5);
  }

  @Test
  void aCorruptImageFailsAloneAndTheOrderIsKept() throws Exception {
    ready("net", "1", this::decode, this::twoClasses);

    var outcomes = answered(service(4).classify(request(GOOD, BAD, GOOD), null)).outcomes();

    assertThat(outcomes).hasSize(3);
    assertThat(outcomes.get(0)).isInstanceOf(Outcome.Success.class);
    assertThat(outcomes.get(1))
        .isEqualTo(
            new Outcome.Failed<>(
                new Failure.BadImage(
                    Failure.BadImage.Reason.UNREADABLE,
                    "it is truncated Check that the file is complete and opens in an image"
                        + " viewer.")));
    assertThat(outcomes.get(2)).isInstanceOf(Outcome.Success.class);
  }

  @Test
  void anEmptyImageIsNoImage() throws Exception {
    ready("net", "1", this::decode, this::twoClasses);

    assertThat(failure(service(4).classify(request(new byte[0]), null)))
        .isEqualTo(
            new Failure.BadImage(Failure.BadImage.Reason.UNSUPPORTED, "The image is empty."));
  }

  @Test
  void featuresAreScaledToLengthOneOnRequest() throws Exception {
    ready("net", "1", this::decode, this::twoClasses);
    InferenceService service = service(4);

    assertThat(features(service.features(request(GOOD), false))).containsExactly(3, 4);
    assertThat(features(service.features(request(GOOD), true))).containsExactly(0.6f, 0.8f);
  }

  @Test
  void anUnknownModelIsToldWhichThereAre() throws Exception {
    ready("net", "1", this::decode, this::twoClasses);
    ready("other", "1", this::decode, this::twoClasses);

    assertThat(service(4).classify(request("nought", null), null))
        .isEqualTo(new Refused<>(new Failure.UnknownModel("nought", List.of("net", "other"))));
  }

  @Test
  void anUnknownVersionIsToldWhichThereAre() throws Exception {
    ready("net", "10", this::decode, this::twoClasses);
    ready("net", "9", this::decode, this::twoClasses);

    assertThat(service(4).classify(request(null, "11"), null))
        .isEqualTo(new Refused<>(new Failure.UnknownVersion("net", "11", List.of("9", "10"))));
  }

  @Test
  void withoutAVersionTheNewestReadyOneAnswers() throws Exception {
    ready("net", "9", this::decode, this::twoClasses);
    ready("net", "10", this::decode, this::twoClasses);
    registry.put(new ModelState.Starting(spec("net", "11"), ModelState.Starting.Phase.LOADING));

    assertThat(answered(service(4).classify(request(GOOD), null)).model().spec().version())
        .isEqualTo("10");
  }

  @Test
  void aModelThatIsLoadingIsNotReady() throws Exception {
    registry.put(new ModelState.Starting(spec("net", "1"), ModelState.Starting.Phase.WARMING));

    assertThat(service(4).classify(request(GOOD), null))
        .isEqualTo(
            new Refused<>(new Failure.NotReady("net", "it is warming", Duration.ofSeconds(5))));
  }

  @Test
  void aModelThatIsConfiguredAndNotYetThereIsNotReady() throws Exception {
    assertThat(service(4).classify(request(GOOD), null))
        .isEqualTo(
            new Refused<>(
                new Failure.NotReady("net", "it has not been loaded yet", Duration.ofSeconds(5))));
  }

  @Test
  void moreClassesThanThereAreIsABadParameter() throws Exception {
    ready("net", "1", this::decode, this::twoClasses);

    assertThat(service(4).classify(request(GOOD), 3))
        .isEqualTo(
            new Refused<>(
                new Failure.BadParameter(
                    "top_k is 3: net has 2 classes, so it must be between 1 and 2.")));
  }

  @Test
  void aFailingNetworkFailsTheImage() throws Exception {
    var cause = new IllegalStateException("out of memory");
    ready(
        "net",
        "1",
        this::decode,
        inputs -> {
          throw cause;
        });

    assertThat(failure(service(4).classify(request(GOOD), null)))
        .isEqualTo(new Failure.EngineFailed(cause));
  }

  @Test
  void logitsThatAreNotFiniteAreADefect() throws Exception {
    ready(
        "net",
        "1",
        this::decode,
        inputs -> List.of(new NetworkOutput(new float[] {Float.NaN, 0}, new float[2])));

    assertThat(failure(service(4).classify(request(GOOD), null)))
        .isInstanceOf(Failure.EngineFailed.class);
  }

  @ParameterizedTest
  @ValueSource(floats = {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY})
  void anOutputForAClientsNumbersThatIsNotFiniteIsTheClientsFault(float logit) throws Exception {
    for (int place = 0; place < 2; place++) {
      float[] logits = new float[2];
      logits[place] = logit;
      ready("net", "1", this::decode, inputs -> List.of(new NetworkOutput(logits, new float[2])));
      int side = spec("net", "1").preprocessing().crop();
      float[] numbers = new float[3 * side * side];
      Arrays.fill(numbers, 1e38f);

      assertThat(
              failure(
                  service(4)
                      .scores(
                          new TensorRequest(
                              "net",
                              null,
                              List.of(new NormalizedImage(side, side, numbers)),
                              new Deadline(now.get(), LIMIT)),
                          List.of())))
          .isEqualTo(
              new Failure.BadParameter(
                  "The network's output for this input is not finite: its numbers are too large."
                      + " Send standardised ones."));
    }
  }

  @Test
  void whichModelWouldAnswerIsKnownBeforeARequestIsRead() throws Exception {
    ready("net", "1", this::decode, this::twoClasses);
    Deadline deadline = new Deadline(now.get(), LIMIT);

    assertThat(service(4).find("net", null, deadline))
        .isEqualTo(new ModelSearch.Found(spec("net", "1")));
    assertThat(service(4).find("net", "2", deadline))
        .isEqualTo(new ModelSearch.Missing(new Failure.UnknownVersion("net", "2", List.of("1"))));
    assertThat(service(4).find("nought", null, deadline))
        .isEqualTo(new ModelSearch.Missing(new Failure.UnknownModel("nought", List.of("net"))));
  }

  @Test
  void aDecoderThatThrowsWhatItShouldNotFailsTheImage() throws Exception {
    var cause = new StackOverflowError();
    ready(
        "net",
        "1",
        (encoded, preprocessing, view, listener) -> {
          throw cause;
        },
        this::twoClasses);

    assertThat(failure(service(4).classify(request(GOOD), null)))
        .isEqualTo(new Failure.EngineFailed(cause));
  }

  @Test
  void aDeadlineThatPassesWhileDecodingKeepsTheImageFromTheNetwork() throws Exception {
    ready(
        "net",
        "1",
        (encoded, preprocessing, view, listener) -> {
          now.addAndGet(LIMIT.toNanos());
          return decode(encoded, preprocessing, view, listener);
        },
        this::twoClasses);

    assertThat(failure(service(4).classify(request(GOOD), null)))
        .isEqualTo(new Failure.TimedOut(LIMIT));
    assertThat(networkRuns).hasValue(0);
  }

  @Test
  void aFullDecodeQueueIsOverload() throws Exception {
    ready("net", "1", this::decodeWhenReleased, this::twoClasses);
    Thread requester = Thread.currentThread();
    Thread.ofPlatform()
        .daemon()
        .start(() -> {
          while (requester.getState() != Thread.State.TIMED_WAITING) {
            Thread.onSpinWait();
          }
          release.countDown(); // it waits for an answer, so it has submitted everything
        });

    var answer = service(1).classify(request(GOOD, GOOD, GOOD), null);

    // The first is in the decoder's hands, the second is queued, the third has no room.
    assertThat(answered(answer).outcomes())
        .extracting(outcome -> outcome instanceof Outcome.Success)
        .containsExactly(true, true, false);
    assertThat(answered(answer).outcomes().getLast())
        .isEqualTo(new Outcome.Failed<>(new Failure.Overloaded(Duration.ZERO)));
  }

  @Test
  void aImageThatTheQueueWouldTurnAwayIsNotDecoded() throws Exception {
    var decoded = new AtomicInteger();
    var entered = new CountDownLatch(1);
    var queue =
        ready(
            "net",
            "1",
            (encoded, preprocessing, view, listener) -> {
              decoded.incrementAndGet();
              return decode(encoded, preprocessing, view, listener);
            },
            inputs -> {
              entered.countDown();
              release.await();
              return twoClasses(inputs);
            });
    InferenceService service = service(4);
    queue.recordServiceTime(1, LIMIT);
    var first = new FutureTask<>(() -> service.classify(request(GOOD), null));
    Thread.ofPlatform().start(first);
    entered.await();

    assertThat(failure(service.classify(request(GOOD), null)))
        .isEqualTo(new Failure.Overloaded(LIMIT.multipliedBy(2)));
    assertThat(decoded).hasValue(1);
    release.countDown();
    assertThat(answered(first.get()).outcomes().getFirst()).isInstanceOf(Outcome.Success.class);
  }

  @Test
  void requestsWithAndWithoutHeadsShareABatchAndTheNetworksAnswerIsTheSame() throws Exception {
    List<Integer> batches = new CopyOnWriteArrayList<>();
    var entered = new CountDownLatch(1);
    var queue =
        ready(
            "net",
            "1",
            this::decode,
            inputs -> {
              batches.add(inputs.size());
              entered.countDown();
              release.await();
              return inputs.stream()
                  .map(input -> new NetworkOutput(new float[] {0.1f, 0.7f}, new float[] {5, 1}))
                  .toList();
            });
    InferenceService service = service(4);
    HeadRepository heads = twoHeads();
    List<FutureTask<Answer<Classification>>> answers = new ArrayList<>();
    List<List<String>> asked =
        List.of(List.of(), List.of(), List.of("side"), List.of("side", "place"));
    for (List<String> names : asked) {
      var answer =
          new FutureTask<>(
              () -> service.classify(request(GOOD), ClassOptions.top(null), heads.choose(names)));
      answers.add(answer);
      Thread.ofPlatform().start(answer);
      entered.await();
      int waiting = answers.size() - 1;
      await().until(() -> queue.queueLength() == waiting);
    }
    release.countDown();

    List<Classification> answered = new ArrayList<>();
    for (var answer : answers) {
      answered.add(
          ((Outcome.Success<Classification>) answered(answer.get()).outcomes().getFirst()).value());
    }
    assertThat(batches).containsExactly(1, 3);
    assertThat(answered.get(1).logits().getFirst())
        .containsExactly(answered.get(0).logits().getFirst());
    assertThat(answered.get(1).predictions()).isEqualTo(answered.get(0).predictions());
    assertThat(answered.get(2).predictions()).isEmpty();
    assertThat(names(answered.get(2))).containsExactly("side: right left");
    assertThat(names(answered.get(3)))
        .containsExactly("side: right left", "place: there elsewhere here");
    assertThat(answered.get(3).heads().getFirst().logits().getFirst())
        .containsExactly(answered.get(2).heads().getFirst().logits().getFirst());
  }

  private static List<String> names(Classification classification) {
    return classification.heads().stream()
        .map(head ->
            head.predictions().stream()
                .map(prediction -> prediction.label().name())
                .collect(Collectors.joining(" ", head.head().name() + ": ", "")))
        .toList();
  }

  @Test
  void anUnknownHeadAndTooManyOfItsClassesAreRefused() throws Exception {
    ready("net", "1", this::decode, this::twoClasses);
    InferenceService service = service(4);
    HeadRepository heads = twoHeads();

    assertThat(
            service.classify(
                request(GOOD), ClassOptions.top(null), heads.choose(List.of("side", "top"))))
        .isEqualTo(
            new Refused<>(
                new Failure.UnknownHead("The model net has no head top. There are: place, side.")));
    assertThat(
            service.classify(
                request(GOOD), ClassOptions.top(4), heads.choose(List.of("side", "place"))))
        .isEqualTo(
            new Refused<>(
                new Failure.BadParameter(
                    "top_k is 4: the head place has 3 classes, so it must be between 1 and 3.")));
    assertThat(networkRuns).hasValue(0);
  }

  /** Heads for features (x, 1): a small x is left and here, a large one right and there. */
  private HeadRepository twoHeads() throws Exception {
    HeadRepository heads = new HeadRepository(folder);
    Backbone backbone = Backbone.of(spec("net", "1"), "fp32");
    HeadFitter side = new HeadFitter();
    HeadFitter place = new HeadFitter();
    for (int i = 0; i < 4; i++) {
      side.add(new float[] {i, 1}, "left");
      side.add(new float[] {4 + i, 1}, "right");
      place.add(new float[] {-20 - i, 1}, "here");
      place.add(new float[] {4 + i, 1}, "there");
      place.add(new float[] {20 + i, 1}, "elsewhere");
    }
    heads.add("side", backbone, side.fit(Kind.LINEAR, 1), "a test");
    heads.add("place", backbone, place.fit(Kind.LINEAR, 1), "a test");
    return heads;
  }

  @Test
  void bulkImagesGoAfterThoseThatSomebodyWaitsFor() throws Exception {
    List<Integer> ran = new CopyOnWriteArrayList<>();
    var entered = new CountDownLatch(1);
    var queue =
        ready(
            "net",
            "1",
            (encoded, preprocessing, view, listener) ->
                new PreparedImage(
                    new Pixels(1, 1, new byte[] {encoded[0], 0, 0}), new ImageInfo("jpeg", 1, 1)),
            inputs -> {
              inputs.forEach(input -> ran.add((int) ((Pixels) input).rgb()[0]));
              entered.countDown();
              release.await();
              return twoClasses(inputs);
            });
    InferenceService service = service(4);
    byte[] running = {3};
    List<FutureTask<Answer<Classification>>> answers = new ArrayList<>();
    for (InferenceRequest request :
        List.of(request(running), request(BAD).inBulk(), request(GOOD))) {
      var answer = new FutureTask<>(() -> service.classify(request, null));
      answers.add(answer);
      Thread.ofPlatform().start(answer);
      entered.await();
      int waiting = answers.size() - 1;
      await().until(() -> queue.queueLength() == waiting);
    }
    release.countDown();
    for (var answer : answers) {
      assertThat(answered(answer.get()).outcomes()).hasSize(1);
    }

    assertThat(ran).containsExactly(3, 1, 2);
  }

  @Test
  void roomForPixelsIsHeldWhileAImageIsPreparedAndNoLonger() throws Exception {
    List<Long> used = new ArrayList<>();
    ready(
        "net",
        "1",
        (encoded, preprocessing, view, listener) -> {
          listener.onSize(60);
          used.add(pixels.used());
          listener.onSize(50); // a second header says less
          listener.onSize(70);
          used.add(pixels.used());
          return decode(encoded, preprocessing, view, listener);
        },
        inputs -> {
          used.add(pixels.used());
          return twoClasses(inputs);
        });
    InferenceService service = service(4);

    assertThat(answered(service.classify(request(GOOD), null)).outcomes()).hasSize(1);
    assertThat(used).containsExactly(60L, 70L, 0L);
    assertThat(answered(service.classify(request(BAD), null)).outcomes()).hasSize(1);
    assertThat(pixels.used()).isZero();
  }

  @Test
  void aImageThatFindsNoRoomBeforeItsDeadlineIsTooLate() throws Exception {
    ready(
        "net",
        "1",
        (encoded, preprocessing, view, listener) -> {
          now.addAndGet(LIMIT.toNanos()); // somebody else decodes for so long
          listener.onSize(60);
          return decode(encoded, preprocessing, view, listener);
        },
        this::twoClasses);
    assertThat(pixels.open().tryGrow(60)).isTrue();

    assertThat(failure(service(4).classify(request(GOOD), null)))
        .isEqualTo(new Failure.TimedOut(LIMIT));
    assertThat(networkRuns).hasValue(0);
    assertThat(pixels.used()).isEqualTo(60);
  }

  @Test
  void theListenerHearsTheStagesOfEachImageOnTheRequestsThread() throws Exception {
    ready(
        "net",
        "1",
        (encoded, preprocessing, view, listener) -> {
          now.addAndGet(3);
          if (encoded[0] == GOOD[0]) {
            listener.onDecoded();
            now.addAndGet(4);
          }
          return decode(encoded, preprocessing, view, listener);
        },
        inputs -> {
          now.addAndGet(5);
          return twoClasses(inputs);
        });
    List<String> heard = new ArrayList<>();
    Thread requester = Thread.currentThread();
    listener =
        new InferenceListener() {
          @Override
          public void onImage(ModelSpec model, ImageReport report) {
            assertThat(Thread.currentThread()).isEqualTo(requester);
            report.stages().forEach(time -> heard.add(time.stage() + " " + time.nanos()));
            heard.add(model.name() + " " + report.index() + " of " + report.batchSize());
          }

          @Override
          public void onAnswered(ModelSpec model, Answer.Answered<?> answer) {
            heard.add(answer.timing().toString());
          }
        };
    InferenceService service = service(4);

    assertThat(answered(service.classify(request(GOOD), null)).outcomes()).hasSize(1);

    assertThat(heard)
        .containsExactly(
            "DECODE_QUEUE 0",
            "DECODE 3",
            "PREPROCESS 4",
            "QUEUE 0",
            "INFERENCE 5",
            "RANKING 0",
            "net 0 of 1",
            new Timing(3, 4, 0, 5, 12, 1).toString());
    heard.clear();
    assertThat(answered(service.classify(request(BAD), null)).outcomes()).hasSize(1);
    assertThat(heard)
        .containsExactly(
            "DECODE_QUEUE 0", "DECODE 3", "net 0 of 0", new Timing(3, 0, 0, 0, 3, 0).toString());
  }

  @Test
  void anInterruptCancelsTheImages() throws Exception {
    var decoding = new CountDownLatch(1);
    ready(
        "net",
        "1",
        (encoded, preprocessing, view, listener) -> {
          decoding.countDown();
          return decodeWhenReleased(encoded, preprocessing, view, listener);
        },
        this::twoClasses);
    List<String> heard = new CopyOnWriteArrayList<>();
    listener =
        new InferenceListener() {
          @Override
          public void onImage(ModelSpec model, ImageReport report) {
            if (report.outcome().equals(new Outcome.Failed<>(new Failure.Cancelled()))) {
              heard.add("cancelled " + report.index());
            }
          }

          @Override
          public void onAnswered(ModelSpec model, Answer.Answered<?> answer) {
            heard.add("answered " + answer.outcomes().size());
          }
        };
    InferenceService service = service(4);
    var pending = new FutureTask<>(() -> service.classify(request(GOOD, GOOD), null));
    Thread thread = Thread.ofPlatform().start(pending);
    decoding.await();
    thread.interrupt();

    assertThatThrownBy(pending::get).hasCauseInstanceOf(InterruptedException.class);
    assertThat(heard).containsExactly("cancelled 0", "cancelled 1", "answered 2");
    release.countDown();
    // The one decode thread takes the next image only when it is done with the cancelled one.
    assertThat(answered(service.classify(request(GOOD), null)).outcomes()).hasSize(1);
    assertThat(networkRuns).hasValue(1);
  }

  private PreparedImage decode(
      byte[] encoded, Preprocessing preprocessing, CropMode view, PreparationListener listener)
      throws ImageException.Unreadable {
    if (encoded[0] == BAD[0]) {
      throw new ImageException.Unreadable("it is truncated");
    }
    return new PreparedImage(new Pixels(1, 1, new byte[3]), new ImageInfo("jpeg", 500, 375));
  }

  private PreparedImage decodeWhenReleased(
      byte[] encoded, Preprocessing preprocessing, CropMode view, PreparationListener listener)
      throws ImageException.Unreadable {
    try {
      release.await();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
    return decode(encoded, preprocessing, view, listener);
  }

  private List<NetworkOutput> twoClasses(List<NetworkInput> inputs) {
    networkRuns.incrementAndGet();
    return inputs.stream()
        .map(input -> new NetworkOutput(new float[] {5, 5}, new float[] {3, 4}))
        .toList();
  }

  private BatchQueue<NetworkInput, NetworkOutput> ready(
      String name,
      String version,
      ImagePreparer decoder,
      BatchFunction<NetworkInput, NetworkOutput> network) {
    var scheduler = new BatchScheduler(1, clock);
    closeables.add(scheduler);
    var settings = BatchSettings.of(BatchSizes.upTo(8)).withQueueCapacity(16);
    var queue = scheduler.open(name, network, settings, BatchListener.NONE);
    registry.put(
        new ModelState.Ready(
            new ServedModel(
                spec(name, version),
                () -> new PlanReport("fused", "fp32", 1, List.of()),
                decoder,
                queue)));
    return queue;
  }

  private InferenceService service(int decodeQueueCapacity) {
    return service(decodeQueueCapacity, clock);
  }

  private InferenceService service(int decodeQueueCapacity, NanoClock serviceClock) {
    var service =
        new InferenceService(registry, serviceClock, 1, decodeQueueCapacity, 0, pixels, listener);
    closeables.add(service);
    return service;
  }

  private InferenceRequest request(byte[]... images) {
    return new InferenceRequest(null, null, List.of(images), new Deadline(now.get(), LIMIT));
  }

  private InferenceRequest request(@Nullable String model, @Nullable String version) {
    return new InferenceRequest(model, version, List.of(GOOD), new Deadline(now.get(), LIMIT));
  }

  static ModelSpec spec(String name, String version) {
    return new ModelSpec(
        name,
        version,
        URI.create("file:/weights"),
        "sha256:0",
        Variant.V1_5,
        Preprocessing.CIFAR,
        Labels.numbered(2));
  }

  private static <T> Answered<T> answered(Answer<T> answer) {
    assertThat(answer).isInstanceOf(Answered.class);
    return (Answered<T>) answer;
  }

  private static Failure failure(Answer<?> answer) {
    return ((Outcome.Failed<?>) answered(answer).outcomes().getFirst()).failure();
  }

  private static float[] features(Answer<float[]> answer) {
    return ((Outcome.Success<float[]>) answered(answer).outcomes().getFirst()).value();
  }
}
