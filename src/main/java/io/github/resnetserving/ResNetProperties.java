package io.github.resnetserving;

import io.github.resnetserving.access.ApiKey;
import io.github.resnetserving.access.ApiKeys;
import io.github.resnetserving.access.Right;
import io.github.resnetserving.batch.BatchSettings;
import io.github.resnetserving.engine.DeviceSetting;
import io.github.resnetserving.engine.PrecisionSetting;
import io.github.resnetserving.image.Background;
import io.github.resnetserving.image.DecodePolicy;
import io.github.resnetserving.network.PlanKind;
import io.github.resnetserving.remote.AllowedHosts;
import io.github.resnetserving.sandbox.SandboxMode;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.unit.DataSize;

/**
 * The settings under {@code resnet}. A value that makes no sense fails the start.
 *
 * @param models names of the models to serve, with commas; the default one is served in any case
 * @param defaultModel the model that answers requests which name none; blank for {@code resnet50}
 *     where it is there, and else the one inside the program. A published model that is not there
 *     is fetched at the start
 * @param modelsDir where models lie, as {@code NAME/VERSION/model.json}, or one model's folder,
 *     which then has the default model's name; need not exist
 * @param offline whether the network may not be used to fetch models
 * @param mirror where models are fetched from, instead of torchvision's and Hugging Face's servers
 * @param device what networks are computed on: {@code auto} for the first GPU that the engine can
 *     use and else the processor, {@code cpu}, {@code gpu:N}
 * @param precision what networks compute in: {@code auto} for whichever of {@code fp32} and {@code
 *     bf16}, or {@code fp16} on a GPU, is faster on this machine; {@code fp32}, {@code bf16},
 *     {@code fp16}, {@code int8}
 * @param cacheDir where plans are remembered that were chosen; where there is none, or it cannot be
 *     written, {@code fp32} serves at every start until the others have been measured
 * @param engine how networks run
 * @param batching how requests are put together
 * @param image how pictures are decoded
 * @param limits what a request may be
 * @param grpc what clients of gRPC may take besides that
 * @param access who may ask
 * @param cors pages of which other origins may ask
 * @param url which images may be named by their address
 * @param watch what happens when decoding or the engine stands still
 * @param preStop how long the server goes on serving after it was told to stop and is not ready any
 *     more, so that load balancers notice before its port closes
 */
@ConfigurationProperties("resnet")
public record ResNetProperties(
    @DefaultValue List<String> models,
    @DefaultValue("") String defaultModel,
    @DefaultValue("models") Path modelsDir,
    @DefaultValue("false") boolean offline,
    @Nullable URI mirror,
    @DefaultValue("auto") DeviceSetting device,
    @DefaultValue("auto") PrecisionSetting precision,
    @Nullable Path cacheDir,
    @DefaultValue Engine engine,
    @DefaultValue Batching batching,
    @DefaultValue Image image,
    @DefaultValue Limits limits,
    @DefaultValue Grpc grpc,
    @DefaultValue Access access,
    @DefaultValue Cors cors,
    @DefaultValue Url url,
    @DefaultValue Watch watch,
    @DefaultValue("0s") Duration preStop) {

  public ResNetProperties {
    models = List.copyOf(models);
    if (preStop.isNegative()) {
      throw new IllegalArgumentException(
          "resnet.pre-stop is %s: it must not be negative".formatted(preStop));
    }
  }

  /**
   * How networks run.
   *
   * @param workers batches that are computed at the same time: no thread waits for others of its
   *     batch, and so a busy server answers more. As many as processors are the fastest under load,
   *     and a single picture still gets them all. 0 for that on two processors, and on more for one
   *     worker, whose batches take less time. A GPU has one
   * @param threads threads that compute one batch together; 0 for all processors, shared evenly
   *     among the workers
   * @param plan how networks are computed: DIRECT calls oneDNN without libtorch in between (Linux
   *     on x86-64), FUSED needs libtorch's oneDNN or cuDNN operators, PLAIN runs everywhere, EAGER
   *     is for comparison; absent for what is faster
   */
  public record Engine(
      @DefaultValue("0") int workers, @DefaultValue("0") int threads, @Nullable PlanKind plan) {

    public Engine {
      if (workers < 0) {
        throw new IllegalArgumentException(
            "resnet.engine.workers is %d: it must be positive, or 0 for what suits the machine"
                .formatted(workers));
      }
      if (threads < 0) {
        throw new IllegalArgumentException(
            "resnet.engine.threads is %d: it must be positive, or 0 for all processors"
                .formatted(threads));
      }
    }

    /** Workers on a machine with so many processors, at least one. */
    int workers(int processors) {
      if (workers > 0) {
        return workers;
      }
      return threads == 0 && processors == 2 ? 2 : 1;
    }

    /** Threads of each worker, at least one. */
    int threadsPerWorker(int processors) {
      return threads > 0 ? threads : Math.max(1, processors / workers(processors));
    }
  }

  /**
   * How requests are put together.
   *
   * @param maxBatch images a batch at most
   * @param maxDelay how long the oldest image of a batch may wait for company while the network is
   *     free
   * @param targetP99 the time from an image's decoding to its output that 99 of 100 images shall
   *     keep; delay and batch size then follow from measured times. Absent for fixed ones
   * @param weights a model's share of the machine while several are busy, by name, as in {@code
   *     resnet.batching.weights.NAME}; 1 where none is given
   * @param queueCapacity images that may wait; more are answered 429
   * @param drain how long queued images may take when the server stops
   */
  public record Batching(
      @DefaultValue("8") int maxBatch,
      @DefaultValue("0ms") Duration maxDelay,
      @Nullable Duration targetP99,
      @DefaultValue Map<String, Integer> weights,
      @DefaultValue("256") int queueCapacity,
      @DefaultValue("20s") Duration drain) {

    public Batching {
      weights = Map.copyOf(weights);
      weights.forEach(Batching::requireWeight);
      requirePositive("batching.max-batch", maxBatch);
      requirePositive("batching.queue-capacity", queueCapacity);
      if (maxDelay.isNegative() || drain.isNegative()) {
        throw new IllegalArgumentException(
            "resnet.batching.max-delay is %s and drain %s: neither may be negative"
                .formatted(maxDelay, drain));
      }
      if (targetP99 != null && !targetP99.isPositive()) {
        throw new IllegalArgumentException(
            "resnet.batching.target-p99 is %s: it must be positive, or absent"
                .formatted(targetP99));
      }
    }

    private static void requireWeight(String model, int weight) {
      if (weight < 1 || weight > BatchSettings.LARGEST_WEIGHT) {
        throw new IllegalArgumentException(
            "resnet.batching.weights.%s is %d: it must be between 1 and %d"
                .formatted(model, weight, BatchSettings.LARGEST_WEIGHT));
      }
    }
  }

  /**
   * How pictures are decoded.
   *
   * @param background what transparent pictures are composited on, as #rrggbb
   * @param decode {@code exact} for torchvision's pixels, or {@code fast} to scale large JPEGs by
   *     2, 4 or 8 while they are decoded, where libjpeg-turbo is installed: less work, slightly
   *     other pixels
   * @param sandbox which images are decoded in a process with limits of time and memory: {@code
   *     rare} for BMP and TIFF, and WebP and JPEG where their libraries are not installed; {@code
   *     all}; {@code off} for none, where no process can be started
   */
  public record Image(
      @DefaultValue("#ffffff") String background,
      @DefaultValue("exact") DecodePolicy.Detail decode,
      @DefaultValue("rare") SandboxMode sandbox) {

    public Image {
      try {
        var _ = Background.parse(background);
      } catch (IllegalArgumentException e) {
        throw new IllegalArgumentException("resnet.image.background: " + e.getMessage(), e);
      }
    }
  }

  /**
   * What a request may be.
   *
   * @param maxBody bytes of a body at most
   * @param maxImages images of a request at most
   * @param maxPixels pixels of an image at most, as its header claims them
   * @param deadline how long a request may take that does not say
   * @param bodyTimeout how long a body, or a message of gRPC, may take to arrive in any case,
   *     whatever the request's deadline; also how long the server waits in all for a client to read
   *     its answer, besides the time that the answer takes at {@code body-rate}
   * @param bodyGrace how long a body may take before {@code body-rate} counts
   * @param bodyRate bytes that must arrive in each second on average after that time
   * @param bytesInFlight bytes that all requests hold at most at the same time: bodies, messages,
   *     what is decoded from them, and answers. What finds no room is answered 429; one request may
   *     have three quarters, and a body half of it at most. Absent for an eighth of the heap
   * @param pixelsInFlight pixels of all pictures at most that are decoded at the same time, the
   *     others wait for room until their deadline; absent for as many as a sixteenth of the heap
   *     has bytes, since a pixel costs up to eight
   */
  public record Limits(
      @DefaultValue("20MB") DataSize maxBody,
      @DefaultValue("32") int maxImages,
      @DefaultValue("50000000") long maxPixels,
      @DefaultValue("10s") Duration deadline,
      @DefaultValue("30s") Duration bodyTimeout,
      @DefaultValue("5s") Duration bodyGrace,
      @DefaultValue("8KB") DataSize bodyRate,
      @Nullable DataSize bytesInFlight,
      @Nullable Long pixelsInFlight) {

    private static final DataSize LARGEST_BODY = DataSize.ofGigabytes(1);

    public Limits {
      requirePositive("limits.max-body", maxBody.toBytes());
      requirePositive("limits.max-images", maxImages);
      requirePositive("limits.max-pixels", maxPixels);
      if (maxBody.compareTo(LARGEST_BODY) > 0) { // a body is one array
        throw new IllegalArgumentException(
            "resnet.limits.max-body is %s: at most %s can be held in memory"
                .formatted(maxBody, LARGEST_BODY));
      }
      if (deadline.isNegative() || deadline.isZero()) {
        throw new IllegalArgumentException(
            "resnet.limits.deadline is %s: it must be positive".formatted(deadline));
      }
      if (!bodyTimeout.isPositive() || bodyGrace.isNegative()) {
        throw new IllegalArgumentException(
            "resnet.limits.body-timeout is %s and body-grace %s: the first must be positive, the second not negative"
                .formatted(bodyTimeout, bodyGrace));
      }
      requirePositive("limits.body-rate", bodyRate.toBytes());
      long heap = Runtime.getRuntime().maxMemory();
      if (bytesInFlight == null) {
        bytesInFlight = DataSize.ofBytes(heap / 8);
      }
      if (pixelsInFlight == null) {
        pixelsInFlight = heap / 16;
      }
      requirePositive("limits.bytes-in-flight", bytesInFlight.toBytes());
      requirePositive("limits.pixels-in-flight", pixelsInFlight);
    }

    /** Never null: the constructor derives what is absent. */
    @Override
    public DataSize bytesInFlight() {
      return Objects.requireNonNull(bytesInFlight);
    }

    /** Never null: the constructor derives what is absent. */
    @Override
    public Long pixelsInFlight() {
      return Objects.requireNonNull(pixelsInFlight);
    }
  }

  /**
   * What clients of gRPC may take.
   *
   * @param maxConnections connections at the same time; more are closed as they come
   * @param maxCalls calls of a connection at the same time; clients wait with more
   */
  public record Grpc(@DefaultValue("1000") int maxConnections, @DefaultValue("100") int maxCalls) {

    public Grpc {
      requirePositive("grpc.max-connections", maxConnections);
      requirePositive("grpc.max-calls", maxCalls);
    }
  }

  /**
   * Who may ask.
   *
   * @param keys each with {@code name}, {@code sha256} and {@code rights}; without any everyone
   *     may. The command {@code keys new} makes one
   * @param anonymous whether a server of the production profile may listen to the network without
   *     keys
   * @param openMetrics whether {@code /actuator/prometheus} needs no key
   * @param adminKeyDir the folder into which a server without keys writes an admin key for its own
   *     user at its start, as {@code admin-PORT.header}; absent for none. Set to {@code
   *     resnet.cache-dir}, and absent in the production profile
   * @param keylessAdministration whether programs on this machine may administer a server without
   *     keys and without that file. Only for a machine on which no proxy runs: many proxies cannot
   *     be told from a local program
   */
  public record Access(
      @DefaultValue List<Key> keys,
      @DefaultValue("false") boolean anonymous,
      @DefaultValue("false") boolean openMetrics,
      @Nullable Path adminKeyDir,
      @DefaultValue("false") boolean keylessAdministration) {

    public Access {
      keys = List.copyOf(keys);
      var _ = new ApiKeys(keys.stream().map(Key::toApiKey).toList());
    }
  }

  /**
   * One key.
   *
   * @param name whose it is
   * @param sha256 the key's hash, 64 hexadecimal digits
   * @param rights INFER, ADMIN or both
   */
  public record Key(String name, String sha256, @DefaultValue("infer") Set<Right> rights) {

    public Key {
      // Spring binds null where nothing is given.
      if (Objects.isNull(name) || Objects.isNull(sha256)) {
        throw new IllegalArgumentException(
            "resnet.access.keys has a key without %s: the command keys new prints name and sha256"
                .formatted(Objects.isNull(name) ? "a name" : "a sha256"));
      }
      rights = Set.copyOf(rights);
    }

    ApiKey toApiKey() {
      return new ApiKey(name, sha256, rights);
    }
  }

  /**
   * Pages of which other origins may ask, by the rules of cross-origin resource sharing.
   *
   * @param allowedOrigins such as {@code https://app.example.com}; {@code *} for all
   */
  public record Cors(@DefaultValue List<String> allowedOrigins) {

    public Cors {
      allowedOrigins = List.copyOf(allowedOrigins);
    }
  }

  /**
   * Which images may be named by their address.
   *
   * @param allowedHosts such as {@code images.example.com}, {@code *.example.com} or {@code
   *     images.example.com:8443}; without any none is fetched
   * @param timeout how long a fetch may take
   */
  public record Url(@DefaultValue List<String> allowedHosts, @DefaultValue("5s") Duration timeout) {

    public Url {
      allowedHosts = List.copyOf(allowedHosts);
      try {
        var _ = new AllowedHosts(allowedHosts);
      } catch (IllegalArgumentException e) {
        throw new IllegalArgumentException("resnet.url.allowed-hosts: " + e.getMessage(), e);
      }
      if (!timeout.isPositive()) {
        throw new IllegalArgumentException(
            "resnet.url.timeout is %s: it must be positive".formatted(timeout));
      }
    }
  }

  /**
   * What happens when decoding or the engine stands still.
   *
   * @param stallAfter how long no decode thread, or no engine worker, may get on while work waits
   *     before {@code /readyz} says so; an image that is decoded for so long gives up its thread,
   *     which is replaced
   * @param exitAfter how long the engine may be at one batch before the process ends with exit code
   *     70; 0 for ever
   */
  public record Watch(
      @DefaultValue("10s") Duration stallAfter, @DefaultValue("60s") Duration exitAfter) {

    public Watch {
      if (!stallAfter.isPositive() || exitAfter.isNegative()) {
        throw new IllegalArgumentException(
            "resnet.watch.stall-after is %s and exit-after %s: the first must be positive, the second not negative"
                .formatted(stallAfter, exitAfter));
      }
    }
  }

  private static void requirePositive(String name, long value) {
    if (value < 1) {
      throw new IllegalArgumentException(
          "resnet.%s is %d: it must be positive".formatted(name, value));
    }
  }
}
