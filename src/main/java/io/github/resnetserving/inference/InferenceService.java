package io.github.resnetserving.inference;

import io.github.resnetserving.batch.Activity;
import io.github.resnetserving.batch.NanoClock;
import io.github.resnetserving.batch.Priority;
import io.github.resnetserving.heads.Head;
import io.github.resnetserving.heads.HeadChoice;
import io.github.resnetserving.inference.Answer.ClassOptions;
import io.github.resnetserving.inference.Answer.Classification;
import io.github.resnetserving.inference.Answer.Explanation;
import io.github.resnetserving.inference.Answer.Scores;
import io.github.resnetserving.inference.InferenceRequest.AnswerRoom;
import io.github.resnetserving.inference.InferenceRequest.TensorRequest;
import io.github.resnetserving.inference.ServedModel.IntermediateLayers;
import io.github.resnetserving.models.ModelSpec;
import io.github.resnetserving.models.Preprocessing;
import io.github.resnetserving.models.Preprocessing.CropMode;
import io.github.resnetserving.tensor.IntermediateOutput;
import io.github.resnetserving.tensor.IntermediateOutput.FeatureMap;
import io.github.resnetserving.tensor.IntermediateRequest;
import io.github.resnetserving.tensor.NetworkInput;
import io.github.resnetserving.tensor.NetworkOutput;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Encoded images to predictions or features. A call blocks until every image has its outcome, or
 * its deadline passes; call it from as many virtual threads as there are requests. Thread-safe.
 */
public final class InferenceService implements AutoCloseable {

  /** Other requests are answered in milliseconds to seconds, and then there is room. */
  private static final Duration NO_ROOM_WAIT = Duration.ofSeconds(1);

  /** Images of rare formats are decoded one after the other, beside all others. */
  private static final int RARE_DECODE_THREADS = 1;

  private final ModelLookup lookup;
  private final InferencePipeline pipeline;

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
   * @param pixels room for the pixels of the images that are being decoded; a decode thread waits
   *     for it until the deadline of its image
   * @param cache what was computed for requests that name their caller; empty to compute everything
   */
  public InferenceService(
      ModelRegistry registry,
      NanoClock clock,
      int decodeThreads,
      int decodeQueueCapacity,
      int spareDecodeThreads,
      Budget pixels,
      InferenceListener listener,
      Optional<OutputCache> cache) {
    this.lookup = new ModelLookup(registry);
    this.pipeline =
        new InferencePipeline(
            clock,
            new DecodePool(decodeThreads, decodeQueueCapacity, spareDecodeThreads, clock),
            new DecodePool(RARE_DECODE_THREADS, decodeQueueCapacity, /* spareThreads= */ 0, clock),
            pixels,
            listener,
            cache);
  }

  /**
   * The most probable classes of each image.
   *
   * @param topK how many classes; null for the smaller of 5 and the number of classes
   * @throws InterruptedException the request's images were cancelled
   */
  public Answer<Classification> classify(InferenceRequest request, @Nullable Integer topK)
      throws InterruptedException {
    return classify(request, ClassOptions.top(topK), HeadChoice.NONE);
  }

  /**
   * The most probable classes of each image by heads on the model's features, all of one forward
   * pass; without heads by the model's own classifier.
   *
   * @param options what is wanted; a head with fewer classes tells them all
   * @throws InterruptedException the request's images were cancelled
   */
  public Answer<Classification> classify(
      InferenceRequest request, ClassOptions options, HeadChoice choice)
      throws InterruptedException {
    return answer(request, model -> Task.classes(request, model, options, choice));
  }

  /**
   * The features of each image: the global average pool of the last stage; of ten crops their mean.
   *
   * @param l2 whether to scale each to a Euclidean length of 1
   * @return (width,) floats an image
   * @throws InterruptedException the request's images were cancelled
   */
  public Answer<float[]> features(InferenceRequest request, boolean l2)
      throws InterruptedException {
    return answer(request, model -> Task.features(request, model, l2));
  }

  /**
   * The map that a layer gives for each image; of ten crops their mean.
   *
   * @param layer the name of a stage, or {@code stem}
   * @param l2 whether to scale each to a Euclidean length of 1
   * @throws InterruptedException the request's images were cancelled
   */
  public Answer<FeatureMap> maps(InferenceRequest request, String layer, boolean l2)
      throws InterruptedException {
    return answer(request, model -> Task.map(request, model, layer, l2));
  }

  /**
   * Computes where in each image the network sees a class.
   *
   * @param classIndex the class; null for the most probable one of each image
   * @throws InterruptedException the request's images were cancelled
   */
  public Answer<Explanation> explain(InferenceRequest request, @Nullable Integer classIndex)
      throws InterruptedException {
    return answer(request, model -> Task.explanation(request, model, classIndex));
  }

  /**
   * All that the network says of each image's first crop.
   *
   * @param heads none or one, whose scores then take the place of the classifier's
   * @throws InterruptedException the request's images were cancelled
   */
  public Answer<Scores> scores(InferenceRequest request, List<Head> heads)
      throws InterruptedException {
    return answer(request, model -> Task.scores(request, model, heads));
  }

  /**
   * Runs images that need no decoding.
   *
   * @param heads as above
   * @throws InterruptedException the request's images were cancelled
   */
  public Answer<Scores> scores(TensorRequest request, List<Head> heads)
      throws InterruptedException {
    return answering(
        request.model(),
        request.version(),
        request.deadline(),
        model -> {
          int side = model.spec().preprocessing().crop();
          for (NetworkInput image : request.images()) {
            if (image.height() != side || image.width() != side) {
              return pipeline.refused(ModelRefusals.size(model, image), request.deadline());
            }
          }
          return pipeline.run(
              request, model, seen -> AnswerMapper.scores(seen.outputs().getFirst(), model, heads));
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
        model.leave();
        yield new ModelSearch.Found(model.spec());
      }
    };
  }

  /**
   * Asks whether an image that came now would be turned away for want of time or room, before it is
   * read. If so it is announced to the listener as a request of one image.
   *
   * @param encodedBytes of the image; 0 where they are not known, for the least
   * @param ofStage whether an intermediate output is asked for
   * @return null if it would not be, or if something else is to be said about the request
   */
  public Failure.@Nullable Overloaded shed(
      @Nullable String name,
      @Nullable String version,
      Deadline deadline,
      int encodedBytes,
      boolean ofStage) {
    if (!(lookup.find(name, version) instanceof ModelLookup.Found.Model(var model))) {
      return null;
    }
    try {
      IntermediateLayers intermediate = model.intermediate();
      QueueBinding<?, ?> lane =
          ofStage && intermediate != null
              ? new QueueBinding<IntermediateRequest, IntermediateOutput>(
                  intermediate.queue(),
                  crop -> new IntermediateRequest.OfClass(crop, IntermediateRequest.OfClass.TOP),
                  deadline,
                  Priority.INTERACTIVE)
              : new QueueBinding<NetworkInput, NetworkOutput>(
                  model.queue(), crop -> crop, deadline, Priority.INTERACTIVE);
      return pipeline.shed(model, lane, encodedBytes) instanceof Failure.Overloaded overloaded
          ? overloaded
          : null;
    } finally {
      model.leave();
    }
  }

  /** Whether a request that names its caller may be answered without computing. */
  public boolean isCaching() {
    return pipeline.isCaching();
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

  /** Stops the decode threads. Queues of models are not closed here. */
  @Override
  public void close() {
    pipeline.close();
  }

  private <T> Answer<T> answer(InferenceRequest request, Function<ServedModel, Task<T>> asked)
      throws InterruptedException {
    return answering(
        request.model(),
        request.version(),
        request.deadline(),
        model -> {
          Preprocessing preprocessing = model.spec().preprocessing();
          if (request.view() == CropMode.TEN && preprocessing.resize() == preprocessing.crop()) {
            return refuse(request, ModelRefusals.noTenCrops(model));
          }
          return switch (asked.apply(model)) {
            case Task.Refused<T>(var why) -> refuse(request, why);
            case Task.Forward<?, ?, T> forward -> run(request, model, forward);
          };
        });
  }

  /** Finds a model and keeps it from being taken away until the answer is there. */
  private <T> Answer<T> answering(
      @Nullable String name, @Nullable String version, Deadline deadline, Answerer<T> answerer)
      throws InterruptedException {
    return switch (lookup.find(name, version)) {
      case ModelLookup.Found.Missing(var failure) -> pipeline.refused(failure, deadline);
      case ModelLookup.Found.Model(var model) -> {
        try {
          yield answerer.answer(model);
        } finally {
          model.leave();
        }
      }
    };
  }

  private <T> Answer<T> refuse(InferenceRequest request, Failure failure) {
    return pipeline.refused(failure, request.deadline());
  }

  private <I, O, T> Answer<T> run(
      InferenceRequest request, ServedModel model, Task.Forward<I, O, T> forward)
      throws InterruptedException {
    Failure noRoom = reserve(request, forward.bytes());
    if (noRoom != null) {
      return refuse(request, noRoom);
    }
    Priority priority = request.bulk() ? Priority.BULK : Priority.INTERACTIVE;
    var lane = new QueueBinding<>(forward.queue(), forward.input(), request.deadline(), priority);
    return pipeline.run(request, model, lane, forward.layer(), forward.answer());
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

  @FunctionalInterface
  private interface Answerer<T> {

    Answer<T> answer(ServedModel model) throws InterruptedException;
  }

  /** Which model would answer a request. */
  public sealed interface ModelSearch {

    /** This one, as far as can be told now. */
    record Found(ModelSpec spec) implements ModelSearch {}

    /** None. */
    record Missing(Failure failure) implements ModelSearch {}
  }
}
