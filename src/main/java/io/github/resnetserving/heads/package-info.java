/**
 * Heads: small classifiers on a network's pooled features, fitted without training it. In: features
 * with their classes, or a stored head. Out: scores of the head's own classes.
 *
 * <p>A head lies in the models folder as {@code MODEL/heads/HEAD/VERSION/} and belongs to the
 * weights whose digest it names. {@link io.github.resnetserving.heads.HeadRepository} finds it,
 * {@link io.github.resnetserving.heads.HeadFitter} makes it.
 */
@NullMarked
package io.github.resnetserving.heads;

import org.jspecify.annotations.NullMarked;
