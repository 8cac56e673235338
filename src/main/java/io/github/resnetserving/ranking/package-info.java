/** Logits flow in, probabilities and the best classes flow out. */
@NullMarked
package io.github.resnetserving.ranking;

import org.jspecify.annotations.NullMarked;
