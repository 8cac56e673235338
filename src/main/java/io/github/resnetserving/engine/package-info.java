/**
 * Runs plans on the native engine: pictures in, logits and features out.
 *
 * <pre>
 * archive ──► ScriptPlan: libtorch interprets its program ──┐
 *    └─────► DirectPlan: oneDNN's primitives in its order ──┴─► outputs
 * </pre>
 *
 * <p>The only package, with {@code training}, that knows DJL and libtorch; it owns their threads
 * and memory.
 */
@NullMarked
package io.github.resnetserving.engine;

import org.jspecify.annotations.NullMarked;
