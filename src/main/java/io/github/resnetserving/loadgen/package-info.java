/**
 * Load on a server, this one or another: requests' address and bodies flow in, response times and
 * failures flow out.
 *
 * <p>{@link io.github.resnetserving.loadgen.HttpLoad} sends; a {@link
 * io.github.resnetserving.loadgen.LoadResult} says what came of it.
 */
@NullMarked
package io.github.resnetserving.loadgen;

import org.jspecify.annotations.NullMarked;
