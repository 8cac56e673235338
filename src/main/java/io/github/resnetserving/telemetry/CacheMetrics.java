package io.github.resnetserving.telemetry;

import io.github.resnetserving.inference.OutputCache;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.binder.MeterBinder;
import java.util.Optional;
import java.util.function.ToDoubleFunction;

/**
 * What the cache of outputs does, where there is one: {@code resnet.cache.images} counts images
 * that were looked up by their {@code result}, {@code resnet.cache.evicted} those that left for
 * others. {@code resnet.cache.size} never exceeds {@code resnet.cache.limit} for long.
 */
public final class CacheMetrics implements MeterBinder {

  private final Optional<OutputCache> cache;

  public CacheMetrics(Optional<OutputCache> cache) {
    this.cache = cache;
  }

  @Override
  public void bindTo(MeterRegistry registry) {
    cache.ifPresent(there -> bind(there, registry));
  }

  private static void bind(OutputCache cache, MeterRegistry registry) {
    looked(cache, registry, "hit", OutputCache::hits);
    looked(cache, registry, "miss", OutputCache::misses);
    looked(cache, registry, "coalesced", OutputCache::coalesced);
    MeterGroup meters = new MeterGroup(registry, Tags.empty());
    meters.counted(
        "resnet.cache.evicted",
        "images",
        "Images whose outputs left for others",
        cache,
        OutputCache::evictions);
    meters.gauge(
        "resnet.cache.entries", "images", "Images with outputs", cache, OutputCache::images);
    meters.gauge("resnet.cache.size", "bytes", "Memory of outputs", cache, OutputCache::bytes);
    meters.gauge(
        "resnet.cache.limit",
        "bytes",
        "Memory that outputs may have",
        cache,
        OutputCache::maxBytes);
  }

  private static void looked(
      OutputCache cache,
      MeterRegistry registry,
      String result,
      ToDoubleFunction<OutputCache> count) {
    new MeterGroup(registry, Tags.of("result", result))
        .counted("resnet.cache.images", null, "Images by where outputs came from", cache, count);
  }
}
