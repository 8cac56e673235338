/**
 * Runs plans on the native engine: images in, logits and features out.
 *
 * <pre>
 * plan.pt ──────────► ScriptPlan: libtorch interprets its program ──────────┐
 * plan.safetensors ─► plan.onednn's DirectPlan: primitives in its order ────┴─► outputs
 * </pre>
 *
 * <p>The only package, with {@code training}, that knows DJL and libtorch; it owns their threads
 * and memory.
 */
@NullMarked
package io.github.resnetserving.engine;

import org.jspecify.annotations.NullMarked;
