/**
 * Reads ONNX models: nodes and weights, the latter also from a file beside the model.
 *
 * <p>A model comes in, {@link io.github.resnetserving.checkpoint.foreign.ForeignNetwork} goes out.
 * Source: ONNX's onnx.proto and its operators' descriptions (Operators.md).
 */
@NullMarked
package io.github.resnetserving.checkpoint.onnx;

import org.jspecify.annotations.NullMarked;
