package io.github.resnetserving.models;

import io.github.resnetserving.models.Labels.Label;

/**
 * One class of a ranking.
 *
 * @param index the class's position in the classifier's output
 * @param label its name
 * @param probability softmax over all classes, 0 to 1
 */
public record Prediction(int index, Label label, double probability) {}
