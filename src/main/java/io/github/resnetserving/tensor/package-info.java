/**
 * What goes into a network and what comes out of it, as plain values.
 *
 * <pre>
 * Pixels, NormalizedImage ──► network ──► NetworkOutput, FeatureMap, ClassActivationMap
 * </pre>
 */
@NullMarked
package io.github.resnetserving.tensor;

import org.jspecify.annotations.NullMarked;
