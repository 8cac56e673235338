package io.github.resnetserving.inference;

import io.github.resnetserving.batch.BatchQueue;
import io.github.resnetserving.image.ImagePreparer;
import io.github.resnetserving.model.ModelSpec;
import io.github.resnetserving.model.NetworkInput;
import io.github.resnetserving.model.NetworkOutput;
import io.github.resnetserving.model.PlanReport;
import java.time.Duration;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** A model that answers, until it is retired. Thread-safe; its queue belongs to whoever made it. */
public final class ServedModel {

  private final ModelSpec spec;
  private final Supplier<PlanReport> report;
  private final ImagePreparer preparer;
  private final BatchQueue<NetworkInput, NetworkOutput> queue;
  private final @Nullable Interior interior;
  private final Users users = new Users();

  /**
   * @param report what computes the network; may change
   * @param preparer turns images into crops of the model's preprocessing
   * @param queue takes such crops and gives one output each
   */
  public ServedModel(
      ModelSpec spec,
      Supplier<PlanReport> report,
      ImagePreparer preparer,
      BatchQueue<NetworkInput, NetworkOutput> queue) {
    this.spec = spec;
    this.report = report;
    this.preparer = preparer;
    this.queue = queue;
    this.interior = null;
  }

  private ServedModel(ServedModel other, Interior interior) {
    this.spec = other.spec;
    this.report = other.report;
    this.preparer = other.preparer;
    this.queue = other.queue;
    this.interior = interior;
  }

  /** The same with an inside that can be looked at; to be called before anybody uses the model. */
  public ServedModel showing(Interior shown) {
    return new ServedModel(this, shown);
  }

  public ModelSpec spec() {
    return spec;
  }

  /** What computes it now. */
  public PlanReport report() {
    return report.get();
  }

  /**
   * Lets no further request use the model, and waits for those that do. To be called when the
   * registry no longer has it, so that requests find another.
   *
   * @return whether all were answered within the limit
   */
  public boolean retire(Duration limit) throws InterruptedException {
    return users.close(limit);
  }

  Users users() {
    return users;
  }

  ImagePreparer preparer() {
    return preparer;
  }

  BatchQueue<NetworkInput, NetworkOutput> queue() {
    return queue;
  }

  /** What can be looked at; null if nothing. */
  @Nullable Interior interior() {
    return interior;
  }
}
