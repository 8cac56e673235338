/**
 * Rows of numbers and those most like them: exactly among some thousands, by Lucene's HNSW graph
 * among more; and an index of images in a folder.
 */
@NullMarked
package io.github.resnetserving.similarity;

import org.jspecify.annotations.NullMarked;
