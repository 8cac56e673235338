package io.github.resnetserving.plan.onednn;

import io.github.resnetserving.graph.Graph;
import io.github.resnetserving.graph.Graph.Activation;
import io.github.resnetserving.graph.Step;
import io.github.resnetserving.tensor.DType;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Where the activations of a run lie: in one block of memory, a place is used again as soon as no
 * later step reads it. A sum lies where its addend has been.
 *
 * @param offsets of each map, in bytes, for one image; a batch has each n times as far
 * @param bytes of all for one image
 */
record ActivationLayout(Map<String, Long> offsets, long bytes) {

  /** The last map's numbers as float32, where the others are free. */
  static final String FLOATS = "floats";

  /** A line of the processor's cache. */
  private static final long ALIGNMENT = 64;

  /** Lays out what the steps make whose output has places. */
  static ActivationLayout of(Arrangement arrangement) {
    List<Step> steps = arrangement.graph().upTo(arrangement.graph().last());
    Map<String, Integer> lastUse = new HashMap<>();
    for (int i = 0; i < steps.size(); i++) {
      for (String read : steps.get(i).reads()) {
        lastUse.put(read, i);
      }
    }
    Places places = new Places();
    Map<String, Long> offsets = new HashMap<>();
    offsets.put(Graph.INPUT, places.take(bytes(arrangement, Graph.INPUT)));
    for (int i = 0; i < steps.size(); i++) {
      Step step = steps.get(i);
      String addend = step.addend();
      long size = bytes(arrangement, step.output());
      offsets.put(step.output(), addend == null ? places.take(size) : offset(offsets, addend));
      for (String read : step.reads()) {
        if (lastUse.getOrDefault(read, -1) == i && !read.equals(addend)) {
          places.free(offset(offsets, read), bytes(arrangement, read));
        }
      }
    }
    String last = arrangement.graph().last();
    offsets.put(
        FLOATS,
        arrangement.type() == DType.F32
            ? offset(offsets, last)
            : places.take(bytes(arrangement.activation(last), DType.F32)));
    return new ActivationLayout(Map.copyOf(offsets), places.end);
  }

  private static long bytes(Arrangement arrangement, String activation) {
    return bytes(arrangement.activation(activation), arrangement.type(activation));
  }

  private static long bytes(Activation activation, DType type) {
    long bytes =
        (long) activation.channels() * activation.side() * activation.side() * type.bytes();
    return (bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
  }

  private static long offset(Map<String, Long> offsets, String map) {
    Long offset = offsets.get(map);
    if (offset == null) {
      throw new IllegalArgumentException(
          "the activation %s is read before it is made".formatted(map));
    }
    return offset;
  }

  /** Of a map in the memory of {@code count} images. */
  long offset(String map, int count) {
    return count * offset(offsets, map);
  }

  /** A stretch of the memory. */
  private record Place(long start, long size) {
    long end() {
      return start + size;
    }
  }

  /** What is free between the maps, and where the memory ends. */
  private static final class Places {
    private final List<Place> free = new ArrayList<>(); // none touches another
    private long end;

    /** The smallest that fits, or more memory at the end. */
    long take(long size) {
      Optional<Place> fitting =
          free.stream()
              .filter(place -> place.size() >= size)
              .min(Comparator.comparingLong(Place::size));
      if (fitting.isPresent()) {
        Place place = fitting.get();
        free.remove(place);
        if (place.size() > size) {
          free.add(new Place(place.start() + size, place.size() - size));
        }
        return place.start();
      }
      Optional<Place> last = free.stream().filter(place -> place.end() == end).findFirst();
      last.ifPresent(free::remove);
      long start = last.map(Place::start).orElse(end);
      end = start + size;
      return start;
    }

    void free(long start, long size) {
      Place all = new Place(start, size);
      for (Place place : List.copyOf(free)) {
        if (place.end() == all.start() || all.end() == place.start()) {
          free.remove(place);
          all = new Place(Math.min(all.start(), place.start()), all.size() + place.size());
        }
      }
      free.add(all);
    }
  }
}
