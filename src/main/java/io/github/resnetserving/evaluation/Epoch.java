package io.github.resnetserving.evaluation;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.SequencedMap;

/**
 * What was measured in one pass over the training images.
 *
 * @param number counted from 1
 * @param seconds how long it took
 * @param values numbers by name. A name is a quantity and, after a slash, what it is of, such as
 *     {@code accuracy/training}, {@code accuracy/validation}, {@code loss/training} or {@code
 *     learning_rate}; accuracies are shares between 0 and 1
 */
public record Epoch(int number, double seconds, SequencedMap<String, Double> values) {

  /** The quantity that is a share of images. */
  static final String ACCURACY = "accuracy";

  /** The quantity that is trained for. */
  static final String LOSS = "loss";

  /** Copies the map. */
  public Epoch {
    values = Collections.unmodifiableSequencedMap(new LinkedHashMap<>(values));
  }

  /** The part of a name before the slash. */
  static String quantity(String name) {
    return name.split("/", 2)[0];
  }
}
