package io.github.resnetserving.plan.onednn;

import io.github.resnetserving.graph.Graph;
import io.github.resnetserving.graph.Graph.Activation;
import io.github.resnetserving.graph.Step;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

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
    int elementBytes = arrangement.type().bytes();
    List<Step> steps = arrangement.graph().upTo(arrangement.graph().last());
    Map<String, Integer> lastUse = new HashMap<>();
    for (int i = 0; i < steps.size(); i++) {
      lastUse.put(steps.get(i).input(), i);
      String addend = addend(steps.get(i));
      if (addend != null) {
        lastUse.put(addend, i);
      }
    }
    Places places = new Places();
    Map<String, Long> offsets = new HashMap<>();
    offsets.put(Graph.INPUT, places.take(bytes(arrangement.activation(Graph.INPUT), elementBytes)));
    for (int i = 0; i < steps.size(); i++) {
      Step step = steps.get(i);
      String addend = addend(step);
      long size = bytes(arrangement.activation(step.output()), elementBytes);
      offsets.put(step.output(), addend == null ? places.take(size) : offset(offsets, addend));
      if (lastUse.getOrDefault(step.input(), -1) == i && !step.input().equals(addend)) {
        places.free(
            offset(offsets, step.input()),
            bytes(arrangement.activation(step.input()), elementBytes));
      }
    }
    String last = arrangement.graph().last();
    offsets.put(
        FLOATS,
        elementBytes == Float.BYTES
            ? offset(offsets, last)
            : places.take(bytes(arrangement.activation(last), Float.BYTES)));
    return new ActivationLayout(Map.copyOf(offsets), places.end);
  }

  private static @Nullable String addend(Step step) {
    return step instanceof Step.Convolve convolve ? convolve.addend() : null;
  }

  private static long bytes(Activation activation, int elementBytes) {
    long bytes =
        (long) activation.channels() * activation.side() * activation.side() * elementBytes;
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
