package io.github.resnetserving.batch;

import java.util.List;
import java.util.stream.IntStream;

/**
 * The batch sizes that a function is prepared for. Immutable.
 *
 * @param values ascending, the first 1, so that a job that is alone can run
 */
public record BatchSizes(List<Integer> values) {

  public BatchSizes {
    values = List.copyOf(values);
    if (values.isEmpty() || values.getFirst() != 1) {
      throw new IllegalArgumentException(
          "the batch sizes are %s: they must begin with 1".formatted(values));
    }
    for (int i = 1; i < values.size(); i++) {
      if (values.get(i) <= values.get(i - 1)) {
        throw new IllegalArgumentException(
            "the batch sizes are %s: each must be larger than the one before".formatted(values));
      }
    }
  }

  /** These sizes. */
  public static BatchSizes of(int... sizes) {
    return new BatchSizes(IntStream.of(sizes).boxed().toList());
  }

  /** Every size from 1 to the largest. */
  public static BatchSizes upTo(int largest) {
    return new BatchSizes(IntStream.rangeClosed(1, largest).boxed().toList());
  }

  int count() {
    return values.size();
  }

  int get(int index) {
    return values.get(index);
  }

  public int largest() {
    return values.getLast();
  }

  /** The index of the largest size that {@code jobs}, at least 1, fill. */
  int indexWithin(int jobs) {
    int index = values.size() - 1;
    while (values.get(index) > jobs) {
      index--;
    }
    return index;
  }

  /** The index of the smallest size that holds {@code jobs}, or of the largest if none does. */
  int indexHolding(int jobs) {
    int index = 0;
    while (index < values.size() - 1 && values.get(index) < jobs) {
      index++;
    }
    return index;
  }
}
