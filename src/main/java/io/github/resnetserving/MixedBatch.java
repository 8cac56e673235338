package io.github.resnetserving;

import io.github.resnetserving.batch.BatchFunction;
import io.github.resnetserving.model.NetworkInput;
import io.github.resnetserving.model.NetworkOutput;
import io.github.resnetserving.model.NormalizedPicture;
import io.github.resnetserving.model.Pixels;
import java.util.ArrayList;
import java.util.List;

/**
 * Runs batches of crops as they are. Where somebody sent numbers instead, the batch runs in two
 * parts: standardising belongs to the plan for crops, and numbers have it behind them.
 *
 * @param crops the network from crops on
 * @param numbers the network from standardised numbers on
 */
record MixedBatch(BatchFunction<Pixels, NetworkOutput> crops, Forward numbers)
    implements BatchFunction<NetworkInput, NetworkOutput> {

  /** (count, 3, height, width) numbers to one output each. */
  @FunctionalInterface
  interface Forward {

    List<NetworkOutput> run(float[] input, int count) throws Exception;
  }

  @Override
  public List<NetworkOutput> apply(List<NetworkInput> inputs) throws Exception {
    List<Pixels> pixels = new ArrayList<>(inputs.size());
    List<NormalizedPicture> normalized = new ArrayList<>();
    for (NetworkInput input : inputs) {
      switch (input) {
        case Pixels crop -> pixels.add(crop);
        case NormalizedPicture picture -> normalized.add(picture);
      }
    }
    if (normalized.isEmpty()) {
      return crops.apply(pixels);
    }
    var fromPixels = (pixels.isEmpty() ? List.<NetworkOutput>of() : crops.apply(pixels)).iterator();
    var fromNumbers = numbers.run(joined(normalized), normalized.size()).iterator();
    List<NetworkOutput> outputs = new ArrayList<>(inputs.size());
    for (NetworkInput input : inputs) {
      outputs.add((input instanceof Pixels ? fromPixels : fromNumbers).next());
    }
    return outputs;
  }

  @Override
  public boolean spreads() {
    return crops.spreads();
  }

  @Override
  public List<NetworkOutput> applySpread(List<NetworkInput> inputs) throws Exception {
    List<Pixels> pixels = new ArrayList<>(inputs.size());
    for (NetworkInput input : inputs) {
      if (!(input instanceof Pixels crop)) {
        return apply(inputs);
      }
      pixels.add(crop);
    }
    return crops.applySpread(pixels);
  }

  private static float[] joined(List<NormalizedPicture> pictures) {
    int each = pictures.getFirst().chw().length; // the same for all: the model's input
    float[] all = new float[pictures.size() * each];
    for (int i = 0; i < pictures.size(); i++) {
      System.arraycopy(pictures.get(i).chw(), 0, all, i * each, each);
    }
    return all;
  }
}
