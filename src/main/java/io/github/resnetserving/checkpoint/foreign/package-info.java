/**
 * Recognises networks of other libraries as residual networks of ours.
 *
 * <pre>
 * onnx, keras, mxnet, caffe ──► ForeignGraph ──► GraphRecognition ──► ForeignNetwork
 * </pre>
 *
 * <p>A reader of a format gives a graph of nodes, in the vocabulary of {@link
 * io.github.resnetserving.checkpoint.foreign.ForeignNode}; out comes a network whose tensors have
 * torchvision's names, layouts and batch-norm epsilon, and which computes the same. What is not of
 * the family is refused by the name of the first node that is not.
 */
@NullMarked
package io.github.resnetserving.checkpoint.foreign;

import org.jspecify.annotations.NullMarked;
