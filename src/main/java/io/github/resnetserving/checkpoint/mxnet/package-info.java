/**
 * Reads MXNet's {@code .params}: lists of arrays, with the symbol that computes with them where it
 * lies beside, and by Gluon's names otherwise.
 *
 * <p>Source: MXNet's {@code NDArray::Save} and its operators' descriptions.
 */
@NullMarked
package io.github.resnetserving.checkpoint.mxnet;

import org.jspecify.annotations.NullMarked;
