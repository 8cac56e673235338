package io.github.resnetserving.engine;

import io.github.resnetserving.graph.Network;
import io.github.resnetserving.graph.NetworkFile;
import io.github.resnetserving.models.Calibration;
import io.github.resnetserving.models.ModelException;
import io.github.resnetserving.models.ModelRepository;
import io.github.resnetserving.models.ModelSpec;
import io.github.resnetserving.models.Preprocessing;
import java.io.IOException;
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
    ModelFiles files = verified(spec, options);
    if (isQuantized(options) && !files.calibrated) {
      log.info(
          "{} version {} has not been calibrated: its int8 ranges are estimated from its batch"
              + " norms; the calibrate command measures them",
          spec.name(),
          spec.version());
    }
    return files;
  }

  /** A model whose weights have been checked before. */
  static ModelFiles verified(ModelSpec spec, EngineOptions options) throws IOException {
    return new ModelFiles(spec, isQuantized(options) && Calibration.find(spec).isPresent());
  }

  private static boolean isQuantized(EngineOptions options) {
    return options.precision() == PrecisionSetting.INT8 && !options.dataFree();
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
