package io.github.resnetserving.grpc;

import io.github.resnetserving.rest.request.RequestLimits;
import io.grpc.netty.NettyServerBuilder;
import io.netty.channel.AdaptiveRecvByteBufAllocator;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.springframework.grpc.server.ServerBuilderCustomizer;

/** The threads and settings of the server's sockets. Closing it ends the threads. Thread-safe. */
final class GrpcTransport implements ServerBuilderCustomizer<NettyServerBuilder>, AutoCloseable {

  /** What a stream, or all of a connection, may send before it is taken from the socket. */
  private static final int WINDOW_BYTES = 256 << 10;

  /** What a read from a socket takes at most: a piece of a message may keep that much. */
  private static final int READ_BYTES = 32 << 10;

  /** Reads from a socket in turn, after which refusals leave: the library's sixteen keep more. */
  private static final int READS = 4;

  private static final Duration SWEEP = Duration.ofMillis(500);

  private final RequestLimits limits;
  private final int maxCalls;
  private final Connections connections;
  private final Arrivals arrivals;
  private final EventLoopGroup acceptors = group(1, "grpc-accept");
  private final EventLoopGroup sockets =
      group(Runtime.getRuntime().availableProcessors(), "grpc-socket");
  private final ScheduledExecutorService clock =
      Executors.newSingleThreadScheduledExecutor(
          new DefaultThreadFactory("grpc-clock", /* daemon= */ true));

  /**
   * @param maxCalls calls of a connection at the same time
   */
  GrpcTransport(RequestLimits limits, int maxCalls, Connections connections, Arrivals arrivals) {
    this.limits = limits;
    this.maxCalls = maxCalls;
    this.connections = connections;
    this.arrivals = arrivals;
    var _ =
        clock.scheduleWithFixedDelay(
            arrivals::sweep, SWEEP.toMillis(), SWEEP.toMillis(), TimeUnit.MILLISECONDS);
  }

  @Override
  public void customize(NettyServerBuilder server) {
    server
        .bossEventLoopGroup(acceptors)
        .workerEventLoopGroup(sockets)
        .channelFactory(connections::newServerChannel)
        .withChildOption(
            ChannelOption.RECVBUF_ALLOCATOR,
            new AdaptiveRecvByteBufAllocator(64, 2048, READ_BYTES).maxMessagesPerRead(READS))
        .flowControlWindow(WINDOW_BYTES)
        .maxInboundMessageSize(limits.maxMessageBytes())
        .maxConcurrentCallsPerConnection(maxCalls)
        .handshakeTimeout(limits.pace().limit().toMillis(), TimeUnit.MILLISECONDS)
        .addStreamTracerFactory(arrivals);
  }

  private static EventLoopGroup group(int threads, String name) {
    return new MultiThreadIoEventLoopGroup(
        threads, new DefaultThreadFactory(name, /* daemon= */ true), NioIoHandler.newFactory());
  }

  @Override
  public void close() {
    clock.shutdownNow();
    var _ = acceptors.shutdownGracefully(0, 0, TimeUnit.SECONDS);
    var _ = sockets.shutdownGracefully(0, 0, TimeUnit.SECONDS);
  }
}
