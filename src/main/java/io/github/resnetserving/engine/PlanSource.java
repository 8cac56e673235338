package io.github.resnetserving.engine;

import io.github.resnetserving.graph.Network;
import io.github.resnetserving.models.Preprocessing;
import java.io.IOException;

/** A network that may not have been read yet: where its plan is cached it need not be. */
interface PlanSource {

  /** What is done with a network while it is open. */
  @FunctionalInterface
  interface Use {
    void accept(Network network) throws IOException, EngineException;
  }

  /** A name for people to find its plans by; fit for a folder. */
  String name();

  /**
   * All that plans follow from besides the options: digests of weights and ranges, classes,
   * variant. Networks with the same are the same.
   */
  String identity() throws IOException;

  /** What was done to the images. */
  Preprocessing preprocessing();

  /**
   * Opens the network for a while.
   *
   * @throws IOException if the files are not those of a network that runs here
   */
  void open(Use use) throws IOException, EngineException;

  /** A network that is in memory already, and whose plans are not cached. */
  record OpenNetwork(Network network, Preprocessing preprocessing) implements PlanSource {

    @Override
    public String name() {
      return "network";
    }

    @Override
    public String identity() {
      throw new IllegalStateException("nothing tells two open networks apart");
    }

    @Override
    public void open(Use use) throws IOException, EngineException {
      use.accept(network);
    }
  }
}
