package io.github.resnetserving.grpc;

import io.github.resnetserving.inference.Budget;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ServerChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import java.net.SocketAddress;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The connections of a server, each known by its client's address: no more than are allowed, since
 * each holds buffers that no budget counts. Thread-safe.
 */
final class Connections {

  private static final Logger LOG = LoggerFactory.getLogger(Connections.class);

  private final int most;
  private final Budget budget;
  private final Executor executor;
  private final Map<SocketAddress, GrpcConnection> open = new ConcurrentHashMap<>();
  private final LongAdder refused = new LongAdder();

  /**
   * @param most connections at the same time
   * @param executor what refuses calls whose room was needed
   */
  Connections(int most, Budget budget, Executor executor) {
    this.most = most;
    this.budget = budget;
    this.executor = executor;
  }

  /** A socket that listens, and whose connections are counted. */
  ServerChannel newServerChannel() {
    NioServerSocketChannel server = new NioServerSocketChannel();
    server.pipeline().addLast(new Acceptor()); // comes before the one that serves them
    return server;
  }

  /**
   * The connection of a client.
   *
   * @param address null or unknown where no socket of this class has accepted it
   */
  GrpcConnection of(@Nullable SocketAddress address) {
    GrpcConnection known = address == null ? null : open.get(address);
    if (known != null) {
      return known;
    }
    GrpcConnection unknown = new GrpcConnection(budget, executor, () -> {});
    unknown.ended(); // no event of a socket will say so
    return unknown;
  }

  /** How many there are now. */
  int size() {
    return open.size();
  }

  /** How many were closed as they came, ever. */
  long refused() {
    return refused.sum();
  }

  /** Past the handler of HTTP/2, which would wait for the streams to end. */
  private static void cut(Channel channel) {
    ChannelHandlerContext first = channel.pipeline().firstContext();
    if (first != null) {
      var _ = first.close();
    }
  }

  private final class Acceptor extends ChannelInboundHandlerAdapter {

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
      Channel channel = (Channel) message;
      SocketAddress address = channel.remoteAddress();
      if (address == null || open.size() >= most) {
        LOG.debug("{} is not accepted: there are {} connections", address, open.size());
        refused.increment();
        channel.unsafe().closeForcibly();
        return;
      }
      GrpcConnection connection = new GrpcConnection(budget, executor, () -> cut(channel));
      open.put(address, connection);
      channel
          .closeFuture()
          .addListener(_ -> {
            open.remove(address, connection);
            connection.ended();
          });
      context.fireChannelRead(message);
    }
  }
}
