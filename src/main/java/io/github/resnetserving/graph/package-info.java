/**
 * What a residual network is: its topology, read off a weights file, and the steps that compute it.
 *
 * <p>Names and shapes of a weights file flow in and become a {@link
 * io.github.resnetserving.graph.Topology}, and with an input's size a {@link
 * io.github.resnetserving.graph.Graph}. The graph flows out, with the tensors as a lowering wants
 * them: batch norms folded, or in 8 bits.
 *
 * <pre>
 * names, shapes ──► TopologyInference ──► Topology ──► Graph of Steps ──► a lowering
 *                                                        │
 * tensors ──► Folding, Equalization, ActivationStatistics, Quantization ──► a lowering
 * </pre>
 *
 * <p>A new kind of step is added to {@link io.github.resnetserving.graph.Step}; the compiler then
 * names every loop that must know it. Knows no engine and no file format of plans.
 */
@NullMarked
package io.github.resnetserving.graph;

import org.jspecify.annotations.NullMarked;
