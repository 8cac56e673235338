package io.github.resnetserving.resnet;

import io.github.resnetserving.batch.BatchListener;
import io.github.resnetserving.batch.BatchScheduler;
import io.github.resnetserving.batch.BatchSettings;
import io.github.resnetserving.batch.BatchSizes;
import io.github.resnetserving.batch.NanoClock;
import io.github.resnetserving.confidence.Confidence;
import io.github.resnetserving.engine.InferenceEngine;
import io.github.resnetserving.heads.Head;
import io.github.resnetserving.heads.HeadChoice;
import io.github.resnetserving.image.DecodePolicy;
import io.github.resnetserving.image.ImagePipeline;
import io.github.resnetserving.inference.Answer;
import io.github.resnetserving.inference.Answer.ClassOptions;
import io.github.resnetserving.inference.Answer.Classification;
import io.github.resnetserving.inference.Budget;
import io.github.resnetserving.inference.Deadline;
import io.github.resnetserving.inference.Failure;
import io.github.resnetserving.inference.InferenceListener;
import io.github.resnetserving.inference.InferenceRequest;
import io.github.resnetserving.inference.InferenceRequest.AnswerRoom;
import io.github.resnetserving.inference.InferenceService;
import io.github.resnetserving.inference.ModelRegistry;
import io.github.resnetserving.inference.ModelState;
import io.github.resnetserving.inference.Outcome;
import io.github.resnetserving.inference.ServedModel;
import io.github.resnetserving.inference.ServedModel.IntermediateLayers;
import io.github.resnetserving.models.ModelSpec;
import io.github.resnetserving.models.Prediction;
import io.github.resnetserving.models.Preprocessing.CropMode;
import io.github.resnetserving.tensor.IntermediateOutput.FeatureMap;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.stream.Gatherers;

/**
 * A ResNet in this process: encoded images in, classes or features out.
 *
 * <pre>{@code
 * try (ResNet net = ResNet.open(Path.of("models/resnet50/1"))) {
 *   byte[] image = Files.readAllBytes(Path.of("photo.jpg"));
 *   for (Prediction prediction : net.classify(image, 5)) {
 *     System.out.printf("%.3f %s%n", prediction.probability(), prediction.label().name());
 *   }
 *   float[] features = net.features(image);
 * }
 * }</pre>
 *
 * <p>Every call blocks until its answer is there. Images of all calls share decode threads and
 * batches. A call with a list gives way to calls with one image, and its answers come one an image,
 * so that one unreadable image costs no other. An interrupted call fails as cancelled and leaves
 * the thread interrupted.
 *
 * <p>Thread-safe. Memory does not grow with the number of callers: those beyond what is computed
 * soon wait.
 */
public final class ResNet implements AutoCloseable {

  /** The layer of the features that have no place in the image: the global average pool. */
  public static final String POOL = "pool";

  /** Images under way for calls with one image, and as many for calls with a list. */
  private static final int IN_FLIGHT = 32;

  /** Nothing is refused for want of time: a call waits as long as it takes. */
  private static final Duration LIMIT = Duration.ofDays(1);

  /** One question to the service. */
  @FunctionalInterface
  private interface Question<T> {
    Answer<T> ask(InferenceRequest request) throws InterruptedException;
  }

  private final ModelSpec model;
  private final List<String> layers;
  private final InferenceEngine engine;
  private final BatchScheduler scheduler;
  private final InferenceService service;
  private final Semaphore single = new Semaphore(IN_FLIGHT, /* fair= */ true);
  private final Semaphore bulk = new Semaphore(IN_FLIGHT, /* fair= */ true);
  private volatile boolean closed;

  ResNet(
      ModelSpec model,
      Confidence confidence,
      List<Long> mapSizes,
      InferenceEngine engine,
      int workers,
      int batch) {
    this.model = model;
    this.engine = engine;
    NanoClock clock = NanoClock.system();
    this.scheduler = new BatchScheduler(workers, clock);
    BatchSettings settings = BatchSettings.of(BatchSizes.upTo(batch)).withConcurrency(workers);
    IntermediateLayers intermediate =
        new IntermediateLayers(
            mapSizes,
            scheduler.open(model.name(), engine::intermediates, settings, BatchListener.NONE));
    this.layers = intermediate.layers();
    // Rare formats, too, are decoded by all threads: no image of another caller waits behind them.
    ImagePipeline images = new ImagePipeline(DecodePolicy.DEFAULT);
    ServedModel served =
        new ServedModel(
            model,
            engine::report,
            images,
            scheduler.open(model.name(), engine, settings, BatchListener.NONE),
            intermediate,
            confidence);
    ModelRegistry registry = new ModelRegistry(model.name());
    registry.put(new ModelState.Ready(served));
    int decodeThreads = Runtime.getRuntime().availableProcessors();
    this.service =
        new InferenceService(
            registry,
            clock,
            decodeThreads,
            /* decodeQueueCapacity= */ 2 * IN_FLIGHT,
            /* spareDecodeThreads= */ 0,
            new Budget((decodeThreads + 1) * DecodePolicy.DEFAULT.maxPixels()),
            InferenceListener.NONE);
  }

  /**
   * Opens a model with default options: float32, all processors, or the first GPU that the engine
   * can use.
   *
   * @param path a model's folder (with model.json, or as Hugging Face publishes them), a folder of
   *     its versions, or a weights file (safetensors or a PyTorch checkpoint)
   * @throws IOException if it is no model that runs here; the message says why
   */
  public static ResNet open(Path path) throws IOException {
    return builder().open(path);
  }

  /** Options other than the defaults. */
  public static ResNetBuilder builder() {
    return new ResNetBuilder();
  }

  /** What is open: name, labels, preprocessing. */
  public ModelSpec model() {
    return model;
  }

  /** The layers whose features can be had besides {@link #POOL}: stem, layer1, … */
  public List<String> layers() {
    return layers;
  }

  /**
   * The most probable classes of an image, best first. Probabilities are calibrated where the model
   * stores a temperature, unless it was opened with {@link ResNetBuilder#plain}.
   *
   * @param image a whole file; the format is told by its bytes
   * @param topK how many, between 1 and the number of classes
   * @throws ResNetException if the image cannot be used, or the model has fewer classes or none
   */
  public List<Prediction> classify(byte[] image, int topK) {
    return value(ask(image, /* inBulk= */ false, classes(topK)));
  }

  /** As {@link #classify(byte[], int)} for many images; the i-th outcome is the i-th image's. */
  public List<Outcome<List<Prediction>>> classify(List<byte[]> images, int topK) {
    return all(images, classes(topK));
  }

  /**
   * The features of an image: the global average pool of the last stage, (width,) numbers.
   *
   * @param image a whole file; the format is told by its bytes
   * @throws ResNetException if the image cannot be used
   */
  public float[] features(byte[] image) {
    return features(image, POOL).values();
  }

  /** As {@link #features(byte[])} for many images; the i-th outcome is the i-th image's. */
  public List<Outcome<float[]>> features(List<byte[]> images) {
    return all(images, request -> service.features(request, /* l2= */ false));
  }

  /**
   * What a layer gives for an image.
   *
   * @param layer {@link #POOL}, whose height and width are 1, or one of {@link #layers}
   * @throws ResNetException if the image cannot be used, or there is no such layer
   */
  public FeatureMap features(byte[] image, String layer) {
    return value(ask(image, /* inBulk= */ false, maps(layer)));
  }

  /** As {@link #features(byte[], String)} for many images; the i-th outcome is the i-th image's. */
  public List<Outcome<FeatureMap>> features(List<byte[]> images, String layer) {
    return all(images, maps(layer));
  }

  /**
   * As {@link #classify(List, int)} by the classes of a head.
   *
   * @param topK how many; a head with fewer classes tells them all
   */
  public List<Outcome<List<Prediction>>> classify(List<byte[]> images, int topK, Head head) {
    int count = Math.min(topK, head.labels().count());
    return all(
        images,
        request ->
            service
                .classify(request, ClassOptions.top(count), HeadChoice.of(head))
                .map(answer -> answer.heads().getFirst().predictions()));
  }

  private Question<List<Prediction>> classes(int topK) {
    return request -> service.classify(request, topK).map(Classification::predictions);
  }

  private Question<FeatureMap> maps(String layer) {
    return layer.equals(POOL)
        ? request ->
            service
                .features(request, /* l2= */ false)
                .map(values -> new FeatureMap(values.length, 1, 1, values))
        : request -> service.maps(request, layer, /* l2= */ false);
  }

  private static <T> T value(Outcome<T> outcome) {
    return switch (outcome) {
      case Outcome.Success<T>(var value, _) -> value;
      case Outcome.Failed<T>(var failure) -> throw new ResNetException(failure);
    };
  }

  private <T> List<Outcome<T>> all(List<byte[]> images, Question<T> question) {
    return images.stream()
        .gather(
            Gatherers.mapConcurrent(IN_FLIGHT, image -> ask(image, /* inBulk= */ true, question)))
        .toList();
  }

  private <T> Outcome<T> ask(byte[] image, boolean inBulk, Question<T> question) {
    Semaphore places = inBulk ? bulk : single;
    try {
      places.acquire();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return new Outcome.Failed<>(new Failure.Cancelled());
    }
    try {
      if (closed) {
        throw new IllegalStateException(model.name() + " is closed");
      }
      InferenceRequest request =
          new InferenceRequest(
              /* model= */ null,
              /* version= */ null,
              List.of(image),
              new Deadline(System.nanoTime(), LIMIT),
              CropMode.CENTER,
              inBulk,
              AnswerRoom.UNLIMITED);
      return switch (question.ask(request)) {
        case Answer.Answered<T> answered -> answered.outcomes().getFirst();
        case Answer.Refused<T>(var failure) -> new Outcome.Failed<>(failure);
      };
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return new Outcome.Failed<>(new Failure.Cancelled());
    } finally {
      places.release();
    }
  }

  /** Waits for the calls that are under way and frees the network; later calls fail. */
  @Override
  public void close() {
    single.acquireUninterruptibly(IN_FLIGHT);
    bulk.acquireUninterruptibly(IN_FLIGHT);
    boolean first = !closed;
    closed = true;
    single.release(IN_FLIGHT);
    bulk.release(IN_FLIGHT);
    if (first) {
      service.close();
      scheduler.close();
      engine.close();
    }
  }
}
