/**
 * Load on a server, this one or another: requests' address and bodies flow in, response times and
 * failures flow out.
 *
 * <p>{@link io.github.resnetserving.load.HttpLoad} sends; a {@link
 * io.github.resnetserving.load.LoadResult} says what came of it.
 */
@NullMarked
package io.github.resnetserving.load;

import org.jspecify.annotations.NullMarked;
