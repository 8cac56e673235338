package io.github.resnetserving.inference;

import io.github.resnetserving.inference.ModelState.Local;
import io.github.resnetserving.models.ModelSpec;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.stream.Collectors;

/** The models of this process and where they stand. Thread-safe. */
public final class ModelRegistry {

  private record Key(String name, long version) {

    static Key of(ModelState state) {
      return new Key(
          state.name(), state instanceof Local local ? versionNumber(local.spec()) : NO_VERSION);
    }
  }

  private static final long NO_VERSION = -1;

  private final String defaultModel;
  private final Set<String> required = ConcurrentHashMap.newKeySet();
  private final Set<String> unloaded = ConcurrentHashMap.newKeySet();
  private final ConcurrentSkipListMap<Key, ModelState> states =
      new ConcurrentSkipListMap<>(Comparator.comparing(Key::name).thenComparingLong(Key::version));

  /**
   * @param defaultModel the name that answers requests which name none
   */
  public ModelRegistry(String defaultModel) {
    this.defaultModel = defaultModel;
    required.add(defaultModel);
  }

  public String defaultModel() {
    return defaultModel;
  }

  /** Says that requests are not welcome before this model answers, as before the default one. */
  public void require(String name) {
    required.add(name);
  }

  /**
   * Whether requests are welcome: the default model answers, and so does each that is required,
   * unless it was unloaded. Others may come, or fail to, meanwhile.
   */
  public boolean isReady() {
    Map<String, Boolean> answering =
        states.values().stream()
            .collect(
                Collectors.toMap(
                    ModelState::name,
                    state -> state instanceof ModelState.Ready,
                    Boolean::logicalOr));
    return answering.getOrDefault(defaultModel, false)
        && required.stream().allMatch(name -> answering.getOrDefault(name, true));
  }

  /**
   * Sets where a model stands. Requests in flight keep the model that they began with; a fetch is
   * forgotten once there is a version.
   *
   * @throws IllegalArgumentException if its version is not a whole number
   */
  public void put(ModelState state) {
    states.put(Key.of(state), state);
    unloaded.remove(state.name());
    if (state instanceof Local) {
      states.remove(new Key(state.name(), NO_VERSION));
    }
  }

  /** Forgets a version, if this is where it stands. The last one leaves the model unloaded. */
  public void remove(ModelState state) {
    if (states.remove(Key.of(state), state) && versions(state.name()).isEmpty()) {
      unloaded.add(state.name());
    }
  }

  /** Whether there was a model of that name, and it was unloaded. */
  public boolean wasUnloaded(String name) {
    return unloaded.contains(name);
  }

  /** All states, by name, then by version, oldest first. */
  public List<ModelState> states() {
    return List.copyOf(states.values());
  }

  /** The names of all models, in their order. */
  public List<String> names() {
    return states.values().stream().map(ModelState::name).distinct().toList();
  }

  /** The states of one model's versions, oldest first; empty if there is no such model. */
  public List<ModelState> versions(String name) {
    return states.values().stream().filter(state -> state.name().equals(name)).toList();
  }

  private static long versionNumber(ModelSpec spec) {
    try {
      return Long.parseLong(spec.version());
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException(
          "version %s of %s is not a whole number".formatted(spec.version(), spec.name()), e);
    }
  }
}
