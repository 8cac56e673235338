package io.github.resnetserving.engine;

import io.github.resnetserving.engine.PlanSource.OpenNetwork;
import io.github.resnetserving.graph.Network;
import io.github.resnetserving.graph.NetworkFile;
import io.github.resnetserving.models.Digest;
import io.github.resnetserving.models.FolderDeletion;
import io.github.resnetserving.models.ModelSpec;
import io.github.resnetserving.models.PlanReport;
import io.github.resnetserving.models.Preprocessing;
import io.github.resnetserving.plan.Target;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * From a network to an engine that runs it as fast as this machine can: measures what comes into
 * question once, remembers the winner's plan, and from then on loads only that.
 *
 * <p>Thread-safe.
 */
public final class EngineLoader {

  private static final Logger log = LoggerFactory.getLogger(EngineLoader.class);

  /** Version of the cached plans' formats. Increment it to invalidate existing caches. */
  private static final int FORMAT = 8;

  private final Optional<PlanCache> cache;
  private final ProcessorFeatures processor;
  private final Map<Team, EngineThreads> serving = new HashMap<>(); // guarded by itself

  /** Threads that engines can share. */
  private record Team(int workers, int threads) {}

  /** Remembers nothing. */
  public EngineLoader() {
    this(Optional.empty());
  }

  public EngineLoader(Optional<PlanCache> cache) {
    this(cache, ProcessorFeatures.ofMachine());
  }

  EngineLoader(Optional<PlanCache> cache, ProcessorFeatures processor) {
    this.cache = cache;
    this.processor = processor;
  }

  /**
   * Checks a model's weights against their digest, loads its network and warms it. Without a cache
   * the first plan that runs serves, unmeasured: see {@link #improve}.
   *
   * <p>Engines of one loader are computed by the same threads; loading has threads of its own, so
   * that it does not hold up those that serve already.
   *
   * @throws IOException if the weights are not those of the model, or the network cannot be read
   * @throws EngineException if no plan can be loaded
   */
  public InferenceEngine load(ModelSpec spec, EngineOptions options)
      throws IOException, EngineException {
    return load(ModelFiles.of(spec, options), options);
  }

  /** Loads the network of a source as {@link #load(ModelSpec, EngineOptions)} does a model's. */
  InferenceEngine load(PlanSource source, EngineOptions options)
      throws IOException, EngineException {
    options.check();
    if (options.precision() != PrecisionSetting.AUTO && options.device().target() == Target.CPU) {
      processor.check(options.precision().precision());
    }
    EngineThreads loading = new EngineThreads(options.workers(), options.threads());
    try {
      InferenceEngine engine =
          cache.isPresent()
              ? load(cache.get(), source, options, loading)
              : loadUnmeasured(source, options, loading);
      serve(engine, new Team(options.workers(), options.threads()));
      return engine;
    } finally {
      loading.leave();
    }
  }

  /** Loads a network that is in memory. */
  public InferenceEngine load(Network network, Preprocessing preprocessing, EngineOptions options)
      throws EngineException {
    try {
      return load(new OpenNetwork(network, preprocessing), options);
    } catch (IOException e) {
      throw EngineException.because("the plan cannot be written", e);
    }
  }

  private void serve(InferenceEngine engine, Team team) {
    synchronized (serving) {
      EngineThreads threads = serving.get(team);
      if (threads == null || !threads.join()) {
        threads = new EngineThreads(team.workers(), team.threads());
        serving.put(team, threads);
      }
      engine.moveTo(threads);
      threads.leave(); // the loader is no user
    }
  }

  private InferenceEngine loadUnmeasured(
      PlanSource source, EngineOptions options, EngineThreads loading)
      throws IOException, EngineException {
    Path workspace = Files.createTempDirectory("plans-");
    try {
      return new Autotuner(source, options, workspace, loading).first(candidates(options));
    } finally {
      FolderDeletion.delete(workspace);
    }
  }

  private InferenceEngine load(
      PlanCache plans, PlanSource source, EngineOptions options, EngineThreads loading)
      throws IOException, EngineException {
    String key = key(source, options);
    Optional<PlanCache.Entry> entry = plans.find(source.name(), key);
    if (entry.isPresent()) {
      try {
        return InferenceEngine.open(
                entry.get().archive(),
                entry.get().report(),
                source.preprocessing(),
                options,
                loading)
            .warmedUp(options.maxBatch());
      } catch (EngineException e) {
        log.warn("the cached plan of {} is made anew: {}", source.name(), e.getMessage());
      }
    }
    Path workspace = plans.workspace();
    try {
      Autotuner selection = new Autotuner(source, options, workspace, loading);
      List<PlanVariant> candidates = candidates(options);
      InferenceEngine engine =
          candidates.size() > 1 ? selection.best(candidates) : selection.first(candidates);
      PlanReport report = engine.report();
      plans.store(source.name(), key, selection.archive(PlanVariant.of(report)), report);
      return engine;
    } finally {
      FolderDeletion.delete(workspace);
    }
  }

  /**
   * Measures what {@link #load} left unmeasured, beside the engine that serves meanwhile, and lets
   * it go on with the winner.
   *
   * @return whether there was something to measure
   */
  public boolean improve(InferenceEngine engine, ModelSpec spec, EngineOptions options)
      throws IOException, EngineException {
    return improve(engine, ModelFiles.verified(spec, options), options);
  }

  boolean improve(InferenceEngine engine, PlanSource source, EngineOptions options)
      throws IOException, EngineException {
    List<PlanVariant> candidates = candidates(options);
    if (candidates.size() == 1 || !engine.report().trials().isEmpty()) {
      return false;
    }
    EngineThreads measuring = new EngineThreads(options.workers(), options.threads());
    Path workspace = Files.createTempDirectory("plans-");
    try {
      engine.become(new Autotuner(source, options, workspace, measuring).best(candidates));
      return true;
    } finally {
      measuring.leave();
      FolderDeletion.delete(workspace);
    }
  }

  /**
   * How many numbers the activation of the stem has for one crop, and that of each stage of blocks.
   */
  public static List<Long> mapSizes(ModelSpec spec) throws IOException {
    return NetworkFile.topology(spec.weights(), spec.network())
        .mapSizes(spec.preprocessing().crop());
  }

  private List<PlanVariant> candidates(EngineOptions options) {
    return options.candidates(processor, NativeRuntime.hasOneDnn());
  }

  /** What a plan and the choice of it follow from. */
  private String key(PlanSource source, EngineOptions options) throws IOException {
    String all =
        String.join(
            "\n",
            "format " + FORMAT,
            "libtorch " + NativeRuntime.version(),
            "processor " + processor,
            "direct " + NativeRuntime.hasOneDnn(),
            "options " + options,
            "preprocessing " + source.preprocessing(),
            source.identity());
    return Digest.sha256(all);
  }
}
