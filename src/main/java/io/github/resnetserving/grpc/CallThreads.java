package io.github.resnetserving.grpc;

import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.springframework.boot.grpc.server.autoconfigure.GrpcServerExecutorProvider;

/**
 * A virtual thread for each call of gRPC: it waits for its images there, as a request over HTTP
 * does. No bean of type Executor, which would take the place of Spring's.
 */
final class CallThreads implements GrpcServerExecutorProvider, AutoCloseable {

  private final ExecutorService threads =
      Executors.newThreadPerTaskExecutor(Thread.ofVirtual().name("grpc-", 0).factory());

  @Override
  public Executor getExecutor() {
    return threads;
  }

  @Override
  public void close() {
    threads.close();
  }
}
