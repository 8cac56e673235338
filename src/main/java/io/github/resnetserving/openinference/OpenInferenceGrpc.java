package io.github.resnetserving.openinference;

import com.google.protobuf.UnsafeByteOperations;
import io.github.resnetserving.grpc.Arrival;
import io.github.resnetserving.openinference.InferMarshaller.InferMessage;
import io.github.resnetserving.openinference.InferMarshaller.StreamMessage;
import io.github.resnetserving.openinference.InferenceCalls.Inferred;
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
import io.github.resnetserving.openinference.wire.ModelStreamInferResponse;
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
import io.grpc.Status.Code;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.ServerCalls;
import io.grpc.stub.StreamObserver;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
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
                ServerCalls.asyncBidiStreamingCall(this::modelStreamInfer)));
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
            return wire(request.id(), calls.infer(request.call(), request.lease()));
          }
        });
  }

  /**
   * Answers requests one after the other, in their order. The next one is taken when the answer
   * before it has left, so that a client that does not read sends no more.
   */
  private StreamObserver<Optional<StreamMessage>> modelStreamInfer(
      StreamObserver<ModelStreamInferResponse> observer) {
    var call = (ServerCallStreamObserver<ModelStreamInferResponse>) observer;
    Optional<Arrival> arrival = Optional.ofNullable(Arrival.current());
    Runnable next =
        () -> {
          arrival.ifPresent(Arrival::messageLeft);
          call.request(1);
        };
    AtomicBoolean isWaiting = new AtomicBoolean();
    call.disableAutoRequest();
    call.setOnReadyHandler(() -> {
      if (isWaiting.getAndSet(false)) {
        next.run();
      }
    });
    call.request(1);
    return new StreamObserver<>() {
      @Override
      public void onNext(Optional<StreamMessage> message) {
        answerOfStream(message.orElseThrow(), call); // those without are refused already
        if (call.isReady()) {
          next.run();
        } else {
          isWaiting.set(true);
        }
      }

      @Override
      public void onError(Throwable gone) {} // the client has gone, and with it the work

      @Override
      public void onCompleted() {
        call.onCompleted();
      }
    };
  }

  private void answerOfStream(
      StreamMessage message, StreamObserver<ModelStreamInferResponse> observer) {
    var answer = ModelStreamInferResponse.newBuilder();
    Code code = Code.OK;
    try (Cancellation _ = Cancellation.of(Context.current())) {
      switch (message) {
        case StreamMessage.Refused(_, var reason) -> throw reason;
        case StreamMessage.Request(var request) ->
            answer.setInferResponse(
                wire(request.id(), calls.infer(request.call(), request.lease())));
      }
    } catch (ProtocolException e) {
      if (e.kind() == Kind.DEFECT) {
        LOG.error("a request of a stream failed", e.getCause());
      }
      code = e.kind().grpcCode();
      fail(answer, message, e.detail());
    } catch (InterruptedException e) {
      code = Code.CANCELLED;
      fail(answer, message, "The call ended early.");
    } catch (RuntimeException e) {
      LOG.error("a request of a stream failed", e);
      code = Code.INTERNAL;
      fail(answer, message, "A defect of the server.");
    }
    Arrival arrival = Arrival.current();
    if (arrival != null) {
      arrival.messageAnswered(code);
    }
    observer.onNext(answer.build());
  }

  private static void fail(
      ModelStreamInferResponse.Builder answer, StreamMessage message, String detail) {
    answer
        .setErrorMessage(detail)
        .setInferResponse(ModelInferResponse.newBuilder().setId(message.id()));
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
              WireDescriptions.config(
                  descriptions.config(request.getName(), orNull(request.getVersion()))));
    }

    @Override
    public void modelStatistics(
        ModelStatisticsRequest request, StreamObserver<ModelStatisticsResponse> observer) {
      answer(
          observer,
          () ->
              WireDescriptions.statistics(
                  descriptions.statistics(
                      orNull(request.getName()), orNull(request.getVersion()))));
    }

    @Override
    public void repositoryIndex(
        RepositoryIndexRequest request, StreamObserver<RepositoryIndexResponse> observer) {
      answer(observer, () -> WireDescriptions.index(descriptions.index(request.getReady())));
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

  private static ModelInferResponse wire(String id, Inferred inferred) {
    var response =
        ModelInferResponse.newBuilder()
            .setModelName(inferred.model())
            .setModelVersion(inferred.version())
            .setId(id);
    for (OutputTensor tensor : inferred.outputs()) {
      response.addOutputs(
          ModelInferResponse.InferOutputTensor.newBuilder()
              .setName(tensor.name())
              .setDatatype(tensor.datatype())
              .addAllShape(tensor.shape()));
      response.addRawOutputContents(
          UnsafeByteOperations.unsafeWrap(tensor.raw())); // not used elsewhere
    }
    return response.build();
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

  /**
   * Interrupts the thread that works for a call when the call is cancelled, and never after it is
   * closed: what the thread does then is not the call's business.
   */
  private static final class Cancellation implements Context.CancellationListener, AutoCloseable {

    private final Context context;
    private @Nullable Thread worker; // guarded by this

    private Cancellation(Context context, Thread worker) {
      this.context = context;
      this.worker = worker;
    }

    /** Begins to listen on behalf of the current thread. */
    static Cancellation of(Context context) {
      Cancellation cancellation = new Cancellation(context, Thread.currentThread());
      context.addListener(cancellation, Runnable::run);
      return cancellation;
    }

    @Override
    public synchronized void cancelled(Context cancelled) {
      if (worker != null) {
        worker.interrupt();
      }
    }

    @Override
    public void close() {
      context.removeListener(this);
      synchronized (this) {
        worker = null;
      }
      boolean _ = Thread.interrupted(); // it may have come just now
    }
  }
}
