/**
 * Calls of gRPC while their messages arrive: connections and bytes flow in, whole messages within
 * the budget flow out.
 *
 * <pre>
 * accepted socket ──► Connections    no more than are allowed
 *   headers       ──► Arrivals       a share for the call, its time to arrive
 *   bytes         ──► Arrival        a share for the bytes, before they are kept
 *   message       ──► marshaller     read by the service, or no longer than a name
 *   answer        ──► Arrival        everything is given back, in one place
 * </pre>
 *
 * <p>Knows no service. {@link io.github.resnetserving.grpc.GrpcTransportConfiguration} is the
 * entry; a service with large messages reads them by a {@link
 * io.github.resnetserving.grpc.LargeMessageMarshaller}.
 */
@NullMarked
package io.github.resnetserving.grpc;

import org.jspecify.annotations.NullMarked;
