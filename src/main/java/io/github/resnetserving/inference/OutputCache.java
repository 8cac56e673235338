package io.github.resnetserving.inference;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.github.resnetserving.batch.NanoClock;
import io.github.resnetserving.image.PreparedImage.ImageInfo;
import io.github.resnetserving.inference.PendingImage.RawOutputs;
import io.github.resnetserving.models.Digest;
import io.github.resnetserving.models.Preprocessing.CropMode;
import io.github.resnetserving.tensor.IntermediateOutput.ClassActivationMap;
import io.github.resnetserving.tensor.IntermediateOutput.FeatureMap;
import io.github.resnetserving.tensor.NetworkOutput;
import java.nio.ByteBuffer;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Supplier;
import java.util.stream.Stream;

/**
 * What the network gave for images that were sent before, and which images are being computed now.
 * An image is known by the SHA-256 of its encoded bytes, so a hit is neither decoded nor computed.
 *
 * <p>Outputs are kept, not answers: the number of classes, heads, scaling and the form of the
 * answer are applied to them each time. So all of these share an entry, and a head that was
 * replaced answers at once. An entry belongs to one model as it was loaded, one plan, one crop mode
 * and one caller, and never answers for another.
 *
 * <p>Least recently and frequently used entries leave first (W-TinyLFU). Thread-safe.
 */
public final class OutputCache {

  /** An estimate of the objects around the numbers of one entry, in bytes. */
  private static final int ENTRY_OVERHEAD = 400;

  /**
   * What an output depends on besides the bytes of the image.
   *
   * @param caller whose images they are
   * @param model {@link ServedModel#identity()}, and how images are prepared for it
   * @param plan what computes the network
   * @param layer whose output it is
   */
  record Question(String caller, String model, String plan, CropMode view, String layer) {}

  /** A SHA-256. */
  record ImageDigest(long first, long second, long third, long fourth) {

    static ImageDigest of(byte[] encoded) {
      ByteBuffer digest = ByteBuffer.wrap(Digest.start().digest(encoded));
      return new ImageDigest(
          digest.getLong(), digest.getLong(), digest.getLong(), digest.getLong());
    }
  }

  record ImageKey(Question question, ImageDigest image) {}

  /**
   * An entry.
   *
   * @param storedNanos when it was computed, a reading of the clock
   */
  record Stored(RawOutputs<?> outputs, ImageInfo image, long storedNanos) {

    /** The outputs, of the type that the key's layer gives. */
    @SuppressWarnings("unchecked")
    <O> RawOutputs<O> typed() {
      return (RawOutputs<O>) outputs;
    }

    private int bytes() {
      long numbers =
          outputs.outputs().stream()
              .flatMap(OutputCache::numbers)
              .mapToLong(part -> part.length)
              .sum();
      return (int) Math.min(Integer.MAX_VALUE, ENTRY_OVERHEAD + numbers * Float.BYTES);
    }
  }

  /** How a computation ended, for those who wait for it. */
  sealed interface Ended {

    /** There are outputs. */
    record Computed(Stored stored) implements Ended {}

    /** The image itself is wrong, for everyone who sends it. */
    record Wrong(Failure.BadImage failure) implements Ended {}

    /** It ended for a reason of the request that it was for, such as its deadline. */
    record Abandoned() implements Ended {}
  }

  /** A computation that others may wait for. */
  static final class Flight {

    private final ImageKey key;
    private final boolean bulk;
    private final CompletableFuture<Ended> ended = new CompletableFuture<>();

    private Flight(ImageKey key, boolean bulk) {
      this.key = key;
      this.bulk = bulk;
    }

    CompletableFuture<Ended> ended() {
      return ended;
    }
  }

  /** What there is of an image. */
  sealed interface Entry {

    /** Its outputs. */
    record Hit(Stored stored) implements Entry {}

    /** It is being computed for another request. */
    record Underway(Flight flight) implements Entry {}

    /** Nothing: who asked computes it, and must {@link OutputCache#end} the flight. */
    record Missing(Flight flight) implements Entry {}
  }

  private record Lane(ImageKey key, boolean bulk) {}

  private final long maxBytes;
  private final boolean acrossCallers;
  private final String preparation;
  private final NanoClock clock;
  private final Cache<ImageKey, Stored> entries;
  private final ConcurrentMap<Lane, Flight> flights = new ConcurrentHashMap<>();
  private final LongAdder hits = new LongAdder();
  private final LongAdder misses = new LongAdder();
  private final LongAdder coalesced = new LongAdder();

  /**
   * Makes an empty cache.
   *
   * @param maxBytes how many bytes of outputs are kept at most, positive
   * @param acrossCallers whether one caller's images may be answered with what was computed for
   *     another
   * @param preparation how images are decoded, in words: other words, other outputs
   */
  public OutputCache(long maxBytes, boolean acrossCallers, String preparation, NanoClock clock) {
    this.maxBytes = maxBytes;
    this.acrossCallers = acrossCallers;
    this.preparation = preparation;
    this.clock = clock;
    this.entries =
        Caffeine.newBuilder()
            .maximumWeight(maxBytes)
            .<ImageKey, Stored>weigher((_, stored) -> stored.bytes())
            .executor(Runnable::run) // what leaves is dropped, which takes no thread
            .recordStats()
            .build();
  }

  /** What a request's images are looked up by. */
  Question question(String caller, ServedModel model, CropMode view, String layer) {
    return new Question(
        acrossCallers ? "" : caller,
        model.identity() + " " + preparation,
        model.plan(),
        view,
        layer);
  }

  /**
   * Looks an image up.
   *
   * @param bulk whether the request gives way to interactive ones. It may wait for an interactive
   *     one's computation, while the reverse would make the interactive one wait behind others
   */
  Entry find(ImageKey key, boolean bulk) {
    Stored stored = entries.getIfPresent(key);
    if (stored != null) {
      hits.increment();
      return new Entry.Hit(stored);
    }
    Flight interactive = bulk ? flights.get(new Lane(key, /* bulk= */ false)) : null;
    Flight mine = new Flight(key, bulk);
    Flight other =
        interactive != null ? interactive : flights.putIfAbsent(new Lane(key, bulk), mine);
    if (other != null) {
      return new Entry.Underway(other);
    }
    stored = entries.getIfPresent(key);
    if (stored != null) { // another flight ended between the two looks
      hits.increment();
      land(mine, new Ended.Computed(stored));
      return new Entry.Hit(stored);
    }
    misses.increment();
    return new Entry.Missing(mine);
  }

  /**
   * Ends a flight, whatever happens. Its outputs are kept where the plan that may have computed
   * them still serves.
   *
   * @param plan what computes the model's network now
   */
  void end(Flight flight, Outcome<? extends RawOutputs<?>> outcome, Supplier<String> plan) {
    try {
      switch (outcome) {
        case Outcome.Success<? extends RawOutputs<?>>(var outputs, _)
            when !isFinite(outputs) -> {} // no answer can be made of it: the next one computes anew
        case Outcome.Success<? extends RawOutputs<?>>(var outputs, var image) -> {
          Stored stored = new Stored(outputs, image, clock.nanoTime());
          if (plan.get().equals(flight.key.question().plan())) {
            entries.put(flight.key, stored);
          }
          land(flight, new Ended.Computed(stored));
        }
        case Outcome.Failed<? extends RawOutputs<?>>(Failure.BadImage failure) ->
            land(flight, new Ended.Wrong(failure));
        case Outcome.Failed<? extends RawOutputs<?>> _ -> {}
      }
    } finally {
      abandon(flight); // does nothing to one that has ended
    }
  }

  private static boolean isFinite(RawOutputs<?> outputs) {
    return outputs.outputs().stream().flatMap(OutputCache::numbers).allMatch(OutputCache::isFinite);
  }

  private static boolean isFinite(float[] numbers) {
    for (float number : numbers) {
      if (!Float.isFinite(number)) {
        return false;
      }
    }
    return true;
  }

  private static Stream<float[]> numbers(Object output) {
    return switch (output) {
      case NetworkOutput all -> Stream.of(all.logits(), all.features());
      case FeatureMap map -> Stream.of(map.values());
      case ClassActivationMap map -> Stream.of(map.values(), map.logits());
      default -> throw new IllegalStateException("no output: " + output.getClass());
    };
  }

  /** Ends a flight without anything: the next who waits for it computes. */
  void abandon(Flight flight) {
    land(flight, new Ended.Abandoned());
  }

  private void land(Flight flight, Ended ended) {
    flights.remove(new Lane(flight.key, flight.bulk), flight); // who comes now finds the entry
    flight.ended.complete(ended);
  }

  /** An image was answered with outputs that were computed for another request meanwhile. */
  void shared() {
    coalesced.increment();
  }

  /** Nanoseconds since an entry was computed. */
  long ageNanos(Stored stored) {
    return clock.nanoTime() - stored.storedNanos();
  }

  /** Images whose outputs were there. */
  public long hits() {
    return hits.sum();
  }

  /** Images that were computed. */
  public long misses() {
    return misses.sum();
  }

  /** Images that waited for the computation of another request, and were answered with it. */
  public long coalesced() {
    return coalesced.sum();
  }

  /** Entries that had to leave for others. */
  public long evictions() {
    return entries.stats().evictionCount();
  }

  /** How many images have outputs here. */
  public long images() {
    return entries.estimatedSize();
  }

  /** The bytes of all entries. */
  public long bytes() {
    return entries
        .policy()
        .eviction()
        .map(eviction -> eviction.weightedSize().orElse(0))
        .orElse(0L);
  }

  /** The bytes that entries may have. */
  public long maxBytes() {
    return maxBytes;
  }
}
