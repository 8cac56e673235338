package io.github.resnetserving;

import io.github.resnetserving.engine.EngineException;
import io.github.resnetserving.engine.EngineOptions;
import io.github.resnetserving.engine.InferenceEngine;
import io.github.resnetserving.model.Calibration;
import io.github.resnetserving.model.ModelException;
import io.github.resnetserving.model.ModelRepository;
import io.github.resnetserving.model.ModelSpec;
import io.github.resnetserving.network.Network;
import io.github.resnetserving.network.Precision;
import io.github.resnetserving.weights.Checkpoint;
import java.io.IOException;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** From a model's files to an engine: digest, tensors, network, plan. */
final class ModelFiles {

  private static final Logger log = LoggerFactory.getLogger(ModelFiles.class);

  private ModelFiles() {}

  static InferenceEngine load(ModelSpec spec, EngineOptions options)
      throws IOException, EngineException {
    ModelRepository.verify(spec);
    try (Checkpoint checkpoint = Checkpoint.open(spec.weights())) {
      Network network = Network.of(checkpoint.tensors(), spec.variant());
      if (network.topology().classes() != spec.labels().count()) {
        throw new ModelException(
            "the classifier of %s has %d classes, its labels file %d: give one label for each class"
                .formatted(spec.name(), network.topology().classes(), spec.labels().count()));
      }
      return InferenceEngine.load(ready(network, spec, options), spec.preprocessing(), options);
    }
  }

  /** With the ranges that were measured for it, where a plan needs ranges. */
  private static Network ready(Network network, ModelSpec spec, EngineOptions options)
      throws IOException {
    if (options.precision() != Precision.INT8 || options.dataFree()) {
      return network;
    }
    Optional<Calibration> calibration = Calibration.find(spec);
    if (calibration.isEmpty()) {
      log.info(
          "{} version {} has not been calibrated: its int8 ranges are estimated from its batch"
              + " norms; the calibrate command measures them",
          spec.name(),
          spec.version());
      return network;
    }
    return network.calibrated(calibration.get().ranges());
  }
}
