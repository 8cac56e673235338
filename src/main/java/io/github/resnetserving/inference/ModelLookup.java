package io.github.resnetserving.inference;

import io.github.resnetserving.inference.ModelState.Failed;
import io.github.resnetserving.inference.ModelState.Fetching;
import io.github.resnetserving.inference.ModelState.Local;
import io.github.resnetserving.inference.ModelState.Ready;
import io.github.resnetserving.inference.ModelState.Starting;
import io.github.resnetserving.inference.ModelState.Unfetched;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Finds the model that a request means. Thread-safe. */
final class ModelLookup {

  /** Loading and warming take seconds; asking more often would only add load. */
  private static final Duration RETRY_AFTER = Duration.ofSeconds(5);

  sealed interface Found {

    record Model(ServedModel model) implements Found {}

    record Missing(Failure failure) implements Found {}
  }

  private final ModelRegistry registry;

  ModelLookup(ModelRegistry registry) {
    this.registry = registry;
  }

  /**
   * Without a name the default model; without a version the newest that is ready. A model that is
   * found counts one user more, who must leave it.
   */
  Found find(@Nullable String name, @Nullable String version) {
    while (true) {
      Found found = look(name, version);
      if (!(found instanceof Found.Model(var model)) || model.enter()) {
        return found;
      }
      // It was retired between the look and now: by then the registry knew better.
    }
  }

  private Found look(@Nullable String name, @Nullable String version) {
    String wanted = name == null ? registry.defaultModel() : name;
    List<ModelState> versions = registry.versions(wanted);
    if (versions.isEmpty()) {
      return new Found.Missing(unknown(name, wanted));
    }
    if (version == null) {
      return newestReady(wanted, versions);
    }
    for (ModelState state : versions) {
      if (state instanceof Local local && local.spec().version().equals(version)) {
        return state instanceof Ready ready
            ? new Found.Model(ready.model())
            : new Found.Missing(notReady(wanted, state));
      }
    }
    List<String> known =
        versions.stream()
            .filter(Local.class::isInstance)
            .map(state -> ((Local) state).spec().version())
            .toList();
    if (known.isEmpty()) { // which versions there will be is not known yet
      return new Found.Missing(notReady(wanted, versions.getLast()));
    }
    return new Found.Missing(new Failure.UnknownVersion(wanted, version, known));
  }

  private Found newestReady(String name, List<ModelState> versions) {
    for (ModelState state : versions.reversed()) {
      if (state instanceof Ready ready) {
        return new Found.Model(ready.model());
      }
    }
    return new Found.Missing(notReady(name, versions.getLast()));
  }

  private Failure unknown(@Nullable String asked, String wanted) {
    boolean unloaded = registry.wasUnloaded(wanted);
    if (asked == null) { // the default model exists by configuration
      return new Failure.NotReady(
          wanted,
          unloaded
              ? "it was unloaded. Load it again with PUT /models/%s, or name another model"
                  .formatted(wanted)
              : "it has not been loaded yet",
          RETRY_AFTER);
    }
    return new Failure.UnknownModel(asked, registry.names(), unloaded);
  }

  private static Failure notReady(String name, ModelState state) {
    String reason =
        switch (state) {
          case Fetching fetching -> "it is being fetched" + share(fetching);
          case Unfetched unfetched -> "it could not be fetched (" + unfetched.reason() + ")";
          case Starting starting -> "it is " + starting.phase().name().toLowerCase(Locale.ROOT);
          case Failed failed -> "it failed to load (" + failed.reason() + ")";
          case Ready ready -> throw new IllegalStateException(ready.name() + " is ready");
        };
    return new Failure.NotReady(name, reason, RETRY_AFTER);
  }

  private static String share(Fetching fetching) {
    return fetching.total() > 0
        ? ", %d %% of it is here".formatted(100 * fetching.bytes() / fetching.total())
        : "";
  }
}
