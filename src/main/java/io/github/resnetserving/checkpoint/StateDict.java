package io.github.resnetserving.checkpoint;

import io.github.resnetserving.checkpoint.Checkpoint.StateDictInfo;
import io.github.resnetserving.checkpoint.PickleValue.Dict;
import io.github.resnetserving.checkpoint.PickleValue.StoredTensor;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Finds the weights in what a training script saved: often the state dict lies inside another
 * dictionary, beside an epoch, an accuracy, an optimizer's state and an average of the weights.
 */
final class StateDict {

  /** The usual names, the likeliest first. */
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
          "params");

  private static final int MAX_DEPTH = 4;

  /** Of modules in modules. */
  private static final int MAX_MODULES = 16;

  /** So that the search takes time in proportion to the file. */
  private static final int MAX_DICTS = 10_000;

  /** Every dictionary is looked at once, for a hostile file may nest one in itself. */
  private final Set<Dict> seen = Collections.newSetFromMap(new IdentityHashMap<>());

  private final List<Candidate> candidates = new ArrayList<>();

  /**
   * A dictionary that holds tensors.
   *
   * @param arrays tensors that have dimensions: an accuracy has none
   * @param rank the lower, the likelier by name
   */
  private record Candidate(StateDictInfo info, Dict dict, long arrays, int rank) {}

  /**
   * A file's weights.
   *
   * @param tensors by name, in the file's order
   * @param taken where they lie
   * @param all the dictionaries that come into question, the taken one first
   */
  record Found(
      SequencedMap<String, StoredTensor> tensors, StateDictInfo taken, List<StateDictInfo> all) {}

  private StateDict() {}

  /**
   * Finds the tensors.
   *
   * @param name which state dict to take; null for the likeliest
   * @throws WeightsException if there are none
   */
  static Found find(PickleValue root, @Nullable String name) throws WeightsException {
    if (root instanceof StoredTensor) {
      throw new WeightsException(
          "it holds a single tensor without a name: save model.state_dict() instead");
    }
    if (!(root instanceof Dict dict)) {
      throw new WeightsException(
          "it holds no dictionary of weights: save model.state_dict() instead");
    }
    if (dict.entries.containsKey("param_groups") && dict.entries.containsKey("state")) {
      throw new WeightsException(
          "it is an optimizer's state (state and param_groups), not a network's weights: give the"
              + " file that model.state_dict() was saved to");
    }
    StateDict search = new StateDict();
    if (dict.isObject) {
      if (name != null) {
        throw new WeightsException(
            "it is TorchScript, one module, and holds no state dict named %s: leave the name out"
                .formatted(Printable.of(name)));
      }
      return search.ofObject(dict);
    }
    search.collect(dict, "", 0, USUAL_NAMES.size());
    if (search.candidates.isEmpty()) {
      throw new WeightsException(
          "it holds no tensors%s: save model.state_dict()".formatted(entriesOf(dict)));
    }
    return search.choose(name);
  }

  /** Joins the attributes' names from the outside in, as Python's state_dict does. */
  private Found ofObject(Dict module) throws WeightsException {
    Dict joined = new Dict();
    join(module, "", joined, 0);
    StateDictInfo own = new StateDictInfo("", joined.entries.size());
    if (joined.entries.isEmpty()) {
      throw new WeightsException(
          "it is TorchScript whose weights are part of its program, as torch.jit.freeze leaves"
              + " them: give the state_dict of the model that it was made of");
    }
    return found(new Candidate(own, joined, own.tensors(), 0), List.of(own));
  }

  private void join(Dict module, String prefix, Dict joined, int depth) throws WeightsException {
    if (depth > MAX_MODULES || seen.size() >= MAX_DICTS || !seen.add(module)) {
      return;
    }
    for (var entry : module.entries.entrySet()) {
      String name = prefix + entry.getKey();
      if (entry.getValue() instanceof StoredTensor) {
        joined.put(new PickleValue.Text(name), entry.getValue());
      } else if (entry.getValue() instanceof Dict inner && inner.isObject) {
        join(inner, name + ".", joined, depth + 1);
      }
    }
  }

  private static String entriesOf(Dict dict) {
    List<String> keys = dict.entries.keySet().stream().limit(8).map(Printable::of).toList();
    return keys.isEmpty() ? "" : ", only " + String.join(", ", keys);
  }

  private void collect(Dict dict, String name, int depth, int rank) {
    if (depth > MAX_DEPTH || candidates.size() >= MAX_DICTS || !seen.add(dict)) {
      return;
    }
    int tensors = 0;
    int arrays = 0;
    for (PickleValue value : dict.entries.values()) {
      if (value instanceof StoredTensor tensor) {
        tensors++;
        arrays += tensor.shape.length > 0 ? 1 : 0;
      }
    }
    if (tensors > 0) {
      candidates.add(new Candidate(new StateDictInfo(name, tensors), dict, arrays, rank));
    }
    for (var entry : dict.entries.entrySet()) {
      String key = entry.getKey();
      if (entry.getValue() instanceof Dict nested && !key.contains("optim")) {
        int usual = USUAL_NAMES.indexOf(key);
        collect(
            nested,
            name.isEmpty() ? key : name + "." + key,
            depth + 1,
            usual < 0 ? rank : Math.min(rank, usual));
      }
    }
  }

  private Found choose(@Nullable String name) throws WeightsException {
    if (name != null) {
      return named(name);
    }
    // Beside the weights an accuracy or a schedule may be saved as tensors, too, but not as many.
    long most = candidates.stream().mapToLong(Candidate::arrays).max().orElseThrow();
    List<Candidate> likely =
        candidates.stream()
            .filter(c -> 2 * c.arrays() >= most)
            .sorted(
                Comparator.comparing((Candidate c) -> c.info().isAveraged())
                    .thenComparingInt(Candidate::rank)
                    .thenComparingLong(c -> -c.arrays()))
            .toList();
    return found(likely.getFirst(), likely.stream().map(Candidate::info).toList());
  }

  private Found named(String name) throws WeightsException {
    List<Candidate> matching =
        candidates.stream().filter(c -> c.info().name().equals(name)).toList();
    if (matching.size() != 1) {
      throw new WeightsException(
          "it holds %s state dict named %s; it has: %s"
              .formatted(
                  matching.isEmpty() ? "no" : "more than one",
                  Printable.of(name),
                  candidates.stream()
                      .limit(8)
                      .map(c -> c.info().toString())
                      .collect(Collectors.joining(", "))));
    }
    return found(matching.getFirst(), List.of(matching.getFirst().info()));
  }

  private static Found found(Candidate taken, List<StateDictInfo> all) {
    var tensors = new LinkedHashMap<String, StoredTensor>();
    taken
        .dict()
        .entries
        .forEach((key, value) -> {
          if (value instanceof StoredTensor tensor) {
            tensors.put(key, tensor);
          }
        });
    return new Found(tensors, taken.info(), all);
  }
}
