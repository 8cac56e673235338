/**
 * Reads trained weights from the files people have, and writes safetensors.
 *
 * <pre>
 *                 ┌► safetensors ────────────────────────┐
 * URI ──► bytes ──┼► zip directory ──┐                   ├─► names unwrapped ──► Checkpoint
 *                 └► legacy stream ──┴► pickle, as data ─┘                       (Tensor views)
 * </pre>
 *
 * <p>A URI flows in; {@link io.github.resnetserving.checkpoint.Checkpoint} flows out: named tensors
 * that are views of the mapped file. A file is untrusted input: nothing in it is ever executed,
 * nothing is allocated that the file's own size does not justify, and everything that is wrong with
 * it is told by a {@link io.github.resnetserving.checkpoint.WeightsException}. Whether the tensors
 * fit a network is judged elsewhere.
 */
@NullMarked
package io.github.resnetserving.checkpoint;

import org.jspecify.annotations.NullMarked;
