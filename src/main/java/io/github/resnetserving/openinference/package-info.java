/**
 * The Open Inference Protocol, version 2, over REST and gRPC: tensors flow in, tensors flow out.
 *
 * <pre>
 * JSON, binary ──► OpenInferenceController ─┐
 *                                           ├─► InferenceCalls ──► InferenceService
 * protobuf     ──► OpenInferenceGrpc ───────┘
 * </pre>
 *
 * <p>What is wrong with a request, or what became of it, is a {@code ProtocolException}, which REST
 * answers as {@code {"error": "…"}} and gRPC as a status. {@link
 * io.github.resnetserving.openinference.ProtocolConfiguration} is the entry.
 */
@NullMarked
package io.github.resnetserving.openinference;

import org.jspecify.annotations.NullMarked;
