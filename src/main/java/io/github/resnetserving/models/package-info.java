/**
 * What a model is, as plain records: its preprocessing, its labels, where its files lie.
 *
 * <p>Files of a models folder flow in; {@link io.github.resnetserving.models.ModelSpec} flows out.
 */
@NullMarked
package io.github.resnetserving.models;

import org.jspecify.annotations.NullMarked;
