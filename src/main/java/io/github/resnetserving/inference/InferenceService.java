package io.github.resnetserving.inference;

import io.github.resnetserving.batch.Activity;
import io.github.resnetserving.batch.NanoClock;
import io.github.resnetserving.batch.Priority;
import io.github.resnetserving.model.FeatureMap;
import io.github.resnetserving.model.Inspected;
import io.github.resnetserving.model.Inspection;
import io.github.resnetserving.model.NetworkInput;
import io.github.resnetserving.model.NetworkOutput;
import io.github.resnetserving.model.NormalizedPicture;
import io.github.resnetserving.model.Pixels;
import io.github.resnetserving.model.Preprocessing;
import io.github.resnetserving.model.View;
import java.time.Duration;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Encoded pictures to predictions or features. A call blocks until every picture has its outcome,
 * or its deadline passes; call it from as many virtual threads as there are requests. Thread-safe.
 */
public final class InferenceService implements AutoCloseable {

  private static final int DEFAULT_TOP_K = 5;

  /** Other requests are answered in milliseconds to seconds, and then there is room. */
  private static final Duration NO_ROOM_WAIT = Duration.ofSeconds(1);

  /** Images of rare formats are decoded one after the other, beside all others. */
  private static final int RARE_DECODE_THREADS = 1;

  @FunctionalInterface
  private interface Answerer<T> {

    Answer<T> answer(ServedModel model) throws InterruptedException;
  }

  private final ModelLookup lookup;
  private final PicturePipeline pipeline;

  /**
   * Starts the decode threads.
   *
   * @param clock the one that deadlines are readings of
   * @param decodeThreads threads that decode, at most as many as processors; one more decodes
   *     images of rare formats
   * @param decodeQueueCapacity images that may wait for a decode thread; beyond, and where their
   *     deadline would pass before their answer is written, {@link Failure.Overloaded}
   * @param spareDecodeThreads how many decode threads that do not come back from a decoder are
   *     replaced at the same time; see {@link #replaceDecoder}
   * @param pixels room for the pixels of the pictures that are being decoded; a decode thread waits
   *     for it until the deadline of its picture
   */
  public InferenceService(
      ModelRegistry registry,
      NanoClock clock,
      int decodeThreads,
      int decodeQueueCapacity,
      int spareDecodeThreads,
      Budget pixels,
      InferenceListener listener) {
    this.lookup = new ModelLookup(registry);
    this.pipeline =
        new PicturePipeline(
            clock,
            new DecodePool(decodeThreads, decodeQueueCapacity, spareDecodeThreads, clock),
            new DecodePool(RARE_DECODE_THREADS, decodeQueueCapacity, /* spareThreads= */ 0, clock),
            pixels,
            listener);
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
          if (classes == 0) {
            return refuse(request, noClasses(model));
          }
          int k = topK == null ? Math.min(DEFAULT_TOP_K, classes) : topK;
          if (k < 1 || k > classes) {
            return refuse(
                request,
                new Failure.BadParameter(
                    "top_k is %d: %s has %d classes, so it must be between 1 and %d."
                        .formatted(k, model.spec().name(), classes, classes)));
          }
          return look(
              request,
              model,
              Footprint.ofClasses(request, model, k),
              seen -> Answers.classification(seen.outputs(), model, k));
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
                Footprint.ofFeatures(request, model),
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
              Footprint.ofMaps(request, model, interior.mapSizes().get(stage), l2),
              crop -> new Inspection.OfStage(crop, stage),
              seen -> Answers.summary(seen.outputs(), l2));
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
          if (classes == 0) {
            return refuse(request, noClasses(model));
          }
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
              Footprint.ofExplanation(request, model),
              crop -> new Inspection.OfClass(crop, asked),
              seen -> Answers.explanation(seen, model));
        });
  }

  /**
   * All that the network says of each picture's first crop.
   *
   * @throws InterruptedException the request's pictures were cancelled
   */
  public Answer<Scores> scores(InferenceRequest request) throws InterruptedException {
    return answer(
        request,
        model ->
            look(
                request,
                model,
                Footprint.ofScores(request, model),
                seen -> Answers.scores(seen.outputs().getFirst())));
  }

  /**
   * The same for pictures that need no decoding.
   *
   * @throws InterruptedException the request's pictures were cancelled
   */
  public Answer<Scores> scores(TensorRequest request) throws InterruptedException {
    return answer(
        request.model(),
        request.version(),
        request.deadline(),
        model -> {
          int side = model.spec().preprocessing().crop();
          for (NormalizedPicture picture : request.pictures()) {
            if (picture.height() != side || picture.width() != side) {
              return pipeline.refused(
                  new Failure.BadParameter(
                      "The input is %d x %d: %s takes %d x %d."
                          .formatted(
                              picture.height(), picture.width(), model.spec().name(), side, side)),
                  request.deadline());
            }
          }
          return pipeline.run(request, model, seen -> Answers.scores(seen.outputs().getFirst()));
        });
  }

  /**
   * Finds the model that would answer a request now, before the request's images are read. That
   * there is none is announced as for a request that is refused.
   *
   * @param name a model's name, or null for the default one
   * @param version one of its versions, or null for the newest that is ready
   */
  public ModelSearch find(@Nullable String name, @Nullable String version, Deadline deadline) {
    return switch (lookup.find(name, version)) {
      case ModelLookup.Found.Missing(var failure) -> {
        var _ = pipeline.refused(failure, deadline);
        yield new ModelSearch.Missing(failure);
      }
      case ModelLookup.Found.Model(var model) -> {
        model.users().leave();
        yield new ModelSearch.Found(model.spec());
      }
    };
  }

  /**
   * Asks whether an image that came now would be turned away for want of time or room, before it is
   * read. If so it is announced to the listener as a request of one image.
   *
   * @param encodedBytes of the image; 0 where they are not known, for the least
   * @param inside whether the network is to be looked into
   * @return null if it would not be, or if something else is to be said about the request
   */
  public Failure.@Nullable Overloaded shed(
      @Nullable String name,
      @Nullable String version,
      Deadline deadline,
      int encodedBytes,
      boolean inside) {
    if (!(lookup.find(name, version) instanceof ModelLookup.Found.Model(var model))) {
      return null;
    }
    try {
      Interior interior = model.interior();
      Lane<?, ?> lane =
          inside && interior != null
              ? new Lane<Inspection, Inspected>(
                  interior.queue(),
                  crop -> new Inspection.OfClass(crop, Inspection.OfClass.TOP),
                  deadline,
                  Priority.INTERACTIVE)
              : new Lane<NetworkInput, NetworkOutput>(
                  model.queue(), crop -> crop, deadline, Priority.INTERACTIVE);
      return pipeline.shed(model, lane, encodedBytes) instanceof Failure.Overloaded overloaded
          ? overloaded
          : null;
    } finally {
      model.users().leave();
    }
  }

  /**
   * Tells how long after its answer was made a response was written, so that admission leaves time
   * for that.
   */
  public void written(long nanos) {
    pipeline.written(nanos);
  }

  /** What the decode threads do at this moment. */
  public Activity decoding() {
    return pipeline.decoding();
  }

  /**
   * Gives up the decode thread that is at an image and does not come back, and starts another in
   * its place while there are spare ones.
   *
   * @param number of the image in {@link Activity#running}
   * @return whether the image was still being decoded
   */
  public boolean replaceDecoder(long number) {
    return pipeline.replaceDecoder(number);
  }

  private static String listed(String first, List<String> others) {
    return others.isEmpty() ? "only " + first : first + ", " + String.join(", ", others);
  }

  /** Stops the decode threads. Queues of models are not closed here. */
  @Override
  public void close() {
    pipeline.close();
  }

  /** Finds the request's model and keeps it from being taken away until the answer is there. */
  private <T> Answer<T> answer(
      @Nullable String name, @Nullable String version, Deadline deadline, Answerer<T> answerer)
      throws InterruptedException {
    return switch (lookup.find(name, version)) {
      case ModelLookup.Found.Missing(var failure) -> pipeline.refused(failure, deadline);
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
    return pipeline.refused(failure, request.deadline());
  }

  private static Failure noClasses(ServedModel model) {
    return new Failure.BadParameter(
        "The model %s has no classifier, so that it names no classes. Ask for its features, or name another model."
            .formatted(model.spec().name()));
  }

  private static Failure noTenCrops(ServedModel model) {
    int size = model.spec().preprocessing().crop();
    return new Failure.BadParameter(
        "crop is ten: %s resizes pictures to %d pixels and looks at all %d of them, so there is only"
                .formatted(model.spec().name(), size, size)
            + " one crop. It must be center.");
  }

  private <T> Answer<T> look(
      InferenceRequest request,
      ServedModel model,
      long bytes,
      Function<Seen<NetworkOutput>, T> answer)
      throws InterruptedException {
    Failure noRoom = reserve(request, bytes);
    if (noRoom != null) {
      return refuse(request, noRoom);
    }
    return pipeline.run(
        request,
        model,
        new Lane<>(model.queue(), crop -> crop, request.deadline(), priority(request)),
        answer);
  }

  private <T> Answer<T> inspect(
      InferenceRequest request,
      ServedModel model,
      Interior interior,
      long bytes,
      Function<Pixels, Inspection> what,
      Function<Seen<Inspected>, T> answer)
      throws InterruptedException {
    Failure noRoom = reserve(request, bytes);
    if (noRoom != null) {
      return refuse(request, noRoom);
    }
    return pipeline.run(
        request,
        model,
        new Lane<>(interior.queue(), what, request.deadline(), priority(request)),
        answer);
  }

  /** Takes the memory of an answer before anything is computed; null if it is there. */
  private static @Nullable Failure reserve(InferenceRequest request, long bytes)
      throws InterruptedException {
    AnswerRoom room = request.room();
    if (room.tryTakeAnswer(bytes)) {
      return null;
    }
    return bytes > room.most()
        ? new Failure.AnswerTooLarge(bytes, room.most())
        : new Failure.NoRoom(NO_ROOM_WAIT);
  }

  private static Priority priority(InferenceRequest request) {
    return request.bulk() ? Priority.BULK : Priority.INTERACTIVE;
  }
}
