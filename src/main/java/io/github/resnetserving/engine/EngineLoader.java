package io.github.resnetserving.engine;

import io.github.resnetserving.batch.NanoClock;
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
 * From a network to an engine that runs it as fast as this machine can: begins with the plan that
 * is likely to be fastest, measures what comes into question once, goes on with the winner, and
 * remembers its plan, so that the next load begins with that.
 *
 * <p>Thread-safe.
 */
public final class EngineLoader {

  private static final Logger log = LoggerFactory.getLogger(EngineLoader.class);

  /** Version of the cached plans' formats. Increment it to invalidate existing caches. */
  private static final int FORMAT = 10;

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
   * Checks a model's weights against their digest, loads its network and warms it. Where no plan is
   * cached the first that runs serves, unmeasured: see {@link #improve}.
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
      Optional<InferenceEngine> cached = loadCached(source, options, loading);
      InferenceEngine engine =
          cached.isPresent() ? cached.get() : loadUnmeasured(source, options, loading);
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

  private Optional<InferenceEngine> loadCached(
      PlanSource source, EngineOptions options, EngineThreads loading)
      throws IOException, EngineException {
    if (cache.isEmpty()) {
      return Optional.empty();
    }
    Optional<PlanCache.Entry> entry = cache.get().find(source.name(), key(source, options));
    if (entry.isEmpty()) {
      return Optional.empty();
    }
    try {
      return Optional.of(
          InferenceEngine.open(
                  entry.get().archive(),
                  entry.get().report(),
                  source.preprocessing(),
                  options,
                  loading)
              .warmedUp(options.maxBatch()));
    } catch (EngineException e) {
      log.warn("the cached plan of {} is made anew: {}", source.name(), e.getMessage());
      return Optional.empty();
    }
  }

  private InferenceEngine loadUnmeasured(
      PlanSource source, EngineOptions options, EngineThreads loading)
      throws IOException, EngineException {
    Path workspace = workspace();
    try {
      List<PlanVariant> candidates = candidates(options);
      Autotuner tuner = new Autotuner(source, options, workspace, loading, IdleTurns.always());
      InferenceEngine engine = tuner.first(candidates);
      if (candidates.size() == 1) {
        store(source, options, tuner, engine.report());
      }
      return engine;
    } finally {
      FolderDeletion.delete(workspace);
    }
  }

  private Path workspace() throws IOException {
    return cache.isPresent() ? cache.get().workspace() : Files.createTempDirectory("plans-");
  }

  private void store(PlanSource source, EngineOptions options, Autotuner tuner, PlanReport report)
      throws IOException {
    if (cache.isPresent()) {
      Path archive = tuner.archive(PlanVariant.of(report));
      cache.get().store(source.name(), key(source, options), archive, report);
    }
  }

  /**
   * Measures what {@link #load} left unmeasured, beside the engine that serves meanwhile, lets it
   * go on with the winner, and remembers that. Measuring goes on while the engine has nothing to
   * compute; it takes five seconds at most of the time in which it has.
   *
   * @param pause how to wait for the engine to have nothing to compute, such as {@code
   *     Thread::sleep}
   * @return whether there was something to measure
   */
  public boolean improve(
      InferenceEngine engine, ModelSpec spec, EngineOptions options, IdleTurns.Pause pause)
      throws IOException, EngineException {
    return improve(engine, ModelFiles.verified(spec, options), options, pause);
  }

  boolean improve(
      InferenceEngine engine, PlanSource source, EngineOptions options, IdleTurns.Pause pause)
      throws IOException, EngineException {
    List<PlanVariant> candidates = candidates(options);
    if (candidates.size() == 1 || !engine.report().trials().isEmpty()) {
      return false;
    }
    EngineThreads measuring = new EngineThreads(options.workers(), options.threads());
    Path workspace = workspace();
    try {
      IdleTurns turns = new IdleTurns(engine::idle, pause, NanoClock.system());
      Autotuner tuner = new Autotuner(source, options, workspace, measuring, turns);
      InferenceEngine best = tuner.best(candidates);
      store(source, options, tuner, best.report());
      engine.become(best);
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
