/**
 * Trains networks: folders of images in, a weights file with its model card out.
 *
 * <pre>
 * folder or tar ──► ImageSet ──► Split ──► Augmentation ──► TrainableNetwork ──► Trainer ──► files
 * </pre>
 */
@NullMarked
package io.github.resnetserving.training;

import org.jspecify.annotations.NullMarked;
