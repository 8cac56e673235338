package io.github.resnetserving.tensor;

/** What an {@link IntermediateRequest} found. */
public sealed interface IntermediateOutput permits FeatureMap, ClassActivationMap {}
