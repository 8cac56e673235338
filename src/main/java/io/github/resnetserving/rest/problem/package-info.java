/**
 * Problems as RFC 9457 has them. In: a {@link io.github.resnetserving.inference.Failure}, an
 * exception, or an error of the container. Out: the answer with its type, status and detail. {@link
 * io.github.resnetserving.rest.problem.Problem} is the one table from failures to types.
 */
@NullMarked
package io.github.resnetserving.rest.problem;

import org.jspecify.annotations.NullMarked;
