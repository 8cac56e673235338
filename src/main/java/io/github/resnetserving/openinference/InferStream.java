package io.github.resnetserving.openinference;

import io.github.resnetserving.grpc.Arrival;
import io.github.resnetserving.openinference.InferMarshaller.StreamMessage;
import io.github.resnetserving.openinference.ProtocolException.Kind;
import io.github.resnetserving.openinference.wire.ModelInferResponse;
import io.github.resnetserving.openinference.wire.ModelStreamInferResponse;
import io.grpc.Context;
import io.grpc.Status.Code;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One call of the method that streams: answers its requests one after the other, in their order.
 * The next one is taken when the answer before it has left, so that a client that does not read
 * sends no more. A request that fails ends nothing but itself.
 */
final class InferStream implements StreamObserver<Optional<StreamMessage>> {

  private static final Logger LOG = LoggerFactory.getLogger(InferStream.class);

  private final InferenceCalls calls;
  private final ServerCallStreamObserver<ModelStreamInferResponse> call;
  private final Optional<Arrival> arrival;
  private final AtomicBoolean isWaiting = new AtomicBoolean();

  private InferStream(
      InferenceCalls calls,
      ServerCallStreamObserver<ModelStreamInferResponse> call,
      Optional<Arrival> arrival) {
    this.calls = calls;
    this.call = call;
    this.arrival = arrival;
  }

  /**
   * Begins to read a call.
   *
   * @param observer writes the answers
   */
  static InferStream open(InferenceCalls calls, StreamObserver<ModelStreamInferResponse> observer) {
    var call = (ServerCallStreamObserver<ModelStreamInferResponse>) observer;
    var stream = new InferStream(calls, call, Optional.ofNullable(Arrival.current()));
    call.disableAutoRequest();
    call.setOnReadyHandler(() -> {
      if (stream.isWaiting.getAndSet(false)) {
        stream.next();
      }
    });
    call.request(1);
    return stream;
  }

  @Override
  public void onNext(Optional<StreamMessage> message) {
    call.onNext(answer(message.orElseThrow())); // those without are refused already
    if (call.isReady()) {
      next();
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

  private void next() {
    arrival.ifPresent(Arrival::messageLeft);
    call.request(1);
  }

  private ModelStreamInferResponse answer(StreamMessage message) {
    var answer = ModelStreamInferResponse.newBuilder();
    Code code = Code.OK;
    try (Cancellation _ = Cancellation.of(Context.current())) {
      switch (message) {
        case StreamMessage.Refused(_, var reason) -> throw reason;
        case StreamMessage.Request(var request) ->
            answer.setInferResponse(
                WireAnswers.inferred(request.id(), calls.infer(request.call(), request.lease())));
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
    Code ended = code;
    arrival.ifPresent(counted -> counted.messageAnswered(ended));
    return answer.build();
  }

  private static void fail(
      ModelStreamInferResponse.Builder answer, StreamMessage message, String detail) {
    answer
        .setErrorMessage(detail)
        .setInferResponse(ModelInferResponse.newBuilder().setId(message.id()));
  }
}
