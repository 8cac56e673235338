package io.github.resnetserving.openinference;

import io.github.resnetserving.openinference.InferMarshaller.InferMessage;
import io.github.resnetserving.openinference.InferenceCalls.TensorMetadata;
import io.github.resnetserving.openinference.ProtocolException.Kind;
import io.github.resnetserving.openinference.wire.GRPCInferenceServiceGrpc;
import io.github.resnetserving.openinference.wire.ModelConfigRequest;
import io.github.resnetserving.openinference.wire.ModelConfigResponse;
import io.github.resnetserving.openinference.wire.ModelInferResponse;
import io.github.resnetserving.openinference.wire.ModelMetadataRequest;
import io.github.resnetserving.openinference.wire.ModelMetadataResponse;
import io.github.resnetserving.openinference.wire.ModelReadyRequest;
import io.github.resnetserving.openinference.wire.ModelReadyResponse;
import io.github.resnetserving.openinference.wire.ModelStatisticsRequest;
import io.github.resnetserving.openinference.wire.ModelStatisticsResponse;
import io.github.resnetserving.openinference.wire.RepositoryIndexRequest;
import io.github.resnetserving.openinference.wire.RepositoryIndexResponse;
import io.github.resnetserving.openinference.wire.RepositoryModelLoadRequest;
import io.github.resnetserving.openinference.wire.RepositoryModelLoadResponse;
import io.github.resnetserving.openinference.wire.RepositoryModelUnloadRequest;
import io.github.resnetserving.openinference.wire.RepositoryModelUnloadResponse;
import io.github.resnetserving.openinference.wire.ServerLiveRequest;
import io.github.resnetserving.openinference.wire.ServerLiveResponse;
import io.github.resnetserving.openinference.wire.ServerMetadataRequest;
import io.github.resnetserving.openinference.wire.ServerMetadataResponse;
import io.github.resnetserving.openinference.wire.ServerReadyRequest;
import io.github.resnetserving.openinference.wire.ServerReadyResponse;
import io.github.resnetserving.serving.ProgramVersion;
import io.grpc.BindableService;
import io.grpc.Context;
import io.grpc.MethodDescriptor;
import io.grpc.ServerMethodDefinition;
import io.grpc.ServerServiceDefinition;
import io.grpc.ServiceDescriptor;
import io.grpc.stub.ServerCalls;
import io.grpc.stub.StreamObserver;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.grpc.server.service.GrpcService;

/** The protocol over gRPC. Each call has a virtual thread; thread-safe. */
@GrpcService
final class OpenInferenceGrpc implements BindableService {

  private static final Logger LOG = LoggerFactory.getLogger(OpenInferenceGrpc.class);

  @FunctionalInterface
  private interface Work<T> {

    T answer() throws ProtocolException, InterruptedException;
  }

  private final InferenceCalls calls;
  private final ModelDescriptions descriptions;
  private final ModelControl control;

  OpenInferenceGrpc(InferenceCalls calls, ModelDescriptions descriptions, ModelControl control) {
    this.calls = calls;
    this.descriptions = descriptions;
    this.control = control;
  }

  /** The generated service, but for requests for inference, which no generated class reads. */
  @Override
  public ServerServiceDefinition bindService() {
    ServerServiceDefinition generated = new Small().bindService();
    ServiceDescriptor descriptor = generated.getServiceDescriptor();
    Map<String, ServerMethodDefinition<?, ?>> large =
        Map.of(
            GRPCInferenceServiceGrpc.getModelInferMethod().getFullMethodName(),
            ServerMethodDefinition.create(
                reading(GRPCInferenceServiceGrpc.getModelInferMethod(), new InferMarshaller(calls)),
                ServerCalls.asyncUnaryCall(this::modelInfer)),
            GRPCInferenceServiceGrpc.getModelStreamInferMethod().getFullMethodName(),
            ServerMethodDefinition.create(
                reading(
                    GRPCInferenceServiceGrpc.getModelStreamInferMethod(),
                    new InferMarshaller.OfStream(calls)),
                ServerCalls.asyncBidiStreamingCall(observer -> InferStream.open(calls, observer))));
    List<ServerMethodDefinition<?, ?>> methods = new ArrayList<>();
    for (ServerMethodDefinition<?, ?> method : generated.getMethods()) {
      methods.add(large.getOrDefault(method.getMethodDescriptor().getFullMethodName(), method));
    }
    var named =
        ServiceDescriptor.newBuilder(descriptor.getName())
            .setSchemaDescriptor(descriptor.getSchemaDescriptor());
    methods.forEach(method -> named.addMethod(method.getMethodDescriptor()));
    var service = ServerServiceDefinition.builder(named.build());
    methods.forEach(service::addMethod);
    return service.build();
  }

  /** The method with another reader of its messages. */
  private static <T, A> MethodDescriptor<T, A> reading(
      MethodDescriptor<?, A> method, MethodDescriptor.Marshaller<T> reader) {
    return method.toBuilder(reader, method.getResponseMarshaller()).build();
  }

  /**
   * Runs a request whose message is read. A cancelled call, or one whose deadline has passed,
   * interrupts this thread, which takes the call's images out of the queue at once.
   */
  private void modelInfer(
      Optional<InferMessage> message, StreamObserver<ModelInferResponse> observer) {
    answer(
        observer,
        () -> {
          InferMessage request = message.orElseThrow(); // those without are refused already
          try (Cancellation _ = Cancellation.of(Context.current())) {
            return WireAnswers.inferred(request.id(), calls.infer(request.call(), request.lease()));
          }
        });
  }

  /** The methods whose messages carry names. */
  private final class Small extends GRPCInferenceServiceGrpc.GRPCInferenceServiceImplBase {
    @Override
    public void serverLive(ServerLiveRequest request, StreamObserver<ServerLiveResponse> observer) {
      answer(observer, () -> ServerLiveResponse.newBuilder().setLive(true).build());
    }

    @Override
    public void serverReady(
        ServerReadyRequest request, StreamObserver<ServerReadyResponse> observer) {
      answer(observer, () -> ServerReadyResponse.newBuilder().setReady(calls.isReady()).build());
    }

    @Override
    public void modelReady(ModelReadyRequest request, StreamObserver<ModelReadyResponse> observer) {
      answer(
          observer,
          () ->
              ModelReadyResponse.newBuilder()
                  .setReady(calls.isReady(request.getName(), orNull(request.getVersion())))
                  .build());
    }

    @Override
    public void serverMetadata(
        ServerMetadataRequest request, StreamObserver<ServerMetadataResponse> observer) {
      answer(
          observer,
          () ->
              ServerMetadataResponse.newBuilder()
                  .setName(InferenceCalls.SERVER)
                  .setVersion(ProgramVersion.text())
                  .addAllExtensions(InferenceCalls.EXTENSIONS)
                  .build());
    }

    @Override
    public void modelMetadata(
        ModelMetadataRequest request, StreamObserver<ModelMetadataResponse> observer) {
      answer(
          observer,
          () -> {
            var metadata = calls.metadata(request.getName(), orNull(request.getVersion()));
            return ModelMetadataResponse.newBuilder()
                .setName(metadata.name())
                .addAllVersions(metadata.versions())
                .setPlatform(metadata.platform())
                .addAllInputs(wire(metadata.inputs()))
                .addAllOutputs(wire(metadata.outputs()))
                .build();
          });
    }

    @Override
    public void modelConfig(
        ModelConfigRequest request, StreamObserver<ModelConfigResponse> observer) {
      answer(
          observer,
          () ->
              WireAnswers.config(
                  descriptions.config(request.getName(), orNull(request.getVersion()))));
    }

    @Override
    public void modelStatistics(
        ModelStatisticsRequest request, StreamObserver<ModelStatisticsResponse> observer) {
      answer(
          observer,
          () ->
              WireAnswers.statistics(
                  descriptions.statistics(
                      orNull(request.getName()), orNull(request.getVersion()))));
    }

    @Override
    public void repositoryIndex(
        RepositoryIndexRequest request, StreamObserver<RepositoryIndexResponse> observer) {
      answer(observer, () -> WireAnswers.index(descriptions.index(request.getReady())));
    }

    @Override
    public void repositoryModelLoad(
        RepositoryModelLoadRequest request, StreamObserver<RepositoryModelLoadResponse> observer) {
      answer(
          observer,
          () -> {
            for (String parameter : request.getParametersMap().keySet()) {
              ModelControl.requireSupported(parameter);
            }
            try (Cancellation _ = Cancellation.of(Context.current())) {
              control.load(request.getModelName());
            }
            return RepositoryModelLoadResponse.getDefaultInstance();
          });
    }

    @Override
    public void repositoryModelUnload(
        RepositoryModelUnloadRequest request,
        StreamObserver<RepositoryModelUnloadResponse> observer) {
      answer(
          observer,
          () -> {
            try (Cancellation _ = Cancellation.of(Context.current())) {
              control.unload(request.getModelName());
            }
            return RepositoryModelUnloadResponse.getDefaultInstance();
          });
    }
  }

  private static <T> void answer(StreamObserver<T> observer, Work<T> work) {
    T answer;
    try {
      answer = work.answer();
    } catch (ProtocolException e) {
      if (e.kind() == Kind.DEFECT) {
        LOG.error("a call failed", e.getCause());
      }
      observer.onError(e.refusal().exception());
      return;
    } catch (InterruptedException e) {
      io.grpc.Deadline at = Context.current().getDeadline();
      Kind kind = at != null && at.isExpired() ? Kind.TIMED_OUT : Kind.CANCELLED;
      observer.onError(
          kind.grpcCode().toStatus().withDescription("The call ended early.").asRuntimeException());
      return;
    } catch (RuntimeException e) {
      LOG.error("a call failed", e);
      observer.onError(
          io.grpc.Status.INTERNAL.withDescription("A defect of the server.").asRuntimeException());
      return;
    }
    observer.onNext(answer);
    observer.onCompleted();
  }

  private static List<ModelMetadataResponse.TensorMetadata> wire(List<TensorMetadata> tensors) {
    return tensors.stream()
        .map(tensor ->
            ModelMetadataResponse.TensorMetadata.newBuilder()
                .setName(tensor.name())
                .setDatatype(tensor.datatype())
                .addAllShape(tensor.shape())
                .build())
        .toList();
  }

  private static @Nullable String orNull(String text) {
    return text.isEmpty() ? null : text;
  }
}
