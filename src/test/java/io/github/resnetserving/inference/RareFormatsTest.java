package io.github.resnetserving.inference;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.resnetserving.batch.BatchListener;
import io.github.resnetserving.batch.BatchScheduler;
import io.github.resnetserving.batch.BatchSettings;
import io.github.resnetserving.batch.BatchSizes;
import io.github.resnetserving.batch.NanoClock;
import io.github.resnetserving.image.ImageException;
import io.github.resnetserving.image.ImagePreparer;
import io.github.resnetserving.image.ImagePreparer.DecoderUnavailableException;
import io.github.resnetserving.image.PreparationListener;
import io.github.resnetserving.image.PreparedImage;
import io.github.resnetserving.image.PreparedImage.ImageInfo;
import io.github.resnetserving.inference.Answer.Classification;
import io.github.resnetserving.models.PlanReport;
import io.github.resnetserving.models.Preprocessing;
import io.github.resnetserving.models.Preprocessing.CropMode;
import io.github.resnetserving.tensor.NetworkInput.Pixels;
import io.github.resnetserving.tensor.NetworkOutput;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Images whose decoder cannot be stopped wait for each other, and hold up no others. */
@Timeout(10)
class RareFormatsTest {

  private static final byte[] COMMON = {0};
  private static final byte[] SLOW = {1};
  private static final byte[] COSTLY = {2};
  private static final byte[] UNAVAILABLE = {3};

  private final CountDownLatch decoding = new CountDownLatch(1);
  private final CountDownLatch release = new CountDownLatch(1);
  private final ModelRegistry registry = new ModelRegistry("net");
  private final BatchScheduler scheduler = new BatchScheduler(1, NanoClock.system());
  private final InferenceService service =
      new InferenceService(
          registry,
          NanoClock.system(),
          /* decodeThreads= */ 1,
          /* decodeQueueCapacity= */ 2,
          /* spareDecodeThreads= */ 0,
          new Budget(1000),
          new InferenceListener() {},
          Optional.empty());

  @BeforeEach
  void serve() {
    var queue =
        scheduler.open(
            "net",
            (List<io.github.resnetserving.tensor.NetworkInput> inputs) ->
                inputs.stream()
                    .map(_ -> new NetworkOutput(new float[] {5, 5}, new float[] {3, 4}))
                    .toList(),
            BatchSettings.of(BatchSizes.upTo(8)),
            BatchListener.NONE);
    registry.put(
        new ModelState.Ready(
            new ServedModel(
                InferenceServiceTest.spec("net", "1"),
                () -> new PlanReport("fused", "fp32", 1, List.of()),
                new Preparer(),
                queue)));
  }

  @AfterEach
  void close() {
    release.countDown();
    service.close();
    scheduler.close();
  }

  /** All but one kind of image is rare. */
  private final class Preparer implements ImagePreparer {

    @Override
    public boolean isRare(byte[] encoded) {
      return encoded[0] != COMMON[0];
    }

    @Override
    public PreparedImage prepare(
        byte[] encoded, Preprocessing preprocessing, CropMode view, PreparationListener listener)
        throws ImageException {
      if (encoded[0] == COSTLY[0]) {
        throw new ImageException.TooCostly("It takes too long.");
      }
      if (encoded[0] == UNAVAILABLE[0]) {
        throw new DecoderUnavailableException("its decoder cannot be started");
      }
      if (encoded[0] == SLOW[0]) {
        decoding.countDown();
        try {
          release.await();
        } catch (InterruptedException e) {
          throw new IllegalStateException(e);
        }
      }
      return new PreparedImage(new Pixels(1, 1, new byte[3]), new ImageInfo("tiff", 1, 1));
    }
  }

  @Test
  void anImageOfACommonFormatIsAnsweredWhileARareOneIsDecoded() throws Exception {
    var slow = new FutureTask<>(() -> classify(SLOW));
    Thread.ofPlatform().start(slow);
    decoding.await();

    for (int i = 0; i < 5; i++) {
      assertThat(classify(COMMON)).isInstanceOf(Outcome.Success.class);
    }
    assertThat(slow.isDone()).isFalse();
    release.countDown();

    assertThat(slow.get()).isInstanceOf(Outcome.Success.class);
  }

  @Test
  void moreRareImagesThanMayWaitAreOverloadAndCommonOnesAreNot() throws Exception {
    byte[][] slow = {SLOW, SLOW, SLOW, SLOW, SLOW, COMMON};
    var answers = new FutureTask<>(() -> service.classify(request(slow), null));
    Thread.ofPlatform().start(answers);
    decoding.await();
    assertThat(classify(COMMON)).isInstanceOf(Outcome.Success.class);
    release.countDown();

    var outcomes = ((Answer.Answered<Classification>) answers.get()).outcomes();
    assertThat(outcomes)
        .filteredOn(outcome -> outcome instanceof Outcome.Failed<?>)
        .hasSize(2)
        .allSatisfy(outcome ->
            assertThat(((Outcome.Failed<?>) outcome).failure())
                .isInstanceOf(Failure.Overloaded.class));
    assertThat(outcomes.getLast()).isInstanceOf(Outcome.Success.class);
  }

  @Test
  void anImageThatIsTooCostlyFailsAlone() throws Exception {
    assertThat(classify(COSTLY))
        .isEqualTo(
            new Outcome.Failed<>(
                new Failure.BadImage(
                    Failure.BadImage.Reason.TOO_COSTLY,
                    "It takes too long. Convert it to JPEG or PNG with an image editor and send"
                        + " that.")));
    assertThat(classify(COMMON)).isInstanceOf(Outcome.Success.class);
  }

  @Test
  void aDecoderThatCannotBeRunMakesTheModelNotReadyForItsImages() throws Exception {
    assertThat(classify(UNAVAILABLE))
        .isEqualTo(
            new Outcome.Failed<>(
                new Failure.NotReady(
                    "net", "its decoder cannot be started", Duration.ofSeconds(10))));
    assertThat(classify(COMMON)).isInstanceOf(Outcome.Success.class);
  }

  private Outcome<Classification> classify(byte[] image) throws InterruptedException {
    var answer = (Answer.Answered<Classification>) service.classify(request(image), null);
    return answer.outcomes().getFirst();
  }

  private static InferenceRequest request(byte[]... images) {
    return new InferenceRequest(
        null, null, List.of(images), new Deadline(System.nanoTime(), Duration.ofSeconds(9)));
  }
}
