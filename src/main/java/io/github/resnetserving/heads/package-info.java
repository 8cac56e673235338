/**
 * Classifiers on a network's pooled features: what is learnt from a few labelled images, without
 * training the network.
 *
 * <pre>
 * features, labels ──► LogisticRegression ──► weights and bias ──► probabilities
 * </pre>
 */
@NullMarked
package io.github.resnetserving.heads;

import org.jspecify.annotations.NullMarked;
