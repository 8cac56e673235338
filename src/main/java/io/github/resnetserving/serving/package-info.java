/**
 * The life of a model: found, fetched, loaded, replaced and unloaded while requests are answered.
 *
 * <pre>
 * name ──► ModelManager ──► (fetch) ──► EngineLoader ──► ModelServer ──► queue ──► ModelRegistry
 * </pre>
 *
 * <p>Names of models flow in, from the configuration and from administrators; models that answer
 * flow out into {@link io.github.resnetserving.inference.ModelRegistry}, where requests find them.
 * {@link io.github.resnetserving.serving.ModelManager} is the entry; it alone changes where a model
 * stands, through {@link io.github.resnetserving.serving.ModelServer}.
 */
@NullMarked
package io.github.resnetserving.serving;

import org.jspecify.annotations.NullMarked;
