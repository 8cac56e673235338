package io.github.resnetserving.inference;

import io.github.resnetserving.batch.BatchExecutor;
import io.github.resnetserving.image.ImagePipeline;
import io.github.resnetserving.model.ModelSpec;
import io.github.resnetserving.model.NetworkOutput;
import io.github.resnetserving.model.Pixels;

/** A model that answers. Immutable and thread-safe; its executor belongs to whoever made it. */
public final class ServedModel {

  private final ModelSpec spec;
  private final String precision;
  private final Decoder decoder;
  private final BatchExecutor<Pixels, NetworkOutput> executor;

  /**
   * @param precision what the network computes in, such as {@code fp32}
   * @param executor takes crops of the model's preprocessing and gives one output each
   */
  public ServedModel(
      ModelSpec spec,
      String precision,
      ImagePipeline pipeline,
      BatchExecutor<Pixels, NetworkOutput> executor) {
    this(spec, precision, pipeline::prepare, executor);
  }

  ServedModel(
      ModelSpec spec,
      String precision,
      Decoder decoder,
      BatchExecutor<Pixels, NetworkOutput> executor) {
    this.spec = spec;
    this.precision = precision;
    this.decoder = decoder;
    this.executor = executor;
  }

  public ModelSpec spec() {
    return spec;
  }

  public String precision() {
    return precision;
  }

  Decoder decoder() {
    return decoder;
  }

  BatchExecutor<Pixels, NetworkOutput> executor() {
    return executor;
  }
}
