/**
 * Reads Caffe's {@code .caffemodel}: its layers and their weights.
 *
 * <p>Source: Caffe's caffe.proto and the descriptions of its layers.
 */
@NullMarked
package io.github.resnetserving.checkpoint.caffe;

import org.jspecify.annotations.NullMarked;
