package io.github.resnetserving.openinference;

import io.github.resnetserving.grpc.Arrival;
import io.github.resnetserving.grpc.LargeMessageMarshaller;
import io.github.resnetserving.inference.Budget;
import io.github.resnetserving.inference.Deadline;
import io.github.resnetserving.models.ModelSpec;
import io.github.resnetserving.rest.request.RequestDeadline;
import io.grpc.Context;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** Reads requests for inference within the leases of their calls. Thread-safe. */
final class InferMarshaller extends LargeMessageMarshaller<InferMarshaller.InferMessage> {

  private final InferenceCalls calls;

  InferMarshaller(InferenceCalls calls) {
    super(calls.limits().maxMessageBytes());
    this.calls = calls;
  }

  @Override
  protected Optional<InferMessage> read(byte[] message, Arrival call) {
    try {
      return Optional.of(read(calls, new MessageReader(message), call));
    } catch (ProtocolException e) {
      call.refuse(e.refusal());
      return Optional.empty();
    }
  }

  private static InferMessage read(InferenceCalls calls, MessageReader reader, Arrival call)
      throws ProtocolException {
    long arrivalNanos = System.nanoTime();
    MessageReader.Target target = reader.target();
    calls.shed(
        target.model(),
        target.version(),
        earlier(RequestDeadline.longest(arrivalNanos), arrivalNanos));
    ModelSpec spec = calls.model(target.model(), target.version(), arrivalNanos);
    MessageReader.Message read = reader.read(spec, calls.limits().maxImages(), call.lease());
    Deadline asked = calls.deadline(arrivalNanos, read.deadlineMillis());
    return new InferMessage(
        read.id(),
        new InferenceCall(
            spec,
            target.version(),
            read.input(),
            read.outputs(),
            read.head(),
            earlier(asked, arrivalNanos)),
        call.lease());
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

  /**
   * A request for inference as it came over gRPC.
   *
   * @param id the request's id, which the answer repeats; empty if there is none
   * @param lease what the request holds of the budget of bodies, until its call ends
   */
  record InferMessage(String id, InferenceCall call, Budget.Lease lease) {}

  /** One message of a stream: a request, or why it is none, which does not end the stream. */
  sealed interface StreamMessage {

    /** The request's id; empty if there is none. */
    String id();

    /** A request. */
    record Request(InferMessage message) implements StreamMessage {

      @Override
      public String id() {
        return message.id();
      }
    }

    /** A message that is no request which can be run. */
    record Refused(String id, ProtocolException reason) implements StreamMessage {}
  }

  /** Reads the messages of streams. Thread-safe. */
  static final class OfStream extends LargeMessageMarshaller<StreamMessage> {

    private final InferenceCalls calls;

    OfStream(InferenceCalls calls) {
      super(calls.limits().maxMessageBytes());
      this.calls = calls;
    }

    @Override
    protected Optional<StreamMessage> read(byte[] message, Arrival call) {
      var reader = new MessageReader(message);
      try {
        return Optional.of(new StreamMessage.Request(InferMarshaller.read(calls, reader, call)));
      } catch (ProtocolException e) {
        return Optional.of(new StreamMessage.Refused(reader.id(), e));
      }
    }
  }
}
