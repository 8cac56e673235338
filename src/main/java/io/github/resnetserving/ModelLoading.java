package io.github.resnetserving;

import io.github.resnetserving.engine.EngineLoader;
import io.github.resnetserving.engine.EngineOptions;
import io.github.resnetserving.engine.InferenceEngine;
import io.github.resnetserving.inference.ModelState.Starting.Phase;
import io.github.resnetserving.model.ModelException;
import io.github.resnetserving.model.ModelRepository;
import io.github.resnetserving.model.ModelSpec;
import io.github.resnetserving.model.PlanReport;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.SmartLifecycle;

/**
 * Loads the configured models one after another, while the web server already answers probes: first
 * those that are here, then those that are to be fetched. Later others can be loaded and unloaded.
 *
 * <p>Stops after everything else, so that queues are drained before their engines close.
 * Thread-safe; one model is loaded at a time.
 */
final class ModelLoading implements SmartLifecycle {

  private static final Logger log = LoggerFactory.getLogger(ModelLoading.class);

  /** What serves without knowing whether another plan is faster. */
  private record Unmeasured(ModelFiles files, InferenceEngine engine) {}

  private final ModelRepository repository;
  private final ModelServer server;
  private final ModelFetching fetching;
  private final Set<String> names;
  private final EngineLoader engines;
  private final EngineOptions options;
  private final Queue<Unmeasured> unmeasured = new ConcurrentLinkedQueue<>();
  private final ReentrantLock one = new ReentrantLock();
  private @Nullable Thread loader;
  private volatile boolean running;

  /**
   * Starts nothing yet.
   *
   * @param defaultModel is loaded first
   * @param models further names
   * @param engines load them
   */
  ModelLoading(
      ModelRepository repository,
      ModelServer server,
      ModelFetching fetching,
      String defaultModel,
      List<String> models,
      EngineLoader engines,
      EngineOptions options) {
    this.repository = repository;
    this.server = server;
    this.fetching = fetching;
    this.names = new LinkedHashSet<>(List.of(defaultModel));
    this.names.addAll(models);
    this.engines = engines;
    this.options = options;
  }

  @Override
  public void start() {
    List<ModelSpec> here = new ArrayList<>();
    List<String> elsewhere = new ArrayList<>();
    try {
      for (String name : names) {
        Optional<ModelSpec> found = repository.find(name);
        if (found.isPresent()) {
          here.add(found.get());
          server.require(found.get().name());
        } else {
          elsewhere.add(name);
          String served = served(name);
          server.require(served);
          server.fetching(served, 0, -1);
        }
      }
    } catch (ModelException e) {
      throw new IllegalStateException(e.getMessage(), e);
    }
    here.forEach(spec -> server.starting(spec, Phase.LOADING));
    running = true;
    loader = Thread.ofPlatform().name("model-loading").daemon().start(() -> load(here, elsewhere));
  }

  private String served(String name) throws ModelException {
    Optional<String> served = fetching.modelName(name);
    if (served.isEmpty()) {
      throw new ModelException(
          "there is no model %s; there are: %s"
              .formatted(name, String.join(", ", repository.names())));
    }
    return served.get();
  }

  private void load(List<ModelSpec> here, List<String> elsewhere) {
    here.forEach(this::load);
    try {
      for (String name : elsewhere) {
        fetching
            .fetch(name)
            .ifPresent(spec -> {
              server.starting(spec, Phase.LOADING);
              load(spec);
            });
      }
    } catch (InterruptedException e) {
      log.info("stopped while a model was being fetched; the next start goes on with it");
    }
    measure();
  }

  /** Looks for faster plans where one serves that was not measured, when all else is loaded. */
  private void measure() {
    for (Unmeasured model = unmeasured.poll(); model != null; model = unmeasured.poll()) {
      try (var _ = server.prepare()) {
        if (engines.improve(model.engine, model.files, options)) {
          PlanReport report = model.engine.report();
          log.info(
              "{} goes on with its {} plan in {}",
              model.files.name(),
              report.plan(),
              report.precision());
        }
      } catch (Exception e) { // it was unloaded meanwhile, or the server stops
        log.info("{} goes on as it is: {}", model.files.name(), e.toString());
      }
    }
  }

  /**
   * Loads a version of a model that is on this machine, and once it answers withdraws every other
   * version: no request finds none. Blocks until then.
   *
   * @param version null for the newest
   * @throws ModelException if there is none; what answers then goes on
   */
  void replace(String name, @Nullable String version) throws ModelException, InterruptedException {
    ModelSpec wanted =
        (version == null ? repository.find(name) : repository.find(name, version))
            .orElseThrow(() ->
                new ModelException(
                    version == null
                        ? "there is no model %s".formatted(name)
                        : "there is no version %s of %s".formatted(version, name)));
    if (!server.answering(name).contains(wanted)) {
      server.starting(wanted, Phase.LOADING);
      load(wanted);
    }
    List<ModelSpec> answering = server.answering(name);
    if (answering.contains(wanted)) {
      for (ModelSpec other : answering) {
        if (!other.equals(wanted)) {
          server.withdraw(other);
        }
      }
    }
    measure();
  }

  /**
   * Whether {@link #bring} has something to load.
   *
   * @param version null for the newest
   */
  boolean isAvailable(String name, @Nullable String version) throws ModelException {
    return version == null
        ? repository.find(name).isPresent() || fetching.modelName(name).isPresent()
        : repository.find(name, version).isPresent();
  }

  /** Whether a version of a model answers. */
  boolean answers(String name) {
    return !server.answering(name).isEmpty();
  }

  /** Loads as {@link #replace} does, and fetches first what is not here. */
  void bring(String name, @Nullable String version) throws ModelException, InterruptedException {
    if (version != null || repository.find(name).isPresent()) {
      replace(name, version);
    } else {
      Optional<ModelSpec> fetched = fetching.fetch(name);
      if (fetched.isPresent()) {
        replace(fetched.get().name(), null);
      }
    }
  }

  /** Withdraws every version of a model and frees its memory. Blocks until then. */
  void unload(String name) throws InterruptedException {
    for (ModelSpec spec : server.answering(name)) {
      server.withdraw(spec);
    }
  }

  private void load(ModelSpec spec) {
    one.lock();
    try (var _ = server.prepare()) {
      loadAlone(spec);
    } finally {
      one.unlock();
    }
  }

  private void loadAlone(ModelSpec spec) {
    if (!running) {
      return;
    }
    InferenceEngine engine = null;
    try {
      long start = System.nanoTime();
      ModelFiles files = ModelFiles.of(spec, options);
      engine = engines.load(files, options);
      server.serve(
          spec,
          engine::report,
          new MixedBatch(new EngineBatches(engine), engine::forward),
          new ModelServer.Inspector(files.mapSizes(), engine::inspect),
          engine::close);
      unmeasured.add(new Unmeasured(files, engine));
      PlanReport report = engine.report();
      log.info(
          "{} version {} is ready: {} plan in {} on {}, prepared {} x, {} threads, {} labels, {} ms",
          spec.name(),
          spec.version(),
          report.plan(),
          report.precision(),
          report.device(),
          report.copies(),
          options.threads(),
          spec.labels().count(),
          (System.nanoTime() - start) / 1_000_000);
      if (spec.name().equals(ModelRepository.BUNDLED)
          && names.iterator().next().equals(spec.name())) {
        log.info(
            "The default model knows ten classes. For ImageNet's thousand run `models fetch resnet50`,"
                + " or start with --default-model resnet50.");
      }
    } catch (Exception e) {
      if (engine != null) {
        engine.close();
      }
      if (!running) {
        return; // the stop interrupted it
      }
      log.error("{} version {} cannot be served", spec.name(), spec.version(), e);
      server.failed(spec, String.valueOf(e.getMessage()));
    }
  }

  @Override
  public void stop() {
    running = false;
    if (loader != null) {
      loader.interrupt();
    }
    server.close();
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
