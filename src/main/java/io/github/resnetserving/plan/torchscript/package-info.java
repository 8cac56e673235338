/**
 * Lowers a graph to TorchScript: a plan for inference, a differentiable program for training, or
 * one that measures activations for calibration.
 *
 * <pre>
 * Graph ──► Lowering (fused, quantised, plain, eager, cuDNN, calibration) ──► Script: methods ─┐
 * folded or quantised tensors ──► attributes ──────────────────────────────────────────────────┴─► ScriptArchive
 * </pre>
 *
 * <p>A network flows in, an archive that {@code torch.jit.load} reads flows out. Nothing here runs
 * one. A new kind of step needs a method in {@link
 * io.github.resnetserving.plan.torchscript.Lowering}, which a lowering overrides where it has other
 * operators for it.
 */
@NullMarked
package io.github.resnetserving.plan.torchscript;

import org.jspecify.annotations.NullMarked;
