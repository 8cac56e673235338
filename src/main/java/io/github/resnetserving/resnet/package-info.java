/**
 * The library: one class, {@link io.github.resnetserving.resnet.ResNet}, for programs that run a
 * network in their own process.
 *
 * <pre>
 * path, options ──► ResNet.open
 * encoded images ──► decode pool ──► batch queue ──► engine ──► predictions, features
 * </pre>
 *
 * <p>It joins the parts that the server joins, so that both give the same answers, and needs no web
 * framework.
 */
@NullMarked
package io.github.resnetserving.resnet;

import org.jspecify.annotations.NullMarked;
