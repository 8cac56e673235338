/**
 * Heads: small classifiers on a network's pooled features, which are learnt from a few labelled
 * images without training the network.
 *
 * <pre>
 * features, labels ──► HeadFitter ──► LogisticRegression or neighbours ──► HeadDraft
 * HeadDraft ──► HeadRepository ──► MODEL/heads/HEAD/VERSION/ ──► Head ──► scores of its classes
 * </pre>
 *
 * <p>A head belongs to the weights whose digest it names.
 */
@NullMarked
package io.github.resnetserving.heads;

import org.jspecify.annotations.NullMarked;
