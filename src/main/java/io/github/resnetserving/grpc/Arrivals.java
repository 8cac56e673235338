package io.github.resnetserving.grpc;

import io.github.resnetserving.inference.Answer;
import io.github.resnetserving.inference.Failure;
import io.github.resnetserving.inference.InferenceListener;
import io.github.resnetserving.models.ModelSpec;
import io.github.resnetserving.rest.request.Pace;
import io.github.resnetserving.telemetry.ServingMetrics;
import io.grpc.ForwardingServerCall.SimpleForwardingServerCall;
import io.grpc.ForwardingServerCallListener.SimpleForwardingServerCallListener;
import io.grpc.Grpc;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.ServerStreamTracer;
import io.grpc.Status;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Makes an {@link Arrival} of each call, and lets its messages through as long as it is not
 * refused. Thread-safe.
 */
final class Arrivals extends ServerStreamTracer.Factory
    implements ServerInterceptor, InferenceListener {

  private static final Metadata.Key<String> AUTHORIZATION =
      Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER);

  private final Connections connections;
  private final Executor executor;
  private final LongSupplier nanoTime;
  private final Pace pace;
  private final ServingMetrics metrics;
  private final Set<Arrival> open = ConcurrentHashMap.newKeySet();

  /**
   * @param executor what refuses calls whose room was needed
   * @param nanoTime the clock
   * @param pace how fast a message must come; its limit is also how long an answer may take to
   *     leave
   */
  Arrivals(
      Connections connections,
      Executor executor,
      LongSupplier nanoTime,
      Pace pace,
      ServingMetrics metrics) {
    this.metrics = metrics;
    this.connections = connections;
    this.executor = executor;
    this.nanoTime = nanoTime;
    this.pace = pace;
  }

  @Override
  public ServerStreamTracer newServerStreamTracer(String fullMethodName, Metadata headers) {
    return new Arrival(this, fullMethodName.endsWith("Infer"));
  }

  @Override
  public void onAnswered(ModelSpec model, Answer.Answered<?> answer) {
    counted();
  }

  @Override
  public void onRefused(Failure failure, long totalNanos) {
    counted();
  }

  /** Inference has counted what the current thread's call asks for. */
  private static void counted() {
    Arrival call = Arrival.current();
    if (call != null) {
      call.counted();
    }
  }

  /** A request for inference was refused before inference heard of it. */
  void turnedAway(Status.Code code, long sinceNanos) {
    metrics.onTurnedAway(
        switch (code) {
          case INVALID_ARGUMENT -> "bad-request";
          case PERMISSION_DENIED -> "forbidden";
          case NOT_FOUND -> "not-found";
          case RESOURCE_EXHAUSTED -> "no-room";
          case DEADLINE_EXCEEDED -> "request-timeout";
          case UNAVAILABLE -> "not-ready";
          default -> code.name().toLowerCase(Locale.ROOT).replace('_', '-');
        },
        nanoTime() - sinceNanos);
  }

  @Override
  public <Q, A> ServerCall.Listener<Q> interceptCall(
      ServerCall<Q, A> call, Metadata headers, ServerCallHandler<Q, A> next) {
    Arrival arrival = Arrival.current();
    if (arrival == null) { // a transport that has no tracers has no bytes either
      return next.startCall(call, headers);
    }
    ServerCall<Q, A> refusable = new RefusableCall<>(call);
    GrpcConnection connection =
        connections.of(call.getAttributes().get(Grpc.TRANSPORT_ATTR_REMOTE_ADDR));
    open.add(arrival);
    if (!arrival.begin(refusable, connection, headers.get(AUTHORIZATION), nanoTime())) {
      return new ServerCall.Listener<>() {};
    }
    return new ArrivalListener<>(next.startCall(refusable, headers), arrival);
  }

  /** Ends what has taken too long. */
  void sweep() {
    long nowNanos = nanoTime();
    for (Arrival arrival : open) {
      arrival.expire(nowNanos, pace);
    }
  }

  /** How many calls have begun and not ended. */
  int size() {
    return open.size();
  }

  long nanoTime() {
    return nanoTime.getAsLong();
  }

  void execute(Runnable task) {
    executor.execute(task);
  }

  void ended(Arrival arrival) {
    open.remove(arrival);
  }

  /** Lets nothing through to the service once the call is refused. */
  private final class ArrivalListener<Q> extends SimpleForwardingServerCallListener<Q> {

    private final Arrival arrival;

    ArrivalListener(ServerCall.Listener<Q> listener, Arrival arrival) {
      super(listener);
      this.arrival = arrival;
    }

    @Override
    public void onMessage(Q message) {
      arrival.whole(); // has no effect where the marshaller has said so
      if (!arrival.isRefused()) {
        super.onMessage(message);
      }
    }

    @Override
    public void onHalfClose() {
      if (arrival.work()) {
        try {
          super.onHalfClose();
        } finally {
          arrival.answered(nanoTime());
        }
      }
    }
  }

  /** A call that may be closed from outside while the service streams its answers. */
  private static final class RefusableCall<Q, A> extends SimpleForwardingServerCall<Q, A> {

    private boolean closed; // guarded by this

    RefusableCall(ServerCall<Q, A> call) {
      super(call);
    }

    @Override
    public synchronized void sendHeaders(Metadata headers) {
      if (!closed) {
        super.sendHeaders(headers);
      }
    }

    @Override
    public synchronized void sendMessage(A message) {
      if (!closed) {
        super.sendMessage(message);
      }
    }

    @Override
    public synchronized void close(Status status, @Nullable Metadata trailers) {
      if (!closed) {
        closed = true;
        super.close(status, trailers == null ? new Metadata() : trailers);
      }
    }
  }
}
