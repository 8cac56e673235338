/**
 * Encoded images flow in, predictions or features flow out, each with a deadline; what goes wrong
 * is a {@link io.github.resnetserving.inference.Failure}, never an exception.
 *
 * <pre>
 * bytes ──► decode pool ──► batch queue ──► ranking ──► Outcome
 *             │ BadImage       │ Overloaded, TimedOut, EngineFailed
 * </pre>
 *
 * <p>Images are decoded before they join a batch, so that a corrupt one fails alone. {@link
 * io.github.resnetserving.inference.InferenceService} is what HTTP, other protocols and the command
 * line call; {@link io.github.resnetserving.inference.ModelRegistry} is where models are put.
 */
@NullMarked
package io.github.resnetserving.inference;

import org.jspecify.annotations.NullMarked;
