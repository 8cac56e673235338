package io.github.resnetserving.engine;

import io.github.resnetserving.graph.Network;
import io.github.resnetserving.models.Preprocessing;
import java.io.IOException;

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
