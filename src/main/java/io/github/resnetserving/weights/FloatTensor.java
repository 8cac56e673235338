package io.github.resnetserving.weights;

import java.util.List;

/** Stub until the package lands. */
@SuppressWarnings("ArrayRecordComponent")
public record FloatTensor(List<Integer> shape, float[] values) {}
