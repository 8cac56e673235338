package io.github.resnetserving.model;

/** What an {@link Inspection} found. */
public sealed interface Inspected permits FeatureMap, ClassActivationMap {}
