package io.github.resnetserving;

import io.github.resnetserving.engine.EngineException;
import io.github.resnetserving.engine.EngineLoader;
import io.github.resnetserving.engine.EngineOptions;
import io.github.resnetserving.engine.InferenceEngine;
import io.github.resnetserving.engine.PlanSource;
import io.github.resnetserving.engine.PrecisionSetting;
import io.github.resnetserving.model.Calibration;
import io.github.resnetserving.model.ModelException;
import io.github.resnetserving.model.ModelRepository;
import io.github.resnetserving.model.ModelSpec;
import io.github.resnetserving.model.Preprocessing;
import io.github.resnetserving.network.Network;
import io.github.resnetserving.network.NetworkFile;
import java.io.IOException;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A model's files as what plans are made from: digest, tensors, network. */
record ModelFiles(ModelSpec spec, boolean calibrated) implements PlanSource {

  private static final Logger log = LoggerFactory.getLogger(ModelFiles.class);

  /**
   * Checks a model's weights against their digest.
   *
   * @throws ModelException if they are not those that the model was made of
   */
  static ModelFiles of(ModelSpec spec, EngineOptions options) throws IOException {
    ModelRepository.verify(spec);
    boolean quantized = options.precision() == PrecisionSetting.INT8 && !options.dataFree();
    boolean calibrated = quantized && Calibration.find(spec).isPresent();
    if (quantized && !calibrated) {
      log.info(
          "{} version {} has not been calibrated: its int8 ranges are estimated from its batch"
              + " norms; the calibrate command measures them",
          spec.name(),
          spec.version());
    }
    return new ModelFiles(spec, calibrated);
  }

  /** Loads a model and remembers nothing of it. */
  static InferenceEngine load(ModelSpec spec, EngineOptions options)
      throws IOException, EngineException {
    return new EngineLoader().load(of(spec, options), options);
  }

  @Override
  public String name() {
    return spec.name() + "-" + spec.version();
  }

  @Override
  public String identity() throws IOException {
    return "%s, %s, %d classes, ranges %s"
        .formatted(
            spec.digest(),
            spec.network(),
            spec.labels().count(),
            calibrated ? Calibration.find(spec).orElseThrow().ranges() : "estimated");
  }

  /** See {@link io.github.resnetserving.network.Topology#mapSizes}, for the model's own input. */
  List<Long> mapSizes() throws IOException {
    return NetworkFile.topology(spec.weights(), spec.network())
        .mapSizes(spec.preprocessing().crop());
  }

  @Override
  public Preprocessing preprocessing() {
    return spec.preprocessing();
  }

  @Override
  public void open(Use use) throws IOException, EngineException {
    try (NetworkFile file = NetworkFile.open(spec.weights(), spec.network())) {
      Network network = file.network();
      if (network.topology().classes() != spec.labels().count()) {
        if (network.topology().classes() == 0) {
          throw new ModelException(
              ("the network of %s has no classifier, but there are %d labels: say \"head\": \"none\" in"
                      + " its model.json and remove the labels, or name its classifier as head")
                  .formatted(spec.name(), spec.labels().count()));
        }
        throw new ModelException(
            "the classifier of %s has %d classes, its labels file %d: give one label for each class"
                .formatted(spec.name(), network.topology().classes(), spec.labels().count()));
      }
      use.accept(
          calibrated ? network.calibrated(Calibration.find(spec).orElseThrow().ranges()) : network);
    }
  }
}
