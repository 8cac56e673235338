package io.github.resnetserving;

import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http2.DefaultHttp2HeadersDecoder;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2Headers;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.Socket;
import java.net.URLDecoder;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;

/**
 * A client of gRPC that sends what it is told to, frame by frame: halves of messages, and nothing
 * afterwards. Reads statuses, and keeps to the server's windows.
 */
final class RawHttp2 implements AutoCloseable {

  /** How a call ended: gRPC's code and message; −1 where the stream was reset. */
  record Ended(int code, String message) {}

  private static final byte[] PREFACE =
      "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(StandardCharsets.US_ASCII);
  private static final int PIECE = 16_384;

  private final Socket socket;
  private final OutputStream out;
  private final DefaultHttp2HeadersDecoder decoder = new DefaultHttp2HeadersDecoder();
  private final Map<Integer, CompletableFuture<Ended>> calls = new HashMap<>(); // by this
  private final Map<Integer, Long> windows = new HashMap<>(); // beside the initial one; by this
  private final CountDownLatch closed = new CountDownLatch(1);
  private long window = 65_535; // of the connection; guarded by this
  private long initialWindow = 65_535; // guarded by this
  private int nextStream = 1; // guarded by this

  /**
   * @param answerWindow bytes of an answer that the server may send
   */
  RawHttp2(int port, int answerWindow) throws IOException {
    socket = new Socket("localhost", port);
    out = socket.getOutputStream();
    out.write(PREFACE);
    frame(4, 0, 0, ByteBuffer.allocate(6).putShort((short) 4).putInt(answerWindow).array());
    Thread.ofVirtual().start(this::read);
  }

  /** Begins a call. */
  synchronized int call(String method, @Nullable String encoding) throws IOException {
    int stream = nextStream;
    nextStream += 2;
    calls.put(stream, new CompletableFuture<>());
    ByteArrayOutputStream block = new ByteArrayOutputStream();
    header(block, ":method", "POST");
    header(block, ":scheme", "http");
    header(block, ":path", "/" + method);
    header(block, ":authority", "localhost");
    header(block, "te", "trailers");
    header(block, "content-type", "application/grpc");
    if (encoding != null) {
      header(block, "grpc-encoding", encoding);
    }
    frame(1, 4, stream, block.toByteArray());
    return stream;
  }

  /** Sends bytes of a call, waiting for the server's windows; stops once the call has ended. */
  void send(int stream, byte[] bytes, boolean last) throws IOException, InterruptedException {
    int at = 0;
    do {
      int size;
      synchronized (this) {
        while (!isEnded(stream) && bytes.length > 0 && room(stream) <= 0) {
          wait();
        }
        if (isEnded(stream)) {
          return;
        }
        size = (int) Math.min(Math.min(PIECE, bytes.length - at), Math.max(0, room(stream)));
        window -= size;
        windows.merge(stream, (long) -size, Long::sum);
        byte[] piece = new byte[size];
        System.arraycopy(bytes, at, piece, 0, size);
        at += size;
        frame(0, last && at == bytes.length ? 1 : 0, stream, piece);
      }
    } while (at < bytes.length);
  }

  private boolean isEnded(int stream) {
    return outcome(stream).isDone() || closed.getCount() == 0;
  }

  private long room(int stream) {
    return Math.min(window, initialWindow + windows.getOrDefault(stream, 0L));
  }

  /** A message in gRPC's frame. */
  static byte[] message(byte[] message, boolean compressed) {
    return ByteBuffer.allocate(5 + message.length)
        .put((byte) (compressed ? 1 : 0))
        .putInt(message.length)
        .put(message)
        .array();
  }

  /** The beginning of a message that claims to be longer. */
  static byte[] beginning(int claimed, int sent) {
    return ByteBuffer.allocate(5 + sent).put((byte) 0).putInt(claimed).array();
  }

  /** How a call ends. */
  synchronized CompletableFuture<Ended> outcome(int stream) {
    return Objects.requireNonNull(calls.get(stream));
  }

  /** Waits until the server has closed the connection. */
  void awaitClosed() throws InterruptedException {
    closed.await();
  }

  private void read() {
    try (DataInputStream in = new DataInputStream(socket.getInputStream())) {
      while (true) {
        int length = in.readUnsignedByte() << 16 | in.readUnsignedShort();
        int type = in.readUnsignedByte();
        int flags = in.readUnsignedByte();
        int stream = in.readInt() & Integer.MAX_VALUE;
        byte[] payload = in.readNBytes(length);
        received(type, flags, stream, payload);
      }
    } catch (IOException | Http2Exception e) {
      synchronized (this) {
        closed.countDown();
        notifyAll();
      }
    }
  }

  private synchronized void received(int type, int flags, int stream, byte[] payload)
      throws IOException, Http2Exception {
    ByteBuffer buffer = ByteBuffer.wrap(payload);
    switch (type) {
      case 1 -> {
        Http2Headers headers = decoder.decodeHeaders(stream, Unpooled.wrappedBuffer(payload));
        CharSequence status = headers.get("grpc-status");
        if (status != null) {
          CharSequence message = headers.get("grpc-message");
          outcome(stream)
              .complete(
                  new Ended(
                      Integer.parseInt(status.toString()),
                      message == null
                          ? ""
                          : URLDecoder.decode(
                              message.toString().replace("+", "%2B"), StandardCharsets.UTF_8)));
        }
      }
      case 3 -> outcome(stream).complete(new Ended(-1, "reset " + buffer.getInt()));
      case 4 -> {
        if ((flags & 1) == 0) {
          while (buffer.hasRemaining()) {
            if (buffer.getShort() == 4) {
              initialWindow = buffer.getInt();
            } else {
              buffer.getInt();
            }
          }
          frame(4, 1, 0, new byte[0]);
        }
      }
      case 6 -> {
        if ((flags & 1) == 0) {
          frame(6, 1, 0, payload);
        }
      }
      case 8 -> {
        if (stream == 0) {
          window += buffer.getInt();
        } else {
          windows.merge(stream, (long) buffer.getInt(), Long::sum);
        }
      }
      default -> {}
    }
    notifyAll();
  }

  private static void header(ByteArrayOutputStream block, String name, String value) {
    block.write(0); // literal, not indexed
    block.write(name.length());
    block.writeBytes(name.getBytes(StandardCharsets.US_ASCII));
    block.write(value.length());
    block.writeBytes(value.getBytes(StandardCharsets.US_ASCII));
  }

  private synchronized void frame(int type, int flags, int stream, byte[] payload)
      throws IOException {
    out.write(
        ByteBuffer.allocate(9 + payload.length)
            .put((byte) (payload.length >> 16))
            .putShort((short) payload.length)
            .put((byte) type)
            .put((byte) flags)
            .putInt(stream)
            .put(payload)
            .array());
    out.flush();
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
