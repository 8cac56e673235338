package io.github.resnetserving.training;

import io.github.resnetserving.evaluation.Epoch;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.SequencedMap;

/**
 * One pass over the training images.
 *
 * @param epoch counted from 1
 * @param loss mean cross entropy over the augmented training images
 * @param trainingAccuracy share of them that was right, as the weights were changing
 * @param validationAccuracy share of the held-out images that was right after the epoch
 * @param seconds time for training and validation
 */
public record EpochResult(
    int epoch, double loss, double trainingAccuracy, double validationAccuracy, double seconds) {

  static final String HEADER = "epoch,loss,training_accuracy,validation_accuracy,seconds";

  String toCsv() {
    return String.format(
        Locale.ROOT,
        "%d,%.6f,%.6f,%.6f,%.1f",
        epoch,
        loss,
        trainingAccuracy,
        validationAccuracy,
        seconds);
  }

  /** The same for a report. */
  Epoch toEpoch() {
    SequencedMap<String, Double> values = new LinkedHashMap<>();
    values.put("accuracy/validation", validationAccuracy);
    values.put("accuracy/training", trainingAccuracy);
    values.put("loss/training", loss);
    return new Epoch(epoch, seconds, values);
  }

  static EpochResult ofCsv(String line) {
    List<String> fields = List.of(line.split(",", -1));
    return new EpochResult(
        Integer.parseInt(fields.get(0)),
        Double.parseDouble(fields.get(1)),
        Double.parseDouble(fields.get(2)),
        Double.parseDouble(fields.get(3)),
        Double.parseDouble(fields.get(4)));
  }
}
