package io.github.resnetserving.weights;

import io.github.resnetserving.weights.PickleValue.Dict;
import io.github.resnetserving.weights.PickleValue.StoredTensor;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Finds the weights in what a training script saved: often the state dict lies inside another
 * dictionary, beside an epoch, an accuracy and an optimizer's state.
 */
final class StateDict {

  /** The usual names, the likeliest first; an average of the weights comes last. */
  private static final List<String> USUAL_NAMES =
      List.of(
          "state_dict",
          "model_state_dict",
          "model_state",
          "model",
          "net",
          "network",
          "module",
          "weights",
          "params",
          "state_dict_ema",
          "model_ema",
          "ema");

  private static final int MAX_DEPTH = 4;

  /** Every dictionary is looked at once, for a hostile file may nest one in itself. */
  private final Set<Dict> seen = Collections.newSetFromMap(new IdentityHashMap<>());

  private StateDict() {}

  /**
   * The tensors by name, in the file's order.
   *
   * @throws WeightsException if there are none
   */
  static SequencedMap<String, StoredTensor> find(PickleValue root) throws WeightsException {
    if (root instanceof StoredTensor) {
      throw new WeightsException(
          "it holds a single tensor without a name: save model.state_dict() instead");
    }
    if (!(root instanceof Dict dict)) {
      throw new WeightsException(
          "it holds no dictionary of weights: save model.state_dict() instead");
    }
    Dict found = new StateDict().search(dict, 0);
    if (found == null) {
      throw new WeightsException(
          "it holds no tensors%s: save model.state_dict()".formatted(entriesOf(dict)));
    }
    return tensorsOf(found);
  }

  private static String entriesOf(Dict dict) {
    List<String> keys = dict.entries.keySet().stream().limit(8).map(Shown::of).toList();
    return keys.isEmpty() ? "" : ", only " + String.join(", ", keys);
  }

  private @Nullable Dict search(Dict dict, int depth) {
    if (depth > MAX_DEPTH || !seen.add(dict)) {
      return null;
    }
    // Before the tensors beside them: an accuracy is often saved as a tensor, too.
    for (String name : USUAL_NAMES) {
      if (dict.entries.get(name) instanceof Dict nested) {
        Dict found = search(nested, depth + 1);
        if (found != null) {
          return found;
        }
      }
    }
    Dict best = dict;
    long most = countTensors(dict);
    for (var entry : dict.entries.entrySet()) {
      if (entry.getValue() instanceof Dict nested && !entry.getKey().contains("optim")) {
        Dict found = search(nested, depth + 1);
        long count = found == null ? 0 : countTensors(found);
        if (found != null && count > most) {
          best = found;
          most = count;
        }
      }
    }
    return most == 0 ? null : best;
  }

  private static long countTensors(Dict dict) {
    return dict.entries.values().stream().filter(StoredTensor.class::isInstance).count();
  }

  private static SequencedMap<String, StoredTensor> tensorsOf(Dict dict) {
    var tensors = new LinkedHashMap<String, StoredTensor>();
    dict.entries.forEach((name, value) -> {
      if (value instanceof StoredTensor tensor) {
        tensors.put(name, tensor);
      }
    });
    return tensors;
  }
}
