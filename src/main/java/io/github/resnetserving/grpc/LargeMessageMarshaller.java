package io.github.resnetserving.grpc;

import io.grpc.KnownLength;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import org.jspecify.annotations.Nullable;

/**
 * Reads messages that may be as large as the server allows, within the lease of their call. A
 * message that is refused is empty, and never reaches the service. Thread-safe.
 *
 * @param <T> what the service makes of a message
 */
public abstract class LargeMessageMarshaller<T>
    implements MethodDescriptor.Marshaller<Optional<T>> {

  private static final int CHUNK = 1 << 16;

  private final int maxBytes;

  /** Half of the processors: 30 kB may keep one busy for 40 ms, and others come uncompressed. */
  private final Semaphore decompressing =
      new Semaphore(Math.max(1, Runtime.getRuntime().availableProcessors() / 2), /* fair= */ true);

  /**
   * @param maxBytes of a message
   */
  protected LargeMessageMarshaller(int maxBytes) {
    this.maxBytes = maxBytes;
  }

  /**
   * Reads a message.
   *
   * @param message not used by anyone else
   * @param call to be refused if the message is
   * @return empty once the call is refused
   */
  protected abstract Optional<T> read(byte[] message, Arrival call);

  /**
   * @throws UnsupportedOperationException always: messages are read only
   */
  @Override
  public final InputStream stream(Optional<T> value) {
    throw new UnsupportedOperationException("messages are read only");
  }

  @Override
  public final Optional<T> parse(InputStream stream) {
    Arrival call = Arrival.current();
    if (call == null) {
      throw Status.UNIMPLEMENTED
          .withDescription("This transport is not served.")
          .asRuntimeException();
    }
    call.whole();
    if (call.isRefused()) {
      return Optional.empty();
    }
    try {
      byte[] message = bytes(stream, call);
      if (message != null) {
        return read(message, call);
      }
    } catch (StatusRuntimeException e) { // larger than allowed once it is decompressed
      call.refuse(GrpcRefusal.tooLarge(maxBytes));
    } catch (IOException e) { // not compressed as it says
      call.refuse(GrpcRefusal.unreadable());
    }
    return Optional.empty();
  }

  /** The whole message, or null if the call is refused meanwhile. */
  private byte @Nullable [] bytes(InputStream stream, Arrival call) throws IOException {
    if (stream instanceof KnownLength) { // the lease holds it
      byte[] message = new byte[stream.available()];
      int read = stream.readNBytes(message, 0, message.length);
      return read == message.length ? message : Arrays.copyOf(message, read);
    }
    decompressing.acquireUninterruptibly();
    try {
      return call.isRefused() ? null : decompressed(stream, call);
    } finally {
      decompressing.release();
    }
  }

  private static byte @Nullable [] decompressed(InputStream stream, Arrival call)
      throws IOException {
    List<byte[]> chunks = new ArrayList<>();
    int size = 0;
    int read;
    do {
      if (!call.lease().tryGrow(CHUNK)) {
        call.refuse(GrpcRefusal.noRoom());
        return null;
      }
      byte[] chunk = new byte[CHUNK];
      read = stream.readNBytes(chunk, 0, CHUNK);
      chunks.add(chunk);
      size += read;
    } while (read == CHUNK);
    byte[] message = new byte[size];
    for (int i = 0; i < chunks.size(); i++) {
      int at = i * CHUNK;
      System.arraycopy(chunks.get(i), 0, message, at, Math.min(CHUNK, size - at));
    }
    return message;
  }
}
