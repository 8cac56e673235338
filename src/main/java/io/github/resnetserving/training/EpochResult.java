package io.github.resnetserving.training;

import io.github.resnetserving.evaluation.Epoch;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * One pass over the training images.
 *
 * @param epoch counted from 1
 * @param loss mean of the training loss over the augmented training images
 * @param trainingAccuracy share of them that was right, as the weights were changing
 * @param validationLoss log loss of the held-out images after the epoch: mean cross entropy
 * @param validationAccuracy share of the held-out images that was right after the epoch
 * @param seconds time for training and validation
 */
public record EpochResult(
    int epoch,
    double loss,
    double trainingAccuracy,
    double validationLoss,
    double validationAccuracy,
    double seconds) {

  static final String HEADER =
      "epoch,loss,training_accuracy,validation_loss,validation_accuracy,seconds";

  /** Every digit, since schedules compare these numbers. */
  String toCsv() {
    return epoch
        + Stream.of(loss, trainingAccuracy, validationLoss, validationAccuracy, seconds)
            .map(String::valueOf)
            .collect(Collectors.joining(",", ",", ""));
  }

  /** The same for a report. */
  Epoch toEpoch() {
    SequencedMap<String, Double> values = new LinkedHashMap<>();
    values.put("accuracy/validation", validationAccuracy);
    values.put("accuracy/training", trainingAccuracy);
    values.put("loss/training", loss);
    values.put("loss/validation", validationLoss);
    return new Epoch(epoch, seconds, values);
  }

  static EpochResult ofCsv(String line) {
    List<String> fields = List.of(line.split(",", -1));
    return new EpochResult(
        Integer.parseInt(fields.get(0)),
        Double.parseDouble(fields.get(1)),
        Double.parseDouble(fields.get(2)),
        Double.parseDouble(fields.get(3)),
        Double.parseDouble(fields.get(4)),
        Double.parseDouble(fields.get(5)));
  }
}
