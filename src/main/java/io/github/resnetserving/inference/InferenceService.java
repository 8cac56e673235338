package io.github.resnetserving.inference;

import io.github.resnetserving.batch.NanoClock;
import io.github.resnetserving.model.NetworkOutput;
import io.github.resnetserving.model.NormalizedPicture;
import io.github.resnetserving.ranking.Ranking;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Encoded pictures to predictions or features. A call blocks until every picture has its outcome,
 * or its deadline passes; call it from as many virtual threads as there are requests. Thread-safe.
 */
public final class InferenceService implements AutoCloseable {

  private static final int DEFAULT_TOP_K = 5;

  private static final byte[] NOT_ENCODED = {};

  @FunctionalInterface
  private interface Answerer<T> {

    Answer<T> answer(ServedModel model) throws InterruptedException;
  }

  private final ModelLookup lookup;
  private final NanoClock clock;
  private final Budget pixels;
  private final InferenceListener listener;
  private final DecodePool decodePool;

  /**
   * Starts the decode threads.
   *
   * @param clock the one that deadlines are readings of
   * @param decodeThreads threads that decode, at most as many as processors
   * @param decodeQueueCapacity pictures that may wait for a decode thread; beyond, {@link
   *     Failure.Overloaded}
   * @param pixels room for the pixels of the pictures that are being decoded; a decode thread waits
   *     for it until the deadline of its picture
   */
  public InferenceService(
      ModelRegistry registry,
      NanoClock clock,
      int decodeThreads,
      int decodeQueueCapacity,
      Budget pixels,
      InferenceListener listener) {
    this.lookup = new ModelLookup(registry);
    this.clock = clock;
    this.pixels = pixels;
    this.listener = listener;
    this.decodePool = new DecodePool(decodeThreads, decodeQueueCapacity);
  }

  /**
   * The most probable classes of each picture.
   *
   * @param topK how many classes; null for the smaller of 5 and the number of classes
   * @throws InterruptedException the request's pictures were cancelled
   */
  public Answer<Classification> classify(InferenceRequest request, @Nullable Integer topK)
      throws InterruptedException {
    return answer(
        request.model(),
        request.version(),
        request.deadline(),
        model -> {
          int classes = model.spec().labels().count();
          int k = topK == null ? Math.min(DEFAULT_TOP_K, classes) : topK;
          if (k < 1 || k > classes) {
            return refuse(
                request.deadline(),
                new Failure.BadParameter(
                    "top_k is %d: %s has %d classes, so it must be between 1 and %d."
                        .formatted(k, model.spec().name(), classes, classes)));
          }
          return run(
              decode(request, model),
              request.deadline(),
              model,
              output -> classification(output, model, k));
        });
  }

  /**
   * The features of each picture: the global average pool of the last stage.
   *
   * @param l2 whether to scale each to a Euclidean length of 1
   * @return (width,) floats a picture
   * @throws InterruptedException the request's pictures were cancelled
   */
  public Answer<float[]> features(InferenceRequest request, boolean l2)
      throws InterruptedException {
    return answer(
        request.model(),
        request.version(),
        request.deadline(),
        model ->
            run(
                decode(request, model),
                request.deadline(),
                model,
                output -> l2 ? normalized(output.features()) : output.features()));
  }

  /**
   * All that the network says of each picture.
   *
   * @throws InterruptedException the request's pictures were cancelled
   */
  public Answer<Scores> scores(InferenceRequest request) throws InterruptedException {
    return answer(
        request.model(),
        request.version(),
        request.deadline(),
        model ->
            run(decode(request, model), request.deadline(), model, InferenceService::scores));
  }

  /**
   * The same for pictures that need no decoding.
   *
   * @throws InterruptedException the request's pictures were cancelled
   */
  public Answer<Scores> scores(TensorRequest request) throws InterruptedException {
    Deadline deadline = request.deadline();
    return answer(
        request.model(),
        request.version(),
        deadline,
        model -> {
          int side = model.spec().preprocessing().crop();
          for (NormalizedPicture picture : request.pictures()) {
            if (picture.height() != side || picture.width() != side) {
              return refuse(
                  deadline,
                  new Failure.BadParameter(
                      "The input is %d x %d: %s takes %d x %d."
                          .formatted(
                              picture.height(),
                              picture.width(),
                              model.spec().name(),
                              side,
                              side)));
            }
          }
          return run(queue(request, model), deadline, model, InferenceService::scores);
        });
  }

  /** Stops the decode threads. Queues of models are not closed here. */
  @Override
  public void close() {
    decodePool.close();
  }

  /** Finds the request's model and keeps it from being taken away until the answer is there. */
  private <T> Answer<T> answer(
      @Nullable String name, @Nullable String version, Deadline deadline, Answerer<T> answerer)
      throws InterruptedException {
    return switch (lookup.find(name, version)) {
      case ModelLookup.Found.Missing(var failure) -> refuse(deadline, failure);
      case ModelLookup.Found.Model(var model) -> {
        try {
          yield answerer.answer(model);
        } finally {
          model.users().leave();
        }
      }
    };
  }

  private <T> Answer<T> refuse(Deadline deadline, Failure failure) {
    listener.onRefused(failure, totalNanos(deadline));
    return new Answer.Refused<>(failure);
  }

  private <T> Answer<T> run(
      List<PendingImage> pending,
      Deadline deadline,
      ServedModel model,
      Function<NetworkOutput, T> answer)
      throws InterruptedException {
    List<Outcome<T>> outcomes = new ArrayList<>(pending.size());
    Timing timing = Timing.NONE;
    try {
      for (PendingImage image : pending) {
        PendingImage.Result result = image.await();
        List<StageTime> stages = new ArrayList<>(result.stages());
        Outcome<T> outcome = rank(result.outcome(), answer, stages);
        PictureReport report =
            new PictureReport(outcomes.size(), outcome, stages, result.batchSize());
        listener.onPicture(model.spec(), report);
        outcomes.add(outcome);
        timing = timing.max(report.timing());
      }
    } finally {
      pending.forEach(PendingImage::cancel); // does nothing to those that have their outcome
    }
    Answer.Answered<T> answered =
        new Answer.Answered<>(model, outcomes, timing.withTotal(totalNanos(deadline)));
    listener.onAnswered(model.spec(), answered);
    return answered;
  }

  private long totalNanos(Deadline deadline) {
    return clock.nanoTime() - deadline.startNanos();
  }

  private List<PendingImage> decode(InferenceRequest request, ServedModel model) {
    return request.images().stream()
        .map(image -> start(model, image, request.deadline()))
        .toList();
  }

  private List<PendingImage> queue(TensorRequest request, ServedModel model) {
    return request.pictures().stream()
        .map(
            picture -> {
              PendingImage pending =
                  new PendingImage(model, NOT_ENCODED, request.deadline(), clock, pixels);
              pending.queue(picture);
              return pending;
            })
        .toList();
  }

  private PendingImage start(ServedModel model, byte[] image, Deadline deadline) {
    PendingImage pending = new PendingImage(model, image, deadline, clock, pixels);
    if (!decodePool.tryExecute(pending)) {
      pending.fail(new Failure.Overloaded(Duration.ZERO));
    }
    return pending;
  }

  /** Makes the answer out of an output, and adds the time that this took. */
  private <T> Outcome<T> rank(
      Outcome<NetworkOutput> outcome, Function<NetworkOutput, T> answer, List<StageTime> stages) {
    if (outcome instanceof Outcome.Failed<NetworkOutput>) {
      return map(outcome, answer);
    }
    long started = clock.nanoTime();
    Outcome<T> ranked = map(outcome, answer);
    stages.add(new StageTime(Stage.RANKING, started, clock.nanoTime()));
    return ranked;
  }

  private static <T> Outcome<T> map(
      Outcome<NetworkOutput> outcome, Function<NetworkOutput, T> answer) {
    return switch (outcome) {
      case Outcome.Failed<NetworkOutput>(var failure) -> new Outcome.Failed<>(failure);
      case Outcome.Success<NetworkOutput>(var output, var picture) -> {
        try {
          yield new Outcome.Success<>(answer.apply(output), picture);
        } catch (IllegalArgumentException e) { // an output that is not finite, or too short
          yield new Outcome.Failed<>(new Failure.EngineFailed(e));
        }
      }
    };
  }

  private static Classification classification(NetworkOutput output, ServedModel model, int k) {
    return new Classification(
        Ranking.top(output.logits(), model.spec().labels(), k), output.logits());
  }

  private static Scores scores(NetworkOutput output) {
    double[] exact = Ranking.softmax(output.logits());
    float[] probabilities = new float[exact.length];
    for (int i = 0; i < exact.length; i++) {
      probabilities[i] = (float) exact[i];
    }
    return new Scores(output.logits(), probabilities, output.features());
  }

  private static float[] normalized(float[] features) {
    double squares = 0;
    for (float feature : features) {
      squares += (double) feature * feature;
    }
    double length = Math.sqrt(squares);
    float[] scaled = new float[features.length];
    for (int i = 0; i < features.length; i++) {
      scaled[i] = length == 0 ? 0 : (float) (features[i] / length); // no direction: stays zero
    }
    return scaled;
  }
}
