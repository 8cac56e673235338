package io.github.resnetserving.grpc;

import io.github.resnetserving.inference.Budget;
import io.github.resnetserving.rest.request.Pace;
import io.grpc.Context;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.ServerCall;
import io.grpc.ServerStreamTracer;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * One call from its headers to its end: what it holds of the budget, and how long it may take to
 * arrive and to leave. The transport tells of each piece of a message before the next one is read,
 * and the call is refused as soon as it exceeds a limit. Thread-safe.
 *
 * <p>A call with one message goes through {@link State}. One that streams stays {@code ARRIVING},
 * so that it can be ended whenever its room is needed.
 */
public final class Arrival extends ServerStreamTracer {

  /** Bytes that a call holds besides its messages: headers, stream and the objects of both. */
  static final int CALL_BYTES = 8 << 10;

  /**
   * Bytes that a piece of a message holds at least. A piece keeps the buffer that it was received
   * in, which is larger.
   */
  static final int PIECE_BYTES = 8 << 10;

  /** Bytes of a message at most that carries names. */
  static final int NAMES_BYTES = 4 << 10;

  private static final Context.Key<Arrival> KEY = Context.key("arrival");

  private enum State {
    /** The headers are here, and no message has been asked for. */
    NEW,
    /** The message is on its way. */
    ARRIVING,
    /** The message is here, and whether another one follows is not known. */
    WHOLE,
    /** The call has its answer without having been worked on. */
    REFUSED,
    /** A thread works on it. */
    WORKING,
    /** The answer is on its way. */
    ANSWERED
  }

  private final Arrivals arrivals;

  // All guarded by this.
  private State state = State.NEW;
  private @Nullable GrpcConnection connection;
  private @Nullable ServerCall<?, ?> call;
  private Budget.@Nullable Lease arriving; // of the connection; this call has shared of it
  private Budget.@Nullable Lease own;
  private long shared;
  private long messageBytes;
  private long unwanted; // bytes that came after the call was refused
  private long sinceNanos;
  private boolean closed;
  private Status.Code endedWith = Status.Code.OK; // once closed
  private boolean isCounted;
  private boolean hasMessages; // of a stream, each of which is counted by itself
  private boolean isLeaving; // an answer of a stream

  private final boolean isInference;
  private final long beganNanos;

  /**
   * @param isInference whether it is to be counted as a request for inference
   */
  Arrival(Arrivals arrivals, boolean isInference) {
    this.arrivals = arrivals;
    this.isInference = isInference;
    this.beganNanos = arrivals.nanoTime();
  }

  /** The call that the current thread works for; null where nothing counts its bytes. */
  public static @Nullable Arrival current() {
    return KEY.get();
  }

  @Override
  public Context filterContext(Context context) {
    return context.withValue(KEY, this);
  }

  /**
   * What the call holds once its message is here. What grows it need not shrink it: the call's end
   * gives everything back.
   */
  public synchronized Budget.Lease lease() {
    return Objects.requireNonNull(own, "the call has not begun");
  }

  /**
   * Takes the share of a call that begins.
   *
   * @param key the key that it came with; null if there is none
   * @return whether it may go on; else it is refused
   */
  boolean begin(
      ServerCall<?, ?> call, GrpcConnection connection, @Nullable String key, long nowNanos) {
    synchronized (this) {
      this.call = call;
      this.connection = connection;
      sinceNanos = nowNanos;
      state = State.ARRIVING;
      arriving = connection.arriving(this);
      own = connection.open(key);
      if (closed) { // by the client, meanwhile
        end();
        return false;
      }
    }
    return share(CALL_BYTES);
  }

  /** A message begins. */
  @Override
  public void inboundMessage(int index) {
    boolean another;
    synchronized (this) {
      another = index > 0 && call != null && !isStream();
    }
    if (another) {
      refuse(GrpcRefusal.secondMessage());
    }
  }

  /** Some bytes of a message have come. Called before more are read. */
  @Override
  public void inboundWireSize(long bytes) {
    boolean tooLong;
    boolean refused;
    synchronized (this) {
      messageBytes += bytes;
      tooLong = messageBytes > NAMES_BYTES && !isLarge();
      refused = state == State.REFUSED && !closed;
      if (refused) {
        unwanted += bytes;
      }
    }
    if (refused) {
      Objects.requireNonNull(connection).unwanted(bytes);
    } else if (tooLong) {
      refuse(GrpcRefusal.tooLong(NAMES_BYTES));
    } else {
      var _ = share(Math.max(bytes, PIECE_BYTES));
    }
  }

  private boolean isLarge() {
    return call != null
        && call.getMethodDescriptor().getRequestMarshaller() instanceof LargeMessageMarshaller;
  }

  private boolean share(long bytes) {
    synchronized (this) {
      if (state != State.ARRIVING || closed) {
        return false;
      }
      if (Objects.requireNonNull(arriving).tryGrow(bytes)) {
        shared += bytes;
        return true;
      }
    }
    refuse(GrpcRefusal.noRoom());
    return false;
  }

  /** The message is here, and about to be parsed. */
  void whole() {
    synchronized (this) {
      if (state != State.ARRIVING) {
        return;
      }
      if (isStream()) { // the next message takes its share anew
        long message = shared - CALL_BYTES;
        shared = CALL_BYTES;
        messageBytes = 0;
        hasMessages = true;
        if (!isLarge()) {
          Objects.requireNonNull(arriving).shrink(message);
          return;
        }
        if (Objects.requireNonNull(arriving).pass(message, Objects.requireNonNull(own))) {
          return; // until it is answered
        }
        Objects.requireNonNull(arriving).shrink(message);
      } else if (takeOver()) {
        state = State.WHOLE;
        Objects.requireNonNull(own).arriving(() -> arrivals.execute(this::refuseIfRevoked));
        return;
      }
    }
    refuse(GrpcRefusal.noRoom());
  }

  /** Moves room from the connection's lease to the call's own. */
  private boolean takeOver() {
    if (!Objects.requireNonNull(arriving).pass(shared, Objects.requireNonNull(own))) {
      return false;
    }
    shared = 0;
    Objects.requireNonNull(connection).arrived(this);
    return true;
  }

  private boolean isStream() {
    return Objects.requireNonNull(call).getMethodDescriptor().getType()
        != MethodDescriptor.MethodType.UNARY;
  }

  /**
   * The client has sent everything, and a thread is about to work for the call.
   *
   * @return whether it is to; else the call is refused
   */
  boolean work() {
    whole(); // a call may come without a message
    synchronized (this) {
      if (state == State.ARRIVING) { // a stream
        return true;
      }
      if (state != State.WHOLE) {
        return false;
      }
      if (Objects.requireNonNull(own).arrived()) {
        state = State.WORKING;
        return true;
      }
    }
    refuse(GrpcRefusal.noRoom());
    return false;
  }

  /**
   * A message of a stream is answered. The answer is on its way, and its room still held.
   *
   * @param code what the message would have ended a call with
   */
  public synchronized void messageAnswered(Status.Code code) {
    isLeaving = true;
    sinceNanos = arrivals.nanoTime();
    count(code);
  }

  /** The answer to a message of a stream has left, and nothing of it is held any more. */
  public synchronized void messageLeft() {
    Budget.Lease lease = lease();
    lease.shrink(lease.held());
    isLeaving = false;
    sinceNanos = arrivals.nanoTime();
  }

  /** Inference has counted the request, or the message of a stream that is being worked on. */
  synchronized void counted() {
    isCounted = true;
  }

  private void count(Status.Code code) {
    if (isInference && !isCounted && code != Status.Code.OK) {
      arrivals.turnedAway(code, beganNanos);
    }
    isCounted = false;
  }

  /** The thread that worked for the call has handed in the answer. */
  synchronized void answered(long nowNanos) {
    if (state == State.WORKING) {
      state = State.ANSWERED;
      sinceNanos = nowNanos;
      if (closed) {
        count(endedWith);
        end();
      }
    }
  }

  /** Whether messages of the call are still wanted. */
  synchronized boolean isRefused() {
    return state == State.REFUSED;
  }

  /** Ends the call, unless a thread works on it or it has ended. */
  public void refuse(GrpcRefusal refusal) {
    ServerCall<?, ?> refused;
    synchronized (this) {
      if (state != State.ARRIVING && state != State.WHOLE) {
        return;
      }
      state = State.REFUSED;
      sinceNanos = arrivals.nanoTime();
      refused = Objects.requireNonNull(call);
      if (closed) {
        return;
      }
    }
    StatusRuntimeException status = refusal.exception();
    Metadata trailers = status.getTrailers();
    refused.close(status.getStatus(), trailers == null ? new Metadata() : trailers);
  }

  /** The lease of this call or of its connection was revoked to make room. */
  void refuseIfRevoked() {
    boolean revoked;
    synchronized (this) {
      revoked =
          (arriving != null && shared > 0 && arriving.isRevoked())
              || (own != null && own.isRevoked());
    }
    if (revoked) {
      refuse(GrpcRefusal.noRoom());
    }
  }

  /**
   * Ends a call whose message comes more slowly than it must, and the connection of an answer or a
   * refusal that never leaves.
   */
  void expire(long nowNanos, Pace pace) {
    boolean stuck;
    synchronized (this) {
      long allowedNanos =
          state == State.ARRIVING && !isLeaving
              ? pace.allowedNanos(messageBytes)
              : pace.limit().toNanos();
      if (call == null || closed || nowNanos - sinceNanos < allowedNanos) {
        return;
      }
      stuck = state == State.ANSWERED || state == State.REFUSED || isLeaving;
      if (!stuck && isStream()) {
        return;
      }
    }
    if (stuck) {
      Objects.requireNonNull(connection).close();
    } else {
      refuse(GrpcRefusal.slow());
    }
  }

  /** The last that is heard of the call: its buffers are free, and its answer has left. */
  @Override
  public synchronized void streamClosed(Status status) {
    closed = true;
    endedWith = status.getCode();
    if (state != State.WORKING && !hasMessages) {
      count(endedWith);
    }
    if (state != State.WORKING && state != State.NEW) {
      end();
    }
  }

  /** Gives everything back. */
  private void end() {
    Objects.requireNonNull(arriving).shrink(shared);
    shared = 0;
    Objects.requireNonNull(own).close();
    Objects.requireNonNull(connection).arrived(this);
    Objects.requireNonNull(connection).unwanted(-unwanted);
    unwanted = 0;
    arrivals.ended(this);
  }
}
