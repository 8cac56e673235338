/**
 * Reads Keras models and weights: HDF5 of any version, and {@code .keras} archives.
 *
 * <p>The layers' settings tell the graph where they are in the file; otherwise the names that Keras
 * Applications give their layers do. Settings are data: a Lambda layer, which holds code, is
 * refused by name. HDF5 is read by jhdf, from memory, group by group: links and chunks are refused.
 */
@NullMarked
package io.github.resnetserving.checkpoint.keras;

import org.jspecify.annotations.NullMarked;
