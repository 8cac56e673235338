/**
 * Lowers a graph to oneDNN's primitives, called without libtorch in between.
 *
 * <pre>
 * Network ──► DirectPlanFile (safetensors, the graph as JSON) ──► DirectPass: a primitive a step ──► DirectPlan
 * libtorch_cpu.so ──► SymbolTable ──► Functions ──► OneDnn ──► Session ──► Primitive ──► Call ──┘
 * </pre>
 *
 * <p>libtorch carries oneDNN but describes every convolution to it anew at each run. Here shapes
 * and weights flow in once and become primitives; after that a run is one native call for each of
 * them: images flow in, logits and features flow out. Parsing the library's own symbol table is
 * this project's most fragile wall: where it fails, {@link
 * io.github.resnetserving.plan.onednn.OneDnn} finds nothing and the plans of {@code
 * plan.torchscript} serve.
 *
 * @see <a href="https://uxlfoundation.github.io/oneDNN/v3.7/">oneDNN 3.7</a>
 */
@NullMarked
package io.github.resnetserving.plan.onednn;

import org.jspecify.annotations.NullMarked;
