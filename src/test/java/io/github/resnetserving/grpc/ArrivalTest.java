package io.github.resnetserving.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.resnetserving.inference.Budget;
import io.github.resnetserving.rest.request.Pace;
import io.github.resnetserving.telemetry.ServingMetrics;
import io.grpc.Attributes;
import io.grpc.Context;
import io.grpc.Grpc;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.MethodDescriptor.MethodType;
import io.grpc.ServerCall;
import io.grpc.Status;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.InputStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A call's life, each event by hand, at a clock about to wrap. */
class ArrivalTest {

  private static final long LIMIT = 1_000;
  private static final int CALL = Arrival.CALL_BYTES;
  private static final int PIECE = Arrival.PIECE_BYTES;

  enum Kind {
    LARGE,
    SMALL,
    STREAM
  }

  private final AtomicLong now = new AtomicLong(Long.MAX_VALUE - LIMIT / 2);
  private final Budget budget = new Budget(400_000);
  private final AtomicInteger cuts = new AtomicInteger();
  private final GrpcConnection connection = connection();
  private final Arrivals arrivals =
      new Arrivals(
          new Connections(1, budget, Runnable::run),
          Runnable::run,
          now::get,
          pace(LIMIT),
          new ServingMetrics(new SimpleMeterRegistry(), now::get));
  private final List<Call> calls = new ArrayList<>();

  /** Allows so many nanoseconds in all, however many bytes come. */
  private static Pace pace(long limitNanos) {
    return new Pace(Duration.ofNanos(limitNanos), Duration.ofNanos(limitNanos), 1);
  }

  private GrpcConnection connection() {
    return new GrpcConnection(budget, Runnable::run, cuts::incrementAndGet);
  }

  /** The transport's side of a call. */
  private class Call extends ServerCall<Object, Object> {

    private final Kind kind;
    private final Arrival arrival = new Arrival(arrivals, /* isInference= */ false);
    private @Nullable Status status;

    Call(Kind kind) {
      this(kind, connection, null);
    }

    Call(Kind kind, GrpcConnection of, @Nullable String key) {
      this.kind = kind;
      calls.add(this);
      var _ = arrival.begin(this, of, key, now.get());
    }

    void piece(int bytes) {
      arrival.inboundWireSize(bytes);
    }

    void end() {
      arrival.streamClosed(Status.OK);
    }

    String refusal() {
      return status == null ? "" : status.getCode() + ": " + status.getDescription();
    }

    @Override
    public void close(Status given, Metadata trailers) {
      assertThat(status).isNull();
      status = given;
    }

    @Override
    public MethodDescriptor<Object, Object> getMethodDescriptor() {
      @SuppressWarnings({"unchecked", "rawtypes"}) // only its class is looked at
      MethodDescriptor.Marshaller<Object> requests =
          kind == Kind.LARGE ? (MethodDescriptor.Marshaller) new Large() : new Names();
      return MethodDescriptor.<Object, Object>newBuilder()
          .setFullMethodName("service/method")
          .setType(kind == Kind.STREAM ? MethodType.BIDI_STREAMING : MethodType.UNARY)
          .setRequestMarshaller(requests)
          .setResponseMarshaller(new Names())
          .build();
    }

    @Override
    public void request(int count) {}

    @Override
    public void sendHeaders(Metadata headers) {}

    @Override
    public void sendMessage(Object message) {}

    @Override
    public boolean isCancelled() {
      return false;
    }
  }

  private static final class Large extends LargeMessageMarshaller<Object> {

    Large() {
      super(1_000_000);
    }

    @Override
    protected Optional<Object> read(byte[] message, Arrival call) {
      return Optional.of(message);
    }
  }

  private static final class Names implements MethodDescriptor.Marshaller<Object> {

    @Override
    public InputStream stream(Object value) {
      return InputStream.nullInputStream();
    }

    @Override
    public Object parse(InputStream stream) {
      return "";
    }
  }

  @AfterEach
  void everythingIsGivenBackHoweverACallEnds() {
    for (Call call : calls) {
      call.end();
      call.arrival.answered(now.get());
    }
    assertThat(budget.used()).isZero();
    assertThat(arrivals.size()).isZero();
  }

  @Test
  void aCallHoldsItsMessageUntilItsAnswerHasLeft() {
    Call call = new Call(Kind.LARGE);
    assertThat(budget.used()).isEqualTo(CALL);
    call.piece(20_000);
    call.piece(1);
    assertThat(budget.used()).isEqualTo(CALL + 20_000 + PIECE);

    call.arrival.whole();
    assertThat(call.arrival.lease().held()).isEqualTo(CALL + 20_000 + PIECE);
    assertThat(call.arrival.lease().tryGrow(5)).isTrue();
    assertThat(call.arrival.work()).isTrue();
    call.arrival.answered(now.get());
    assertThat(budget.used()).isEqualTo(CALL + 20_000 + PIECE + 5);

    call.end();
    assertThat(budget.used()).isZero();
  }

  @Test
  void aCallThatItsClientCancelsHoldsItsMessageWhileAThreadWorksOnIt() {
    Call call = new Call(Kind.LARGE);
    call.piece(20_000);
    call.arrival.whole();
    assertThat(call.arrival.work()).isTrue();

    call.end();
    assertThat(budget.used()).isEqualTo(CALL + 20_000);
    call.arrival.answered(now.get());

    assertThat(budget.used()).isZero();
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2, 3, 4})
  void aCallThatItsClientCancelsBeforeIsNotWorkedOn(int pieces) {
    Call call = new Call(Kind.LARGE);
    for (int i = 0; i < pieces; i++) {
      call.piece(10_000);
    }
    call.end();
    assertThat(budget.used()).isZero();

    call.piece(10_000);
    call.arrival.whole();

    assertThat(call.arrival.work()).isFalse();
    assertThat(call.refusal()).isEmpty();
    calls.clear();
  }

  @Test
  void aCallThatIsGoneBeforeItBeginsTakesNothing() {
    Arrival arrival = new Arrival(arrivals, /* isInference= */ false);
    arrival.streamClosed(Status.CANCELLED);

    assertThat(arrival.begin(new Call(Kind.LARGE), connection, null, now.get())).isFalse();
  }

  @ParameterizedTest
  @EnumSource(names = {"LARGE", "SMALL"})
  void aMessageHasItsTimeToArrive(Kind kind) {
    for (int step = 0; step < 3; step++) {
      Call call = new Call(kind);
      if (step > 0) {
        call.piece(100);
      }
      if (step > 1) {
        call.arrival.whole();
      }
      now.addAndGet(LIMIT - 1);
      call.arrival.expire(now.get(), pace(LIMIT));
      assertThat(call.refusal()).isEmpty();

      now.addAndGet(1);
      call.arrival.expire(now.get(), pace(LIMIT));

      assertThat(call.refusal())
          .isEqualTo(
              "DEADLINE_EXCEEDED: The message did not arrive in time. Send the request again.");
      assertThat(cuts).hasValue(0);
    }
  }

  /** A grace of 100 ns, and then a byte a nanosecond. */
  @ParameterizedTest
  @CsvSource({"0, 100", "1, 101", "100, 200", "500, 600", "899, 999", "900, 1000", "9000, 1000"})
  void aMessageMustComeAtTheSmallestRate(int bytes, long allowedNanos) {
    Pace pace = new Pace(Duration.ofNanos(LIMIT), Duration.ofNanos(100), 1_000_000_000);
    Call call = new Call(Kind.LARGE);
    call.piece(bytes);
    now.addAndGet(allowedNanos - 1);
    call.arrival.expire(now.get(), pace);
    assertThat(call.refusal()).isEmpty();

    now.addAndGet(1);
    call.arrival.expire(now.get(), pace);

    assertThat(call.refusal()).startsWith("DEADLINE_EXCEEDED: ");
  }

  @Test
  void workHasNoTimeOfItsOwnButTheAnswerHas() {
    Call call = new Call(Kind.LARGE);
    assertThat(call.arrival.work()).isTrue();
    now.addAndGet(10 * LIMIT);
    call.arrival.expire(now.get(), pace(LIMIT));
    call.arrival.answered(now.get());
    now.addAndGet(LIMIT - 1);
    call.arrival.expire(now.get(), pace(LIMIT));
    assertThat(cuts).hasValue(0);

    now.addAndGet(1);
    call.arrival.expire(now.get(), pace(LIMIT));

    assertThat(cuts).hasValue(1);
    assertThat(call.refusal()).isEmpty();
  }

  @ParameterizedTest
  @EnumSource
  void aRefusalThatNeverLeavesEndsTheConnection(Kind kind) {
    Call call = new Call(kind);
    call.arrival.refuse(GrpcRefusal.noRoom());
    now.addAndGet(LIMIT - 1);
    call.arrival.expire(now.get(), pace(LIMIT));
    assertThat(cuts).hasValue(0);

    now.addAndGet(1);
    call.arrival.expire(now.get(), pace(LIMIT));

    assertThat(cuts).hasValue(1);
  }

  @ParameterizedTest
  @EnumSource
  void aClientThatGoesOnSendingAfterARefusalLosesItsConnection(Kind kind) {
    Call call = new Call(kind);
    call.arrival.refuse(GrpcRefusal.noRoom());
    for (int i = 0; i < 16; i++) {
      call.piece(16_384);
    }
    assertThat(cuts).hasValue(0);
    Call done = new Call(kind);
    done.arrival.refuse(GrpcRefusal.noRoom());
    done.piece(1);
    assertThat(cuts).hasValue(1);

    done.end();
    calls.remove(done);
    call.end();
    calls.remove(call);
    new Call(kind).piece(1);
    assertThat(cuts).as("what is gone is not counted").hasValue(1);
  }

  @Test
  void aStreamHasNoTimeAndTakesItsShareAnewWithEachMessage() {
    Call call = new Call(Kind.STREAM);
    for (int i = 0; i < 5; i++) {
      now.addAndGet(10 * LIMIT);
      call.arrival.expire(now.get(), pace(LIMIT));
      call.arrival.inboundMessage(i);
      call.piece(2_000);
      call.piece(2_000);
      assertThat(budget.used()).isEqualTo(CALL + 2 * PIECE);
      call.arrival.whole();
      assertThat(budget.used()).isEqualTo(CALL);
    }
    assertThat(call.refusal()).isEmpty();
    assertThat(call.arrival.work()).isTrue();
  }

  @Test
  void aStreamWhoseAnswersAreReadHasNoTime() {
    Call call = new Call(Kind.STREAM);
    call.piece(2_000);
    call.arrival.whole();
    call.arrival.messageAnswered(Status.Code.OK);
    call.arrival.messageLeft();

    now.addAndGet(10 * LIMIT);
    call.arrival.expire(now.get(), pace(LIMIT));

    assertThat(cuts).hasValue(0);
    assertThat(call.refusal()).isEmpty();
  }

  @Test
  void aStreamWhoseAnswerNeverLeavesIsCutOff() {
    Call call = new Call(Kind.STREAM);
    call.piece(2_000);
    call.arrival.whole();
    call.arrival.messageAnswered(Status.Code.OK);

    now.addAndGet(LIMIT - 1);
    call.arrival.expire(now.get(), pace(LIMIT));
    assertThat(cuts).hasValue(0);
    now.addAndGet(1);
    call.arrival.expire(now.get(), pace(LIMIT));

    assertThat(cuts).hasValue(1);
  }

  @ParameterizedTest
  @EnumSource(names = {"SMALL", "STREAM"})
  void namesAreShort(Kind kind) {
    Call call = new Call(kind);
    call.piece(4_096);
    assertThat(call.refusal()).isEmpty();

    call.piece(1);

    assertThat(call.refusal())
        .isEqualTo(
            "RESOURCE_EXHAUSTED: The message is larger than 4096 bytes, which this method's"
                + " messages never are.");
    assertThat(call.arrival.isRefused()).isTrue();
    assertThat(call.arrival.work()).isFalse();
  }

  @ParameterizedTest
  @EnumSource(names = {"LARGE", "SMALL"})
  void aCallTakesOneMessage(Kind kind) {
    Call call = new Call(kind);
    call.arrival.inboundMessage(0);
    call.arrival.whole();

    call.arrival.inboundMessage(1);

    assertThat(call.refusal())
        .isEqualTo("INVALID_ARGUMENT: A call of this method takes one message, not several.");
    assertThat(call.arrival.work()).isFalse();
  }

  @Test
  void aConnectionThatHoldsMostGivesWayWithAllThatArrives() {
    List<Call> hostile = new ArrayList<>();
    GrpcConnection other = connection();
    Call working = new Call(Kind.LARGE, other, null);
    working.piece(20_000);
    assertThat(working.arrival.work()).isTrue();
    for (int i = 0; i < 9; i++) {
      Call half = new Call(Kind.LARGE, other, null);
      half.piece(22_000);
      hostile.add(half);
    }
    Call small = new Call(Kind.LARGE);
    small.piece(30_000);
    assertThat(budget.used()).isGreaterThan(330_000);

    Call large = new Call(Kind.LARGE, connection(), null);
    large.piece(60_000);

    assertThat(large.refusal()).isEmpty();
    assertThat(hostile)
        .allSatisfy(call ->
            assertThat(call.refusal())
                .isEqualTo(
                    "RESOURCE_EXHAUSTED: The server holds as many bytes of requests as it can."
                        + " Send the request again later."));
    assertThat(working.refusal()).isEmpty();
    assertThat(small.refusal()).isEmpty();
    assertThat(new Call(Kind.LARGE, other, null).refusal()).as("it may come again").isEmpty();
  }

  @Test
  void aWholeMessageThatWaitsForItsCallsEndGivesWayToo() {
    Call waiting = new Call(Kind.LARGE);
    waiting.piece(250_000);
    waiting.arrival.whole();
    Call working = new Call(Kind.LARGE, connection(), null);
    working.piece(100_000);
    assertThat(working.arrival.work()).isTrue();

    Call next = new Call(Kind.LARGE, connection(), null);
    next.piece(100_000);

    assertThat(next.refusal()).isEmpty();
    assertThat(waiting.refusal()).startsWith("RESOURCE_EXHAUSTED");
    assertThat(waiting.arrival.work()).isFalse();
  }

  @Test
  void aKeyHasItsShareOnAllConnections() {
    Call one = new Call(Kind.LARGE, connection(), "key");
    one.piece(200_000);
    assertThat(one.arrival.work()).isTrue();
    Call two = new Call(Kind.LARGE, connection(), "key");
    two.piece(90_000);
    assertThat(two.arrival.work()).isFalse();
    assertThat(two.refusal()).startsWith("RESOURCE_EXHAUSTED");
    two.end();
    calls.remove(two);
    Call three = new Call(Kind.LARGE, connection(), "another");
    three.piece(90_000);

    assertThat(three.arrival.work()).isTrue();
  }

  @Test
  void whatIsRefusedNeverReachesTheService() {
    List<String> heard = new ArrayList<>();
    Call call = new Call(Kind.LARGE);
    calls.remove(call);
    call.end();
    Arrival arrival = (Arrival) arrivals.newServerStreamTracer("service/method", new Metadata());
    Call transport =
        new Call(Kind.LARGE) {
          @Override
          public Attributes getAttributes() {
            return Attributes.newBuilder().set(Grpc.TRANSPORT_ATTR_REMOTE_ADDR, null).build();
          }
        };
    Context context = arrival.filterContext(Context.ROOT);
    context.run(() -> {
      ServerCall.Listener<Object> listener =
          arrivals.interceptCall(
              transport,
              new Metadata(),
              (_, _) ->
                  new ServerCall.Listener<>() {
                    @Override
                    public void onMessage(Object message) {
                      heard.add("message");
                    }

                    @Override
                    public void onHalfClose() {
                      heard.add("end");
                    }
                  });
      listener.onMessage("first");
      arrival.refuse(GrpcRefusal.noRoom());
      listener.onMessage("second");
      listener.onHalfClose();
    });

    assertThat(heard).containsExactly("message");
    arrival.streamClosed(Status.OK);
  }
}
