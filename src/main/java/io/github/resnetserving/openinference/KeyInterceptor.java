package io.github.resnetserving.openinference;

import io.github.resnetserving.auth.AccessPolicy;
import io.github.resnetserving.auth.AccessPolicy.Caller;
import io.github.resnetserving.auth.ApiKey.Right;
import io.github.resnetserving.openinference.wire.GRPCInferenceServiceGrpc;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.Status;
import java.util.Optional;
import java.util.Set;

/**
 * Asks calls of gRPC for the keys that HTTP asks for, before their message is read. Whether the
 * server lives and is ready, what it is, health and reflection are open. Thread-safe.
 */
final class KeyInterceptor implements ServerInterceptor {

  private static final Metadata.Key<String> AUTHORIZATION =
      Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER);

  private static final Set<String> OPEN =
      Set.of(
          GRPCInferenceServiceGrpc.getServerLiveMethod().getFullMethodName(),
          GRPCInferenceServiceGrpc.getServerReadyMethod().getFullMethodName(),
          GRPCInferenceServiceGrpc.getServerMetadataMethod().getFullMethodName());

  private static final Set<String> ADMINISTRATION =
      Set.of(
          GRPCInferenceServiceGrpc.getRepositoryModelLoadMethod().getFullMethodName(),
          GRPCInferenceServiceGrpc.getRepositoryModelUnloadMethod().getFullMethodName());

  private final AccessPolicy access;

  KeyInterceptor(AccessPolicy access) {
    this.access = access;
  }

  @Override
  public <Q, A> ServerCall.Listener<Q> interceptCall(
      ServerCall<Q, A> call, Metadata headers, ServerCallHandler<Q, A> next) {
    Optional<Right> right = needed(call.getMethodDescriptor().getFullMethodName());
    if (right.isEmpty()) {
      return next.startCall(call, headers);
    }
    // Of a caller without a key nothing is known that would let it administer.
    return switch (access.decide(headers.get(AUTHORIZATION), right.get(), Caller.UNKNOWN)) {
      case AccessPolicy.Decision.Granted _ -> next.startCall(call, headers);
      case AccessPolicy.Decision.Unauthenticated(var detail) ->
          refuse(call, Status.UNAUTHENTICATED, detail);
      case AccessPolicy.Decision.Forbidden(var detail) ->
          refuse(call, Status.PERMISSION_DENIED, detail);
    };
  }

  /** The right that a method needs; none where every caller may. */
  private static Optional<Right> needed(String method) {
    if (ADMINISTRATION.contains(method)) {
      return Optional.of(Right.ADMIN);
    }
    boolean isOurs = method.startsWith(GRPCInferenceServiceGrpc.SERVICE_NAME + "/");
    return isOurs && !OPEN.contains(method) ? Optional.of(Right.INFER) : Optional.empty();
  }

  private static <Q, A> ServerCall.Listener<Q> refuse(
      ServerCall<Q, A> call, Status status, String detail) {
    call.close(status.withDescription(detail), new Metadata());
    return new ServerCall.Listener<>() {};
  }
}
