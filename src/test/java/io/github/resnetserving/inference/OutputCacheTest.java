package io.github.resnetserving.inference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.github.resnetserving.batch.BatchListener;
import io.github.resnetserving.batch.BatchScheduler;
import io.github.resnetserving.batch.BatchSettings;
import io.github.resnetserving.batch.BatchSizes;
import io.github.resnetserving.image.ImageException;
import io.github.resnetserving.image.PreparationListener;
import io.github.resnetserving.image.PreparedImage;
import io.github.resnetserving.image.PreparedImage.ImageInfo;
import io.github.resnetserving.inference.Answer.Answered;
import io.github.resnetserving.inference.Answer.Classification;
import io.github.resnetserving.inference.OutputCache.Entry;
import io.github.resnetserving.inference.OutputCache.ImageDigest;
import io.github.resnetserving.inference.OutputCache.ImageKey;
import io.github.resnetserving.inference.OutputCache.Question;
import io.github.resnetserving.inference.Reuse.Source;
import io.github.resnetserving.models.PlanReport;
import io.github.resnetserving.models.Preprocessing;
import io.github.resnetserving.models.Preprocessing.CropMode;
import io.github.resnetserving.tensor.NetworkInput;
import io.github.resnetserving.tensor.NetworkInput.Pixels;
import io.github.resnetserving.tensor.NetworkOutput;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What is kept and shared of a network whose output is the first byte of the image. */
@Timeout(20)
class OutputCacheTest {

  private static final byte[] CAT = {1, 7};
  private static final byte[] DOG = {2, 7};
  private static final byte[] BROKEN = {-1};
  private static final byte[] OVERFLOWING = {99};

  /** A request on a thread of its own. */
  private record Pending(Thread thread, FutureTask<Answered<Classification>> answer) {

    void awaitWaiting() {
      await().until(() -> thread.getState() == Thread.State.TIMED_WAITING);
    }
  }

  private final AtomicLong now = new AtomicLong(Long.MAX_VALUE - 5);
  private final OutputCache cache =
      new OutputCache(100_000, /* acrossCallers= */ false, "exact", now::get);
  private final ModelRegistry registry = new ModelRegistry("net");
  private final BatchScheduler scheduler = new BatchScheduler(1, now::get);
  private final AtomicInteger computed = new AtomicInteger();
  private final AtomicInteger decoded = new AtomicInteger();
  private final List<InferenceService> services = new ArrayList<>();
  private volatile CountDownLatch gate = new CountDownLatch(0);
  private volatile String plan = "direct";

  @AfterEach
  void close() {
    gate.countDown();
    services.forEach(InferenceService::close);
    scheduler.close();
  }

  @Test
  void theSameBytesAreDecodedAndComputedOnce() throws Exception {
    InferenceService service = service();

    Answered<Classification> first = classify(service, CAT);
    now.addAndGet(3_000_000_000L);
    Answered<Classification> second = classify(service, CAT.clone());

    assertThat(first.reuse().source()).isEqualTo(Source.COMPUTED);
    assertThat(second.reuse().source()).isEqualTo(Source.CACHE);
    assertThat(second.reuse().ageNanos()).isEqualTo(3_000_000_000L);
    assertThat(second.reuse().fingerprint()).isEqualTo(first.reuse().fingerprint());
    assertThat(logits(second)).containsExactly(1, 0);
    assertThat(image(second)).isEqualTo(new ImageInfo("jpeg", 500, 375));
    assertThat(second.timing().batchSize()).isZero();
    assertThat(decoded).hasValue(1);
    assertThat(computed).hasValue(1);
    assertThat(List.of(cache.hits(), cache.misses(), cache.images())).containsExactly(1L, 1L, 1L);
  }

  @Test
  void otherNumbersOfClassesAndFeaturesAreMadeOfTheSameOutputs() throws Exception {
    InferenceService service = service();
    classify(service, CAT);

    var one = (Answered<Classification>) service.classify(request("", CAT), 1);
    var features = (Answered<float[]>) service.features(request("", CAT), /* l2= */ true);

    assertThat(one.outcomes()).hasSize(1);
    assertThat(features.outcomes().getFirst().toString()).contains("Success");
    assertThat(features.reuse().source()).isEqualTo(Source.CACHE);
    assertThat(computed).hasValue(1);
  }

  @Test
  void scalingFeaturesLeavesTheKeptOnesAsTheyAre() throws Exception {
    InferenceService service = service();

    service.features(request("", CAT), /* l2= */ true);

    var features = (Answered<float[]>) service.features(request("", CAT), /* l2= */ false);
    var success = (Outcome.Success<float[]>) features.outcomes().getFirst();
    assertThat(success.value()).containsExactly(3, 4);
  }

  @Test
  void oneByteMoreIsAnotherImage() throws Exception {
    InferenceService service = service();

    String first = classify(service, CAT).reuse().fingerprint();
    String second = classify(service, new byte[] {1, 7, 0}).reuse().fingerprint();

    assertThat(second).isNotEqualTo(first);
    assertThat(computed).hasValue(2);
  }

  @Test
  void aRequestIsAnsweredPartlyFromTheCache() throws Exception {
    InferenceService service = service();
    classify(service, CAT);

    Answered<Classification> both = classify(service, DOG, CAT);

    assertThat(both.reuse().source()).isEqualTo(Source.COMPUTED);
    assertThat(both.reuse().ageNanos()).isZero();
    assertThat(decoded).hasValue(2);
    assertThat(cache.hits()).isEqualTo(1);
  }

  @Test
  void anotherVersionIsComputed() throws Exception {
    InferenceService service = service();
    String before = classify(service, CAT).reuse().fingerprint();

    serve("2");

    assertThat(classify(service, CAT).reuse().source()).isEqualTo(Source.COMPUTED);
    assertThat(classify(service, CAT).reuse().fingerprint()).isNotEqualTo(before);
  }

  @Test
  void anotherPlanIsComputed() throws Exception {
    InferenceService service = service();
    classify(service, CAT);

    plan = "fused";

    assertThat(classify(service, CAT).reuse().source()).isEqualTo(Source.COMPUTED);
    assertThat(classify(service, CAT).reuse().source()).isEqualTo(Source.CACHE);
  }

  @Test
  void whatAPlanComputedThatHasJustBeenReplacedIsNotKept() throws Exception {
    InferenceService service = service();
    gate = new CountDownLatch(1);
    Pending first = start(service, request("", CAT));
    await().until(() -> decoded.get() == 1);

    plan = "fused";
    gate.countDown();

    assertThat(first.answer().get().reuse().source()).isEqualTo(Source.COMPUTED);
    assertThat(cache.images()).isZero();
  }

  @Test
  void oneCallersImageIsNotAnsweredWithAnothers() throws Exception {
    InferenceService service = service();
    classify(service, CAT);

    var other = (Answered<Classification>) service.classify(request("other", CAT), null);

    assertThat(other.reuse().source()).isEqualTo(Source.COMPUTED);
    assertThat(computed).hasValue(2);
  }

  @Test
  void oneCallersImageIsAnsweredWithAnothersWhereThatIsAllowed() throws Exception {
    InferenceService service = service(new OutputCache(100_000, true, "exact", now::get));
    classify(service, CAT);

    var other = (Answered<Classification>) service.classify(request("other", CAT), null);

    assertThat(other.reuse().source()).isEqualTo(Source.CACHE);
  }

  @Test
  void aRequestThatNamesNoCallerIsComputed() throws Exception {
    InferenceService service = service();
    classify(service, CAT);
    InferenceRequest unnamed =
        new InferenceRequest(null, null, List.of(CAT), deadline(Duration.ofSeconds(10)));

    var answer = (Answered<Classification>) service.classify(unnamed, null);

    assertThat(answer.reuse()).isEqualTo(Reuse.NONE);
    assertThat(computed).hasValue(2);
    assertThat(cache.hits() + cache.misses()).isEqualTo(1);
  }

  @Test
  void requestsAtTheSameTimeAreComputedOnce() throws Exception {
    InferenceService service = service();
    gate = new CountDownLatch(1);
    Pending first = start(service, request("", CAT));
    await().until(() -> decoded.get() == 1);
    Pending second = start(service, request("", CAT));
    Pending third = start(service, request("", CAT).inBulk());
    second.awaitWaiting();
    third.awaitWaiting();

    gate.countDown();

    assertThat(first.answer().get().reuse().source()).isEqualTo(Source.COMPUTED);
    for (Pending waiting : List.of(second, third)) {
      assertThat(waiting.answer().get().reuse().source()).isEqualTo(Source.COALESCED);
      assertThat(logits(waiting.answer().get())).containsExactly(1, 0);
    }
    assertThat(decoded).hasValue(1);
    assertThat(cache.coalesced()).isEqualTo(2);
  }

  @Test
  void requestsOfTheSameImagesInOppositeOrderEndBoth() throws Exception {
    InferenceService service = service();
    gate = new CountDownLatch(1);
    Pending first = start(service, request("", CAT, DOG));
    await().until(() -> cache.misses() == 2);
    Pending second = start(service, request("", DOG, CAT));
    second.awaitWaiting();

    gate.countDown();

    assertThat(first.answer().get().outcomes()).hasSize(2);
    assertThat(second.answer().get().reuse().source()).isEqualTo(Source.COALESCED);
  }

  @Test
  void whoWaitsForARequestThatIsCancelledComputesItself() throws Exception {
    InferenceService service = service();
    gate = new CountDownLatch(1);
    Pending first = start(service, request("", CAT));
    await().until(() -> decoded.get() == 1);
    Pending second = start(service, request("", CAT));
    second.awaitWaiting();

    first.thread().interrupt();
    assertThatThrownBy(first.answer()::get).hasCauseInstanceOf(InterruptedException.class);
    gate.countDown();

    assertThat(second.answer().get().reuse().source()).isEqualTo(Source.COMPUTED);
    assertThat(logits(second.answer().get())).containsExactly(1, 0);
    assertThat(cache.misses()).isEqualTo(2);
  }

  @Test
  void whoWaitsForARequestThatIsTooLateComputesItself() throws Exception {
    InferenceService service = service();
    gate = new CountDownLatch(1);
    Pending first =
        start(service, request("", CAT).withView(CropMode.CENTER), Duration.ofMillis(200));
    await().until(() -> decoded.get() == 1);
    Pending second = start(service, request("", CAT));
    second.awaitWaiting();

    now.addAndGet(Duration.ofMillis(200).toNanos());
    assertThat(failure(first)).isInstanceOf(Failure.TimedOut.class);
    gate.countDown();

    assertThat(logits(second.answer().get())).containsExactly(1, 0);
  }

  @Test
  void whoWaitsForAnotherRequestKeepsItsOwnDeadline() throws Exception {
    InferenceService service = service();
    gate = new CountDownLatch(1);
    Pending first = start(service, request("", CAT));
    await().until(() -> decoded.get() == 1);
    Pending second = start(service, request("", CAT), Duration.ofMillis(200));
    second.awaitWaiting();

    now.addAndGet(Duration.ofMillis(200).toNanos());
    assertThat(failure(second)).isEqualTo(new Failure.TimedOut(Duration.ofMillis(200)));
    gate.countDown();

    assertThat(first.answer().get().reuse().source()).isEqualTo(Source.COMPUTED);
    assertThat(classify(service, CAT).reuse().source()).isEqualTo(Source.CACHE);
  }

  @Test
  void aBrokenImageIsToldToAllWhoWaitAndNotKept() throws Exception {
    InferenceService service = service();
    gate = new CountDownLatch(1);
    Pending first = start(service, request("", BROKEN));
    await().until(() -> decoded.get() == 1);
    Pending second = start(service, request("", BROKEN));
    second.awaitWaiting();

    gate.countDown();

    assertThat(failure(first)).isInstanceOf(Failure.BadImage.class).isEqualTo(failure(second));
    assertThat(decoded).hasValue(1);
    assertThat(cache.images()).isZero();
    assertThat(classify(service, BROKEN).reuse().source()).isEqualTo(Source.COMPUTED);
    assertThat(decoded).hasValue(2);
  }

  @Test
  void outputsThatAreNoNumbersAreNotKept() throws Exception {
    InferenceService service = service();

    for (int i = 0; i < 2; i++) {
      var answer = (Answered<?>) service.classify(request("", OVERFLOWING), 1);
      assertThat(answer.outcomes().getFirst()).isInstanceOf(Outcome.Failed.class);
    }

    assertThat(cache.images()).isZero();
    assertThat(computed).hasValue(2);
  }

  @Test
  void imagesThatAreDecodedOtherwiseHaveOtherTags() throws Exception {
    OutputCache other = new OutputCache(100_000, false, "fast", now::get);

    assertThat(classify(service(other), CAT).reuse().fingerprint())
        .isNotEqualTo(classify(service(), CAT).reuse().fingerprint());
  }

  @Test
  void anInteractiveRequestDoesNotWaitForOneInBulk() {
    ImageKey key =
        new ImageKey(new Question("", "net", "direct", CropMode.CENTER, "network"), digest(CAT));

    assertThat(cache.find(key, /* bulk= */ true)).isInstanceOf(Entry.Missing.class);
    assertThat(cache.find(key, /* bulk= */ true)).isInstanceOf(Entry.Underway.class);
    Entry interactive = cache.find(key, /* bulk= */ false);
    assertThat(interactive).isInstanceOf(Entry.Missing.class);
    assertThat(cache.find(key, /* bulk= */ true))
        .isEqualTo(new Entry.Underway(((Entry.Missing) interactive).flight()));
  }

  @Test
  void entriesLeaveWhereTheyWouldTakeMoreThanIsAllowed() throws Exception {
    OutputCache small =
        new OutputCache(1_000, false, "exact", now::get); // two entries of 416 bytes
    InferenceService service = service(small);

    for (byte i = 1; i <= 20; i++) {
      classify(service, new byte[] {i});
    }

    assertThat(small.bytes()).isEqualTo(832);
    assertThat(small.images()).isEqualTo(2);
    assertThat(small.evictions()).isEqualTo(18);
  }

  private static ImageDigest digest(byte[] image) {
    return ImageDigest.of(image);
  }

  private PreparedImage decode(
      byte[] encoded, Preprocessing preprocessing, CropMode view, PreparationListener listener)
      throws ImageException.Unreadable {
    decoded.incrementAndGet();
    try {
      gate.await();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
    if (encoded[0] == BROKEN[0]) {
      throw new ImageException.Unreadable("it is truncated");
    }
    return new PreparedImage(
        new Pixels(1, 1, new byte[] {encoded[0], 0, 0}), new ImageInfo("jpeg", 500, 375));
  }

  private List<NetworkOutput> compute(List<NetworkInput> inputs) {
    computed.addAndGet(inputs.size());
    return inputs.stream()
        .map(input -> {
          byte first = ((Pixels) input).rgb()[0];
          float logit = first == OVERFLOWING[0] ? Float.POSITIVE_INFINITY : first;
          return new NetworkOutput(new float[] {logit, 0}, new float[] {3, 4});
        })
        .toList();
  }

  private void serve(String version) {
    var queue =
        scheduler.open(
            "net " + version,
            this::compute,
            BatchSettings.of(BatchSizes.upTo(8)).withQueueCapacity(16),
            BatchListener.NONE);
    registry.put(
        new ModelState.Ready(
            new ServedModel(
                InferenceServiceTest.spec("net", version),
                () -> new PlanReport(plan, "fp32", 1, List.of()),
                this::decode,
                queue)));
  }

  private InferenceService service() {
    return service(cache);
  }

  private InferenceService service(OutputCache with) {
    serve("1");
    InferenceService service =
        new InferenceService(
            registry,
            now::get,
            /* decodeThreads= */ 1,
            /* decodeQueueCapacity= */ 8,
            /* spareDecodeThreads= */ 0,
            new Budget(1_000),
            InferenceListener.NONE,
            Optional.of(with));
    services.add(service);
    return service;
  }

  private Deadline deadline(Duration limit) {
    return new Deadline(now.get(), limit);
  }

  private InferenceRequest request(String caller, byte[]... images) {
    return new InferenceRequest(null, null, List.of(images), deadline(Duration.ofSeconds(10)))
        .withCaller(caller);
  }

  private Pending start(InferenceService service, InferenceRequest request) {
    var answer = new FutureTask<>(() -> (Answered<Classification>) service.classify(request, null));
    return new Pending(Thread.ofPlatform().start(answer), answer);
  }

  private Pending start(InferenceService service, InferenceRequest request, Duration limit) {
    return start(
        service,
        new InferenceRequest(null, null, request.images(), deadline(limit)).withCaller(""));
  }

  private Answered<Classification> classify(InferenceService service, byte[]... images)
      throws InterruptedException {
    return (Answered<Classification>) service.classify(request("", images), null);
  }

  private static float[] logits(Answered<Classification> answer) {
    var success = (Outcome.Success<Classification>) answer.outcomes().getFirst();
    return success.value().logits().getFirst();
  }

  private static ImageInfo image(Answered<Classification> answer) {
    return ((Outcome.Success<Classification>) answer.outcomes().getFirst()).image();
  }

  private static Failure failure(Pending pending) throws Exception {
    return ((Outcome.Failed<?>) pending.answer().get().outcomes().getFirst()).failure();
  }
}
