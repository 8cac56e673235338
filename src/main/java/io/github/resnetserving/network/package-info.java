/**
 * What a residual network is, and the programs that run it.
 *
 * <p>Names and shapes of a weights file flow in and become a {@link
 * io.github.resnetserving.network.Topology}; with the tensors it flows out as a TorchScript
 * archive: a plan (batch norms folded, operators fused) for inference, or a differentiable program
 * for training. Nothing here runs an archive.
 *
 * <pre>
 * names, shapes ──► TopologyInference ──► Topology ──► ForwardPass ──► code ─┐
 * tensors ──► Folding ──► PlanForm (fp32, bf16, fp16, int8) ─────► attributes ┴─► ScriptArchive
 *                                     Topology ──► DirectProgram, the steps as data ─┘
 *                            ▲
 *   ActivationStatistics, or ranges from a CalibrationProgram's histograms
 * </pre>
 */
@NullMarked
package io.github.resnetserving.network;

import org.jspecify.annotations.NullMarked;
