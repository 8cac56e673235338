/**
 * What every REST endpoint does with a request before it looks at its meaning. In: the servlet
 * request. Out: its bytes, within a limit of size, of time and of the budget for bytes in flight;
 * its deadline; and, where it cannot be read, a {@link
 * io.github.resnetserving.rest.request.RequestException} that each front door renders in its own
 * form. What a request holds is on one {@link io.github.resnetserving.rest.request.RequestLease},
 * which the outermost filter opens and closes.
 */
@NullMarked
package io.github.resnetserving.rest.request;

import org.jspecify.annotations.NullMarked;
