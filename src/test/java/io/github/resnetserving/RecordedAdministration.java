package io.github.resnetserving;

import io.github.resnetserving.engine.EngineLoader;
import io.github.resnetserving.engine.EngineOptions;
import io.github.resnetserving.models.ModelRepository;
import io.github.resnetserving.models.download.ModelFetcher;
import io.github.resnetserving.serving.ModelManager;
import io.github.resnetserving.serving.ModelServer;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;

/** Knows the model "net" in version 2, and writes down what it is told. */
final class RecordedAdministration extends ModelManager {

  private final List<String> told = new CopyOnWriteArrayList<>();

  RecordedAdministration(ModelRepository repository, ModelServer server, ModelFetcher fetcher) {
    super(
        repository,
        server,
        fetcher,
        "net",
        List.of(),
        new EngineLoader(),
        new EngineOptions(/* threads= */ 1, /* maxBatch= */ 1, null));
  }

  @Override
  public Optional<CompletableFuture<Void>> load(String name, @Nullable String version) {
    told.add("load %s %s".formatted(name, version));
    return done(name.equals("net") && (version == null || version.equals("2")));
  }

  @Override
  public Optional<CompletableFuture<Void>> unload(String name) {
    told.add("unload " + name);
    return done(name.equals("net"));
  }

  private static Optional<CompletableFuture<Void>> done(boolean known) {
    return known ? Optional.of(CompletableFuture.completedFuture(null)) : Optional.empty();
  }

  List<String> told() {
    return told;
  }
}
