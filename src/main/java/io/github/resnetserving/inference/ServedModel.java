package io.github.resnetserving.inference;

import io.github.resnetserving.batch.BatchQueue;
import io.github.resnetserving.image.ImagePipeline;
import io.github.resnetserving.model.ModelSpec;
import io.github.resnetserving.model.NetworkOutput;
import io.github.resnetserving.model.Pixels;

/** A model that answers. Immutable and thread-safe; its queue belongs to whoever made it. */
public final class ServedModel {

  private final ModelSpec spec;
  private final String precision;
  private final Decoder decoder;
  private final BatchQueue<Pixels, NetworkOutput> queue;

  /**
   * @param precision what the network computes in, such as {@code fp32}
   * @param queue takes crops of the model's preprocessing and gives one output each
   */
  public ServedModel(
      ModelSpec spec,
      String precision,
      ImagePipeline pipeline,
      BatchQueue<Pixels, NetworkOutput> queue) {
    this(spec, precision, pipeline::prepare, queue);
  }

  ServedModel(
      ModelSpec spec, String precision, Decoder decoder, BatchQueue<Pixels, NetworkOutput> queue) {
    this.spec = spec;
    this.precision = precision;
    this.decoder = decoder;
    this.queue = queue;
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

  BatchQueue<Pixels, NetworkOutput> queue() {
    return queue;
  }
}
