package io.github.resnetserving;

import io.github.resnetserving.engine.EngineException;
import io.github.resnetserving.engine.EngineOptions;
import io.github.resnetserving.engine.InferenceEngine;
import io.github.resnetserving.model.ModelException;
import io.github.resnetserving.model.ModelRepository;
import io.github.resnetserving.model.ModelSpec;
import io.github.resnetserving.network.Network;
import io.github.resnetserving.weights.Checkpoint;
import java.io.IOException;

/** From a model's files to an engine: digest, tensors, network, plan. */
final class ModelFiles {

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
      return InferenceEngine.load(network, spec.preprocessing(), options);
    }
  }
}
