package io.github.resnetserving;

import io.github.resnetserving.batch.BatchFunction;
import io.github.resnetserving.engine.EngineException;
import io.github.resnetserving.engine.InferenceEngine;
import io.github.resnetserving.model.NetworkOutput;
import io.github.resnetserving.model.Pixels;
import java.util.List;

/** An engine as what runs batches of crops. */
record EngineBatches(InferenceEngine engine) implements BatchFunction<Pixels, NetworkOutput> {

  @Override
  public List<NetworkOutput> apply(List<Pixels> crops) throws EngineException {
    return engine.run(crops);
  }

  @Override
  public boolean spreads() {
    return engine.spreads();
  }

  @Override
  public List<NetworkOutput> applySpread(List<Pixels> crops) throws EngineException {
    return List.of(engine.runSpread(crops.getFirst()));
  }
}
