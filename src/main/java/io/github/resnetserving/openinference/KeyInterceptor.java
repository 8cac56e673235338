package io.github.resnetserving.openinference;

import io.github.resnetserving.auth.AccessPolicy;
import io.github.resnetserving.auth.ApiKey.Right;
import io.github.resnetserving.auth.ApiKeys;
import io.github.resnetserving.openinference.wire.GRPCInferenceServiceGrpc;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.Status;
import java.util.Set;

/**
 * Asks calls of gRPC for the keys that HTTP asks for, before their message is read. Whether the
 * server lives and is ready, health and reflection are open. Thread-safe.
 */
final class KeyInterceptor implements ServerInterceptor {

  private static final Metadata.Key<String> AUTHORIZATION =
      Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER);

  private static final Set<String> NEED_A_KEY =
      Set.of(
          GRPCInferenceServiceGrpc.getModelReadyMethod().getFullMethodName(),
          GRPCInferenceServiceGrpc.getModelMetadataMethod().getFullMethodName(),
          GRPCInferenceServiceGrpc.getModelInferMethod().getFullMethodName());

  private final ApiKeys keys;

  KeyInterceptor(ApiKeys keys) {
    this.keys = keys;
  }

  @Override
  public <Q, A> ServerCall.Listener<Q> interceptCall(
      ServerCall<Q, A> call, Metadata headers, ServerCallHandler<Q, A> next) {
    if (!NEED_A_KEY.contains(call.getMethodDescriptor().getFullMethodName())) {
      return next.startCall(call, headers);
    }
    return switch (keys.decide(headers.get(AUTHORIZATION), Right.INFER)) {
      case AccessPolicy.Decision.Granted _ -> next.startCall(call, headers);
      case AccessPolicy.Decision.Unauthenticated(var detail) ->
          refuse(call, Status.UNAUTHENTICATED, detail);
      case AccessPolicy.Decision.Forbidden(var detail) ->
          refuse(call, Status.PERMISSION_DENIED, detail);
    };
  }

  private static <Q, A> ServerCall.Listener<Q> refuse(
      ServerCall<Q, A> call, Status status, String detail) {
    call.close(status.withDescription(detail), new Metadata());
    return new ServerCall.Listener<>() {};
  }
}
