package io.github.resnetserving.engine;

import io.github.resnetserving.network.DirectProgram;
import io.github.resnetserving.network.DirectProgram.Activation;
import io.github.resnetserving.network.DirectProgram.Step;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Where the maps of a run lie: in one block of memory, a map's place is used again as soon as no
 * later step reads it. A sum lies where its addend has been.
 *
 * @param offsets of each map, in bytes, for one picture; a batch has each n times as far
 * @param bytes of all for one picture
 */
record ActivationLayout(Map<String, Long> offsets, long bytes) {

  /** The last map's numbers as float32, where the others are free. */
  static final String FLOATS = "floats";

  /** A line of the processor's cache. */
  private static final long ALIGNMENT = 64;

  /**
   * @param elementBytes of one number of a map
   */
  static ActivationLayout of(DirectProgram program, int elementBytes) {
    Map<String, Integer> lastUse = new HashMap<>();
    for (int i = 0; i < program.steps().size(); i++) {
      Step step = program.steps().get(i);
      lastUse.put(step.source(), i);
      if (step instanceof Step.Convolve convolve && convolve.addend() != null) {
        lastUse.put(convolve.addend(), i);
      }
    }
    Places places = new Places();
    Map<String, Long> offsets = new HashMap<>();
    offsets.put(
        DirectProgram.INPUT, places.take(bytes(program.map(DirectProgram.INPUT), elementBytes)));
    List<Step> steps = program.steps();
    for (int i = 0; i < steps.size(); i++) {
      Step step = steps.get(i);
      String addend = step instanceof Step.Convolve convolve ? convolve.addend() : null;
      long size = bytes(program.map(step.output()), elementBytes);
      offsets.put(step.output(), addend == null ? places.take(size) : offset(offsets, addend));
      if (lastUse.getOrDefault(step.source(), -1) == i && !step.source().equals(addend)) {
        places.free(
            offset(offsets, step.source()), bytes(program.map(step.source()), elementBytes));
      }
    }
    Activation last = program.map(program.last());
    offsets.put(
        FLOATS,
        elementBytes == Float.BYTES
            ? offset(offsets, program.last())
            : places.take(bytes(last, Float.BYTES)));
    return new ActivationLayout(Map.copyOf(offsets), places.end);
  }

  private static long bytes(Activation map, int elementBytes) {
    long bytes = (long) map.channels() * map.side() * map.side() * elementBytes;
    return (bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
  }

  private static long offset(Map<String, Long> offsets, String map) {
    Long offset = offsets.get(map);
    if (offset == null) {
      throw new IllegalArgumentException("the map %s is read before it is made".formatted(map));
    }
    return offset;
  }

  /** Of a map in the memory of {@code count} pictures. */
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
