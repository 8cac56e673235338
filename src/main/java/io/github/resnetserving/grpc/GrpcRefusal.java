package io.github.resnetserving.grpc;

import com.google.protobuf.Any;
import com.google.rpc.RetryInfo;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.StatusProto;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Why a call gets no answer.
 *
 * @param detail what is wrong and what to do about it
 * @param retryAfter when to try again; null where that would not help
 */
public record GrpcRefusal(Status.Code code, String detail, @Nullable Duration retryAfter) {

  GrpcRefusal(Status.Code code, String detail) {
    this(code, detail, null);
  }

  /** There is no room for another message now. */
  static GrpcRefusal noRoom() {
    return new GrpcRefusal(
        Status.Code.RESOURCE_EXHAUSTED,
        "The server holds as many bytes of requests as it can. Send the request again later.",
        Duration.ofSeconds(1));
  }

  static GrpcRefusal slow() {
    return new GrpcRefusal(
        Status.Code.DEADLINE_EXCEEDED,
        "The message did not arrive in time. Send the request again.");
  }

  static GrpcRefusal tooLarge(int most) {
    return new GrpcRefusal(
        Status.Code.RESOURCE_EXHAUSTED,
        "The message is larger than %d bytes. Send smaller or fewer images.".formatted(most));
  }

  /** A message of a method whose messages carry names only. */
  static GrpcRefusal tooLong(int most) {
    return new GrpcRefusal(
        Status.Code.RESOURCE_EXHAUSTED,
        "The message is larger than %d bytes, which this method's messages never are."
            .formatted(most));
  }

  static GrpcRefusal secondMessage() {
    return new GrpcRefusal(
        Status.Code.INVALID_ARGUMENT, "A call of this method takes one message, not several.");
  }

  static GrpcRefusal unreadable() {
    return new GrpcRefusal(
        Status.Code.INVALID_ARGUMENT, "The message cannot be read: its bytes are broken.");
  }

  /** The status, with {@code google.rpc.RetryInfo} among its details where that helps. */
  public StatusRuntimeException exception() {
    var status = com.google.rpc.Status.newBuilder().setCode(code.value()).setMessage(detail);
    if (retryAfter != null) {
      status.addDetails(
          Any.pack(
              RetryInfo.newBuilder()
                  .setRetryDelay(
                      com.google.protobuf.Duration.newBuilder().setSeconds(retryAfter.toSeconds()))
                  .build()));
    }
    return StatusProto.toStatusRuntimeException(status.build());
  }
}
