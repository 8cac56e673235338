package io.github.resnetserving.protocol;

import com.google.protobuf.Any;
import com.google.protobuf.ByteString;
import com.google.protobuf.UnsafeByteOperations;
import com.google.rpc.RetryInfo;
import io.github.resnetserving.inference.Budget;
import io.github.resnetserving.inference.Deadline;
import io.github.resnetserving.protocol.InferenceCall.RequestedOutput;
import io.github.resnetserving.protocol.InferenceCalls.Inferred;
import io.github.resnetserving.protocol.InferenceCalls.TensorMetadata;
import io.github.resnetserving.protocol.ProtocolException.Kind;
import io.github.resnetserving.protocol.wire.GRPCInferenceServiceGrpc;
import io.github.resnetserving.protocol.wire.InferParameter;
import io.github.resnetserving.protocol.wire.ModelInferRequest;
import io.github.resnetserving.protocol.wire.ModelInferRequest.InferInputTensor;
import io.github.resnetserving.protocol.wire.ModelInferResponse;
import io.github.resnetserving.protocol.wire.ModelMetadataRequest;
import io.github.resnetserving.protocol.wire.ModelMetadataResponse;
import io.github.resnetserving.protocol.wire.ModelReadyRequest;
import io.github.resnetserving.protocol.wire.ModelReadyResponse;
import io.github.resnetserving.protocol.wire.ServerLiveRequest;
import io.github.resnetserving.protocol.wire.ServerLiveResponse;
import io.github.resnetserving.protocol.wire.ServerMetadataRequest;
import io.github.resnetserving.protocol.wire.ServerMetadataResponse;
import io.github.resnetserving.protocol.wire.ServerReadyRequest;
import io.github.resnetserving.protocol.wire.ServerReadyResponse;
import io.grpc.Context;
import io.grpc.protobuf.StatusProto;
import io.grpc.stub.StreamObserver;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.grpc.server.service.GrpcService;

/** The protocol over gRPC. Each call has a virtual thread; thread-safe. */
@GrpcService
final class OpenInferenceGrpc extends GRPCInferenceServiceGrpc.GRPCInferenceServiceImplBase {

  private static final Logger LOG = LoggerFactory.getLogger(OpenInferenceGrpc.class);

  @FunctionalInterface
  private interface Work<T> {

    T answer() throws ProtocolException, InterruptedException;
  }

  private final InferenceCalls calls;

  OpenInferenceGrpc(InferenceCalls calls) {
    this.calls = calls;
  }

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
                .setVersion(ProtocolConfiguration.version())
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

  /**
   * Holds the message's share of the bodies' budget. A cancelled call, or one whose deadline has
   * passed, interrupts this thread, which takes the call's pictures out of the queue at once.
   */
  @Override
  public void modelInfer(ModelInferRequest request, StreamObserver<ModelInferResponse> observer) {
    long arrivalNanos = System.nanoTime();
    answer(
        observer,
        () -> {
          Budget bodies = calls.settings().bodies();
          int size = request.getSerializedSize();
          if (!bodies.tryAcquire(size)) {
            throw ProtocolException.noRoom();
          }
          try (Cancellation _ = Cancellation.of(Context.current())) {
            return wire(request.getId(), calls.infer(call(request, arrivalNanos)));
          } finally {
            bodies.release(size);
          }
        });
  }

  private static <T> void answer(StreamObserver<T> observer, Work<T> work) {
    T answer;
    try {
      answer = work.answer();
    } catch (ProtocolException e) {
      if (e.kind() == Kind.DEFECT) {
        LOG.error("a call failed", e.getCause());
      }
      observer.onError(StatusProto.toStatusRuntimeException(status(e)));
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

  private static com.google.rpc.Status status(ProtocolException e) {
    var status =
        com.google.rpc.Status.newBuilder()
            .setCode(e.kind().grpcCode().value())
            .setMessage(e.detail());
    Duration wait = e.retryAfter();
    if (wait != null) {
      status.addDetails(
          Any.pack(
              RetryInfo.newBuilder()
                  .setRetryDelay(
                      com.google.protobuf.Duration.newBuilder().setSeconds(wait.toSeconds()))
                  .build()));
    }
    return status.build();
  }

  private InferenceCall call(ModelInferRequest request, long arrivalNanos)
      throws ProtocolException {
    Deadline asked =
        calls.deadline(arrivalNanos, number(request.getParametersMap(), "deadline_ms"));
    List<RequestedOutput> outputs = new ArrayList<>();
    Set<String> names = new HashSet<>();
    for (var wanted : request.getOutputsList()) {
      if (!names.add(wanted.getName())) {
        throw ProtocolException.invalid(
            "The output %s is asked for twice.".formatted(wanted.getName()));
      }
      Long classes = number(wanted.getParametersMap(), "classification");
      outputs.add(new RequestedOutput(wanted.getName(), JsonCall.classes(classes)));
    }
    return new InferenceCall(
        request.getModelName(),
        orNull(request.getModelVersion()),
        input(request),
        outputs,
        earlier(asked, arrivalNanos));
  }

  /** The call's own deadline, if it comes before the one that is asked for. */
  private static Deadline earlier(Deadline asked, long arrivalNanos) {
    io.grpc.Deadline own = Context.current().getDeadline();
    if (own == null) {
      return asked;
    }
    long leftNanos = Math.max(1, own.timeRemaining(TimeUnit.NANOSECONDS));
    return leftNanos < asked.limit().toNanos()
        ? new Deadline(arrivalNanos, Duration.ofNanos(leftNanos))
        : asked;
  }

  private InferenceCall.Input input(ModelInferRequest request) throws ProtocolException {
    if (request.getInputsCount() != 1) {
      throw ProtocolException.invalid(
          "inputs must have one element: image (BYTES) or input (FP32).");
    }
    InferInputTensor tensor = request.getInputs(0);
    Inputs.requireKnown(tensor.getName(), tensor.getDatatype());
    boolean raw = request.getRawInputContentsCount() > 0;
    if (request.getRawInputContentsCount() > 1 || (raw && tensor.hasContents())) {
      throw ProtocolException.invalid(
          "Send raw_input_contents with one element an input, or contents, but not both.");
    }
    int most = calls.settings().maxImages();
    if (tensor.getName().equals(Inputs.IMAGE)) {
      List<byte[]> images =
          raw
              ? RawTensors.split(request.getRawInputContents(0).asReadOnlyByteBuffer())
              : tensor.getContents().getBytesContentsList().stream()
                  .map(ByteString::toByteArray)
                  .toList();
      return Inputs.images(tensor.getShapeList(), images, most);
    }
    float[] numbers =
        raw
            ? RawTensors.floats(request.getRawInputContents(0).asReadOnlyByteBuffer())
            : floats(tensor.getContents().getFp32ContentsList());
    return Inputs.numbers(tensor.getShapeList(), numbers, most);
  }

  private static float[] floats(List<Float> list) {
    float[] numbers = new float[list.size()];
    for (int i = 0; i < numbers.length; i++) {
      numbers[i] = list.get(i);
    }
    return numbers;
  }

  private static @Nullable Long number(Map<String, InferParameter> parameters, String name)
      throws ProtocolException {
    InferParameter given = parameters.get(name);
    if (given == null) {
      return null;
    }
    return switch (given.getParameterChoiceCase()) {
      case INT64_PARAM -> given.getInt64Param();
      case UINT64_PARAM -> given.getUint64Param();
      default -> throw ProtocolException.invalid("%s must be a whole number.".formatted(name));
    };
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
      response.addRawOutputContents(UnsafeByteOperations.unsafeWrap(tensor.raw())); // nobody's else
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
}
