package io.github.resnetserving.resnet;

import io.github.resnetserving.confidence.Confidence;
import io.github.resnetserving.confidence.ConfidenceFile;
import io.github.resnetserving.engine.ComputeDevice;
import io.github.resnetserving.engine.EngineException;
import io.github.resnetserving.engine.EngineLoader;
import io.github.resnetserving.engine.EngineOptions;
import io.github.resnetserving.engine.InferenceEngine;
import io.github.resnetserving.engine.PlanCache;
import io.github.resnetserving.engine.PrecisionSetting;
import io.github.resnetserving.models.Labels;
import io.github.resnetserving.models.ModelException;
import io.github.resnetserving.models.ModelSpec;
import io.github.resnetserving.models.NetworkOptions;
import io.github.resnetserving.models.Preprocessing;
import io.github.resnetserving.plan.PlanKind;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** How a {@link ResNet} is to run; not thread-safe, and good for any number of networks. */
public final class ResNetBuilder {

  private PrecisionSetting precision = PrecisionSetting.FP32;
  private ComputeDevice.Setting device = ComputeDevice.Setting.AUTO;
  private int threads = Runtime.getRuntime().availableProcessors();
  private int batch = 8;
  private boolean dataFree;
  private boolean plain;
  private boolean deterministic = true;
  private NetworkOptions network = NetworkOptions.USUAL;
  private @Nullable PlanKind plan;
  private @Nullable Path cache;
  private @Nullable Labels labels;
  private @Nullable Preprocessing preprocessing;

  ResNetBuilder() {}

  /**
   * What the network computes in. {@link PrecisionSetting#AUTO} measures what there is, which takes
   * seconds unless {@link #cache} remembers it.
   */
  public ResNetBuilder precision(PrecisionSetting value) {
    precision = value;
    return this;
  }

  /** What computes: {@code cpu}, {@code gpu:N}, or {@code auto}, which is the default. */
  public ResNetBuilder device(ComputeDevice.Setting value) {
    device = value;
    return this;
  }

  /** Threads that compute one batch together; all processors by default. */
  public ResNetBuilder threads(int value) {
    threads = value;
    return this;
  }

  /** Images that are computed together at most; 8 by default. 1 opens fastest. */
  public ResNetBuilder batch(int value) {
    batch = value;
    return this;
  }

  /** Estimates the ranges of 8-bit numbers even where a calibration was measured. */
  public ResNetBuilder dataFree(boolean value) {
    dataFree = value;
    return this;
  }

  /**
   * Gives the plain softmax even where the model stores a temperature ({@code confidence.json}).
   */
  public ResNetBuilder plain(boolean value) {
    plain = value;
    return this;
  }

  /** How the network is computed; by default in the way that is known or measured to be fastest. */
  public ResNetBuilder plan(PlanKind value) {
    plan = value;
    return this;
  }

  /**
   * Whether, of measured plans, one is taken that gives an image the same bits alone and in every
   * batch, if there is one; so by default. False takes the fastest.
   */
  public ResNetBuilder deterministic(boolean value) {
    deterministic = value;
    return this;
  }

  /** What a weights file does not tell about its network; a model's folder tells it itself. */
  public ResNetBuilder network(NetworkOptions value) {
    network = value;
    return this;
  }

  /** A folder where the plan is kept that is fastest here, so that it opens quickly again. */
  public ResNetBuilder cache(Path folder) {
    cache = folder;
    return this;
  }

  /**
   * Names of the classes, instead of those beside the weights (labels.csv, labels.txt, config.json)
   * or, without such, ImageNet's for 1,000 classes.
   */
  public ResNetBuilder labels(Labels value) {
    labels = value;
    return this;
  }

  /**
   * What the network was trained to see, instead of what the files beside the weights tell or,
   * without such, torchvision's usual preprocessing.
   */
  public ResNetBuilder preprocessing(Preprocessing value) {
    preprocessing = value;
    return this;
  }

  /**
   * Opens a model; see {@link ResNet#open}.
   *
   * @throws IOException if it is no model that runs here; the message says why
   */
  public ResNet open(Path path) throws IOException {
    return open(ModelPath.read(path, network));
  }

  /**
   * Opens a model that has been found before.
   *
   * @throws IOException if it does not run here; the message says why
   */
  public ResNet open(ModelSpec found) throws IOException {
    ModelSpec model =
        new ModelSpec(
            found.name(),
            found.version(),
            found.weights(),
            found.digest(),
            found.network(),
            preprocessing == null ? found.preprocessing() : preprocessing,
            labels == null ? found.labels() : labels);
    try {
      ComputeDevice computes = device.choose();
      EngineOptions options = new EngineOptions(threads, batch, plan).in(precision).on(computes);
      if (dataFree) {
        options = options.withoutData();
      }
      if (!deterministic) {
        options = options.nondeterministic();
      }
      EngineLoader loader = new EngineLoader(Optional.ofNullable(cache).flatMap(PlanCache::open));
      Confidence confidence = plain ? Confidence.NONE : ConfidenceFile.find(model);
      List<Long> mapSizes = EngineLoader.mapSizes(model);
      InferenceEngine engine = loader.load(model, options);
      if (precision == PrecisionSetting.AUTO || cache != null) {
        loader.improve(engine, model, options, Thread::sleep);
      }
      return new ResNet(model, confidence, mapSizes, engine, options.workers(), batch);
    } catch (EngineException e) {
      throw new ModelException(String.valueOf(e.getMessage()), e);
    }
  }
}
