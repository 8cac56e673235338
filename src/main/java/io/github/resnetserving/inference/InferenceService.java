package io.github.resnetserving.inference;

import io.github.resnetserving.batch.NanoClock;
import io.github.resnetserving.batch.Priority;
import io.github.resnetserving.batch.Ticket;
import io.github.resnetserving.model.ClassActivationMap;
import io.github.resnetserving.model.FeatureMap;
import io.github.resnetserving.model.Inspected;
import io.github.resnetserving.model.Inspection;
import io.github.resnetserving.model.NetworkInput;
import io.github.resnetserving.model.NetworkOutput;
import io.github.resnetserving.model.NormalizedPicture;
import io.github.resnetserving.model.Pixels;
import io.github.resnetserving.model.Prediction;
import io.github.resnetserving.model.Preprocessing;
import io.github.resnetserving.model.View;
import io.github.resnetserving.ranking.Ranking;
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

  /**
   * Pictures of a request that are under way at the same time where each has ten crops: enough to
   * fill batches, and one request of many pictures does not fill the queue.
   */
  private static final int TEN_CROPS_AHEAD = 2;

  private static final byte[] NOT_ENCODED = {};

  @FunctionalInterface
  private interface Answerer<T> {

    Answer<T> answer(ServedModel model) throws InterruptedException;
  }

  /** Sets the picture of an index on its way. */
  @FunctionalInterface
  private interface Starter<O> {

    PendingImage<O> start(int index) throws InterruptedException;
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
   * @param decodeQueueCapacity pictures that may wait for a decode thread; beyond, and where their
   *     deadline would pass before, {@link Failure.Overloaded}
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
    this.decodePool = new DecodePool(decodeThreads, decodeQueueCapacity, clock);
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
        request,
        model -> {
          int classes = model.spec().labels().count();
          int k = topK == null ? Math.min(DEFAULT_TOP_K, classes) : topK;
          if (k < 1 || k > classes) {
            return refuse(
                request,
                new Failure.BadParameter(
                    "top_k is %d: %s has %d classes, so it must be between 1 and %d."
                        .formatted(k, model.spec().name(), classes, classes)));
          }
          return look(request, model, seen -> classification(seen.outputs(), model, k));
        });
  }

  /**
   * The features of each picture: the global average pool of the last stage; of ten crops their
   * mean.
   *
   * @param l2 whether to scale each to a Euclidean length of 1
   * @return (width,) floats a picture
   * @throws InterruptedException the request's pictures were cancelled
   */
  public Answer<float[]> features(InferenceRequest request, boolean l2)
      throws InterruptedException {
    return answer(
        request,
        model ->
            look(
                request,
                model,
                seen ->
                    Vectors.summary(
                        seen.outputs().stream().map(NetworkOutput::features).toList(), l2)));
  }

  /**
   * The map that a layer gives for each picture; of ten crops their mean.
   *
   * @param layer the name of a stage, or {@code stem}
   * @param l2 whether to scale each to a Euclidean length of 1
   * @throws InterruptedException the request's pictures were cancelled
   */
  public Answer<FeatureMap> maps(InferenceRequest request, String layer, boolean l2)
      throws InterruptedException {
    return answer(
        request,
        model -> {
          Interior interior = model.interior();
          List<String> layers = interior == null ? List.of() : interior.layers();
          if (interior == null || !layers.contains(layer)) {
            return refuse(
                request,
                new Failure.BadParameter(
                    "layer is %s: %s has %s."
                        .formatted(layer, model.spec().name(), listed("pool", layers))));
          }
          int stage = layers.indexOf(layer);
          return inspect(
              request,
              model,
              interior,
              crop -> new Inspection.OfStage(crop, stage),
              seen -> summary(seen.outputs(), l2));
        });
  }

  /**
   * Where in each picture the network sees a class.
   *
   * @param classIndex the class; null for the most probable one of each picture
   * @throws InterruptedException the request's pictures were cancelled
   */
  public Answer<Explanation> explain(InferenceRequest request, @Nullable Integer classIndex)
      throws InterruptedException {
    return answer(
        request,
        model -> {
          int classes = model.spec().labels().count();
          if (classIndex != null && (classIndex < 0 || classIndex >= classes)) {
            return refuse(
                request,
                new Failure.BadParameter(
                    "class is %d: %s has %d classes, so it must be between 0 and %d."
                        .formatted(classIndex, model.spec().name(), classes, classes - 1)));
          }
          Interior interior = model.interior();
          if (interior == null) {
            return refuse(
                request,
                new Failure.BadParameter(
                    "The model %s shows no activation maps.".formatted(model.spec().name())));
          }
          int asked = classIndex == null ? Inspection.OfClass.TOP : classIndex;
          return inspect(
              request,
              model,
              interior,
              crop -> new Inspection.OfClass(crop, asked),
              seen -> explanation(seen, model));
        });
  }

  /**
   * All that the network says of each picture's first crop.
   *
   * @throws InterruptedException the request's pictures were cancelled
   */
  public Answer<Scores> scores(InferenceRequest request) throws InterruptedException {
    return answer(
        request, model -> look(request, model, seen -> scores(seen.outputs().getFirst())));
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
                              picture.height(), picture.width(), model.spec().name(), side, side)));
            }
          }
          int count = request.pictures().size();
          return run(
              count,
              count,
              deadline,
              model,
              i -> queue(request.pictures().get(i), deadline, model),
              seen -> scores(seen.outputs().getFirst()));
        });
  }

  private static String listed(String first, List<String> others) {
    return others.isEmpty() ? "only " + first : first + ", " + String.join(", ", others);
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

  private <T> Answer<T> answer(InferenceRequest request, Answerer<T> answerer)
      throws InterruptedException {
    return answer(
        request.model(),
        request.version(),
        request.deadline(),
        model -> {
          Preprocessing preprocessing = model.spec().preprocessing();
          return request.view() == View.TEN && preprocessing.resize() == preprocessing.crop()
              ? refuse(request, noTenCrops(model))
              : answerer.answer(model);
        });
  }

  private <T> Answer<T> refuse(InferenceRequest request, Failure failure) {
    return refuse(request.deadline(), failure);
  }

  private <T> Answer<T> refuse(Deadline deadline, Failure failure) {
    listener.onRefused(failure, totalNanos(deadline));
    return new Answer.Refused<>(failure);
  }

  private static Failure noTenCrops(ServedModel model) {
    int size = model.spec().preprocessing().crop();
    return new Failure.BadParameter(
        "crop is ten: %s resizes pictures to %d pixels and looks at all %d of them, so there is only"
                .formatted(model.spec().name(), size, size)
            + " one crop. It must be center.");
  }

  private <T> Answer<T> look(
      InferenceRequest request, ServedModel model, Function<Seen<NetworkOutput>, T> answer)
      throws InterruptedException {
    return run(
        request,
        model,
        new Lane<>(model.queue(), crop -> crop, request.deadline(), priority(request)),
        answer);
  }

  private <T> Answer<T> inspect(
      InferenceRequest request,
      ServedModel model,
      Interior interior,
      Function<Pixels, Inspection> what,
      Function<Seen<Inspected>, T> answer)
      throws InterruptedException {
    return run(
        request,
        model,
        new Lane<>(interior.queue(), what, request.deadline(), priority(request)),
        answer);
  }

  private static Priority priority(InferenceRequest request) {
    return request.bulk() ? Priority.BULK : Priority.INTERACTIVE;
  }

  private <O, T> Answer<T> run(
      InferenceRequest request, ServedModel model, Lane<?, O> lane, Function<Seen<O>, T> answer)
      throws InterruptedException {
    List<byte[]> images = request.images();
    return run(
        images.size(),
        request.view() == View.TEN ? TEN_CROPS_AHEAD : images.size(),
        request.deadline(),
        model,
        i -> start(request, model, lane, images.get(i)),
        answer);
  }

  /**
   * @param ahead how many pictures are under way at the same time
   */
  private <O, T> Answer<T> run(
      int count,
      int ahead,
      Deadline deadline,
      ServedModel model,
      Starter<O> starter,
      Function<Seen<O>, T> answer)
      throws InterruptedException {
    List<PendingImage<O>> pending = new ArrayList<>(count);
    List<Outcome<T>> outcomes = new ArrayList<>(count);
    Timing timing = Timing.NONE;
    try {
      for (int i = 0; i < count; i++) {
        while (pending.size() < Math.min(count, i + ahead)) {
          pending.add(starter.start(pending.size()));
        }
        PendingImage.Result<O> result = pending.get(i).await();
        List<StageTime> stages = new ArrayList<>(result.stages());
        Outcome<T> outcome = rank(result.outcome(), answer, stages);
        PictureReport report = new PictureReport(i, outcome, stages, result.batchSize());
        listener.onPicture(model.spec(), report);
        outcomes.add(outcome);
        timing = timing.max(report.timing());
      }
    } catch (InterruptedException e) {
      // Nobody waits any more; the rest is announced all the same, so that counts add up.
      while (outcomes.size() < count) {
        Outcome<T> cancelled = new Outcome.Failed<>(new Failure.Cancelled());
        listener.onPicture(
            model.spec(), new PictureReport(outcomes.size(), cancelled, List.of(), 0));
        outcomes.add(cancelled);
      }
      var _ = announced(model, outcomes, timing, deadline);
      throw e;
    } finally {
      pending.forEach(PendingImage::cancel); // does nothing to those that have their outcome
    }
    return announced(model, outcomes, timing, deadline);
  }

  private <T> Answer<T> announced(
      ServedModel model, List<Outcome<T>> outcomes, Timing timing, Deadline deadline) {
    Answer.Answered<T> answered =
        new Answer.Answered<>(model, outcomes, timing.withTotal(totalNanos(deadline)));
    listener.onAnswered(model.spec(), answered);
    return answered;
  }

  private long totalNanos(Deadline deadline) {
    return clock.nanoTime() - deadline.startNanos();
  }

  private PendingImage<NetworkOutput> queue(
      NormalizedPicture picture, Deadline deadline, ServedModel model) {
    Function<NetworkInput, Ticket<NetworkOutput>> submit =
        input -> model.queue().submit(input, deadline.atNanos());
    var pending =
        new PendingImage<>(model, View.CENTER, submit, NOT_ENCODED, deadline, clock, pixels);
    pending.queue(picture, submit);
    return pending;
  }

  private <O> PendingImage<O> start(
      InferenceRequest request, ServedModel model, Lane<?, O> lane, byte[] image)
      throws InterruptedException {
    var pending =
        new PendingImage<>(
            model, request.view(), lane::submit, image, request.deadline(), clock, pixels);
    Failure refusal = lane.askAhead();
    if (refusal == null) {
      refusal = decodePool.tryExecute(pending, request.deadline(), request.bulk());
    }
    if (refusal != null) {
      pending.fail(refusal);
    }
    return pending;
  }

  /** Makes the answer out of an output, and adds the time that this took. */
  private <O, T> Outcome<T> rank(
      Outcome<Seen<O>> outcome, Function<Seen<O>, T> answer, List<StageTime> stages) {
    if (outcome instanceof Outcome.Failed<Seen<O>>) {
      return map(outcome, answer);
    }
    long started = clock.nanoTime();
    Outcome<T> ranked = map(outcome, answer);
    stages.add(new StageTime(Stage.RANKING, started, clock.nanoTime()));
    return ranked;
  }

  private static <O, T> Outcome<T> map(Outcome<Seen<O>> outcome, Function<Seen<O>, T> answer) {
    return switch (outcome) {
      case Outcome.Failed<Seen<O>>(var failure) -> new Outcome.Failed<>(failure);
      case Outcome.Success<Seen<O>>(var seen, var picture) -> {
        try {
          yield new Outcome.Success<>(answer.apply(seen), picture);
        } catch (IllegalArgumentException e) { // an output that is not finite, or too short
          yield new Outcome.Failed<>(new Failure.EngineFailed(e));
        }
      }
    };
  }

  private static Classification classification(
      List<NetworkOutput> outputs, ServedModel model, int k) {
    List<float[]> logits = outputs.stream().map(NetworkOutput::logits).toList();
    return new Classification(Ranking.topOfMean(logits, model.spec().labels(), k), logits);
  }

  private static Scores scores(NetworkOutput output) {
    double[] exact = Ranking.softmax(output.logits());
    float[] probabilities = new float[exact.length];
    for (int i = 0; i < exact.length; i++) {
      probabilities[i] = (float) exact[i];
    }
    return new Scores(output.logits(), probabilities, output.features());
  }

  private static FeatureMap summary(List<Inspected> outputs, boolean l2) {
    List<FeatureMap> maps = outputs.stream().map(FeatureMap.class::cast).toList();
    FeatureMap first = maps.getFirst();
    return new FeatureMap(
        first.channels(),
        first.height(),
        first.width(),
        Vectors.summary(maps.stream().map(FeatureMap::values).toList(), l2));
  }

  private static Explanation explanation(Seen<Inspected> seen, ServedModel model) {
    ClassActivationMap map = (ClassActivationMap) seen.outputs().getFirst();
    int index = map.classIndex();
    return new Explanation(
        new Prediction(
            index, model.spec().labels().get(index), Ranking.softmax(map.logits())[index]),
        map,
        seen.surroundings());
  }
}
