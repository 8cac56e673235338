package io.github.resnetserving.serving;

import io.github.resnetserving.engine.EngineLoader;
import io.github.resnetserving.engine.EngineOptions;
import io.github.resnetserving.engine.InferenceEngine;
import io.github.resnetserving.inference.ModelState.Starting.Phase;
import io.github.resnetserving.models.ModelException;
import io.github.resnetserving.models.ModelRepository;
import io.github.resnetserving.models.ModelSpec;
import io.github.resnetserving.models.PlanReport;
import io.github.resnetserving.models.download.ModelFetcher;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.SmartLifecycle;

/**
 * Loads, replaces and unloads models. {@link #start} loads the configured ones one after another,
 * while the web server already answers probes: first those that are on this machine, then those
 * that are to be fetched. {@link #load} and {@link #unload} are for administrators.
 *
 * <p>Stops after everything else, so that queues are drained before their engines close.
 * Thread-safe; one model is loaded at a time.
 */
public class ModelManager implements SmartLifecycle {

  private static final Logger log = LoggerFactory.getLogger(ModelManager.class);

  /** An engine that serves although another plan may be faster. */
  private record Unmeasured(ModelSpec spec, InferenceEngine engine) {}

  @FunctionalInterface
  private interface Task {
    void run() throws ModelException, InterruptedException;
  }

  private final ModelRepository repository;
  private final ModelServer server;
  private final ModelFetching fetching;
  private final Set<String> names;
  private final EngineLoader engines;
  private final EngineOptions options;
  private final Queue<Unmeasured> unmeasured = new ConcurrentLinkedQueue<>();
  private final ReentrantLock one = new ReentrantLock();
  private final ExecutorService orders =
      Executors.newSingleThreadExecutor(Thread.ofPlatform().name("model-admin").daemon().factory());
  private @Nullable Thread loader;
  private volatile boolean running;

  /**
   * Starts nothing yet.
   *
   * @param fetcher fetches models that are not on this machine
   * @param defaultModel is loaded first
   * @param models further names
   * @param engines load them
   */
  public ModelManager(
      ModelRepository repository,
      ModelServer server,
      ModelFetcher fetcher,
      String defaultModel,
      List<String> models,
      EngineLoader engines,
      EngineOptions options) {
    this.repository = repository;
    this.server = server;
    this.fetching = new ModelFetching(fetcher, server);
    this.names = new LinkedHashSet<>(List.of(defaultModel));
    this.names.addAll(models);
    this.engines = engines;
    this.options = options;
  }

  /** Begins to load the configured models. */
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

  /**
   * Looks for faster plans where one serves that was not measured, when all else is loaded and
   * while nobody asks.
   */
  private void measure() {
    for (Unmeasured model = unmeasured.poll(); model != null; model = unmeasured.poll()) {
      Unmeasured next = model;
      server.preparing(() -> measure(next.spec, next.engine));
    }
  }

  private void measure(ModelSpec spec, InferenceEngine engine) {
    try {
      if (engines.improve(engine, spec, options, server::pause)) {
        PlanReport report = engine.report();
        log.info(
            "{} version {} now runs its {} plan in {}",
            spec.name(),
            spec.version(),
            report.plan(),
            report.precision());
      }
    } catch (Exception e) { // it was unloaded meanwhile, or the server stops
      log.info("Keeping the current plan of {}: {}", spec.name(), e.toString());
    }
  }

  /**
   * Begins to load a model, fetching it first if need be, and to withdraw its other versions once
   * it answers. Returns at once.
   *
   * @param version null for the newest
   * @return done once the model answers, or does not; empty if there is no such model or version,
   *     neither here nor among those that can be fetched
   * @throws ModelException if the model's files are here and cannot be used; the message says which
   *     file, and what is wrong with it
   */
  public Optional<CompletableFuture<Void>> load(String name, @Nullable String version)
      throws ModelException {
    try {
      if (!isAvailable(name, version)) {
        return Optional.empty();
      }
    } catch (ModelException e) {
      log.warn("{} cannot be loaded: {}", name, e.getMessage());
      throw e;
    }
    log.info("{} is to be loaded, version {}", name, version == null ? "newest" : version);
    return Optional.of(order(name, () -> fetchAndReplace(name, version)));
  }

  /**
   * Begins to withdraw every version of a model. Returns at once.
   *
   * @return done once none answers; empty if none does
   */
  public Optional<CompletableFuture<Void>> unload(String name) {
    if (server.answering(name).isEmpty()) {
      return Optional.empty();
    }
    log.info("{} is to be unloaded", name);
    return Optional.of(order(name, () -> withdraw(name)));
  }

  private CompletableFuture<Void> order(String name, Task task) {
    CompletableFuture<Void> done = new CompletableFuture<>();
    orders.execute(() -> {
      try {
        task.run();
        done.complete(null);
        measure();
      } catch (InterruptedException e) {
        log.info("stopped before {} was loaded or unloaded", name);
        done.completeExceptionally(e);
      } catch (ModelException | RuntimeException e) {
        log.error("{} could not be loaded or unloaded", name, e);
        done.completeExceptionally(e);
      } catch (Error e) { // such as an OutOfMemoryError: who waits is told before the thread ends
        done.completeExceptionally(e);
        throw e;
      }
    });
    return done;
  }

  private boolean isAvailable(String name, @Nullable String version) throws ModelException {
    return version == null
        ? repository.find(name).isPresent() || fetching.modelName(name).isPresent()
        : repository.find(name, version).isPresent();
  }

  private void fetchAndReplace(String name, @Nullable String version)
      throws ModelException, InterruptedException {
    if (version != null || repository.find(name).isPresent()) {
      swap(name, version);
    } else {
      Optional<ModelSpec> fetched = fetching.fetch(name);
      if (fetched.isPresent()) {
        swap(fetched.get().name(), null);
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
  public void replace(String name, @Nullable String version)
      throws ModelException, InterruptedException {
    swap(name, version);
    measure();
  }

  private void swap(String name, @Nullable String version)
      throws ModelException, InterruptedException {
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
  }

  /** Withdraws every version of a model and frees its memory. Blocks until then. */
  public void withdraw(String name) throws InterruptedException {
    for (ModelSpec spec : server.answering(name)) {
      server.withdraw(spec);
    }
  }

  private void load(ModelSpec spec) {
    one.lock();
    try {
      server.preparing(() -> loadAlone(spec));
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
      engine = engines.load(spec, options);
      server.serve(
          spec,
          engine::report,
          engine,
          new ModelServer.Intermediates(EngineLoader.mapSizes(spec), engine::intermediates),
          engine::close);
      unmeasured.add(new Unmeasured(spec, engine));
      PlanReport report = engine.report();
      log.info(
          "{} version {} is ready: {} plan in {} on {}, prepared {} x, {} threads, {} labels, {}"
              + " ms",
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
            "The default model knows ten classes. For ImageNet's thousand run `models fetch"
                + " resnet50`, or start with --default-model resnet50.");
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
    orders.shutdownNow();
    if (loader != null) {
      loader.interrupt();
    }
    server.close();
  }

  @Override
  public boolean isRunning() {
    return running;
  }

  /** Started as soon as it can be, while Spring makes the other beans. */
  @Override
  public boolean isAutoStartup() {
    return false;
  }

  /** Stops after the web server. */
  @Override
  public int getPhase() {
    return 0;
  }
}
