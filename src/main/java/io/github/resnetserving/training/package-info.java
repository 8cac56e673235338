/**
 * Trains networks: labelled images in, a model with its card out.
 *
 * <pre>
 * DataSource ──► DecodedImages ──► Augmentation ──► Prefetch ──► Trainer ──► Publication
 * </pre>
 */
@NullMarked
package io.github.resnetserving.training;

import org.jspecify.annotations.NullMarked;
