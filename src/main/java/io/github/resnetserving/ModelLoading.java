package io.github.resnetserving;

import io.github.resnetserving.engine.EngineException;
import io.github.resnetserving.engine.EngineOptions;
import io.github.resnetserving.engine.InferenceEngine;
import io.github.resnetserving.inference.ModelState.Starting.Phase;
import io.github.resnetserving.model.ModelException;
import io.github.resnetserving.model.ModelRepository;
import io.github.resnetserving.model.ModelSpec;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.SmartLifecycle;

/**
 * Loads the configured models one after another, while the web server already answers probes.
 *
 * <p>Starts after everything else and stops after it, so that queues are drained before their
 * engines close.
 */
final class ModelLoading implements SmartLifecycle {

  private static final Logger log = LoggerFactory.getLogger(ModelLoading.class);

  private final ModelRepository repository;
  private final ModelServer server;
  private final Set<String> names;
  private final EngineOptions options;
  private final List<InferenceEngine> engines = new ArrayList<>(); // guarded by this
  private volatile boolean running;

  /**
   * Starts nothing yet.
   *
   * @param defaultModel is loaded first
   * @param models further names
   */
  ModelLoading(
      ModelRepository repository,
      ModelServer server,
      String defaultModel,
      List<String> models,
      EngineOptions options) {
    this.repository = repository;
    this.server = server;
    this.names = new LinkedHashSet<>(List.of(defaultModel));
    this.names.addAll(models);
    this.options = options;
  }

  @Override
  public void start() {
    List<ModelSpec> specs = specs();
    specs.forEach(spec -> server.starting(spec, Phase.LOADING));
    running = true;
    Thread.ofPlatform().name("model-loading").daemon().start(() -> specs.forEach(this::load));
  }

  private List<ModelSpec> specs() {
    List<ModelSpec> specs = new ArrayList<>();
    try {
      String known = String.join(", ", repository.names());
      for (String name : names) {
        Optional<ModelSpec> found = repository.find(name);
        specs.add(
            found.orElseThrow(() ->
                new ModelException("there is no model %s; there are: %s".formatted(name, known))));
      }
      return specs;
    } catch (ModelException e) {
      throw new IllegalStateException(e.getMessage(), e);
    }
  }

  private void load(ModelSpec spec) {
    if (!running) {
      return;
    }
    try {
      long start = System.nanoTime();
      InferenceEngine engine = ModelFiles.load(spec, options);
      synchronized (this) {
        engines.add(engine);
      }
      server.serve(spec, engine.precision().id(), engine::run);
      log.info(
          "{} version {} is ready: {} plan in {}, {} threads, {} labels, {} ms",
          spec.name(),
          spec.version(),
          engine.kind(),
          engine.precision().id(),
          options.threads(),
          spec.labels().count(),
          (System.nanoTime() - start) / 1_000_000);
    } catch (IOException | EngineException | RuntimeException e) {
      log.error("{} version {} cannot be served", spec.name(), spec.version(), e);
      server.failed(spec, String.valueOf(e.getMessage()));
    }
  }

  @Override
  public void stop() {
    running = false;
    server.close();
    synchronized (this) {
      engines.forEach(InferenceEngine::close);
      engines.clear();
    }
  }

  @Override
  public boolean isRunning() {
    return running;
  }

  /** Before the web server, which stops first. */
  @Override
  public int getPhase() {
    return 0;
  }
}
