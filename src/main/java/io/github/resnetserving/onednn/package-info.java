/**
 * oneDNN's primitives, called without libtorch in between.
 *
 * <pre>
 * libtorch_cpu.so ──► SymbolTable ──► Functions ──► OneDnn ──► Session ──► Primitive ──► Call
 * </pre>
 *
 * <p>libtorch carries oneDNN but describes every convolution to it anew at each run. Here shapes
 * and weights flow in once and become primitives; after that a run is one native call for each of
 * them. Knows nothing of networks.
 *
 * @see <a href="https://uxlfoundation.github.io/oneDNN/v3.7/">oneDNN 3.7</a>
 */
@NullMarked
package io.github.resnetserving.onednn;

import org.jspecify.annotations.NullMarked;
