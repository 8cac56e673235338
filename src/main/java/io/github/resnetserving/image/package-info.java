/** Encoded bytes to a network's pixels. */
@NullMarked
package io.github.resnetserving.image;

import org.jspecify.annotations.NullMarked;
