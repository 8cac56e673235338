/**
 * Tells which library a file is from, and reads it by that library's reader.
 *
 * <p>A path comes in, {@link io.github.resnetserving.checkpoint.imports.ForeignFile} goes out: a
 * network in torchvision's terms, and the preprocessing that its publisher documents. Nothing in a
 * file is executed.
 */
@NullMarked
package io.github.resnetserving.checkpoint.imports;

import org.jspecify.annotations.NullMarked;
