package io.github.resnetserving.openinference;

import java.time.Duration;
import org.springframework.boot.web.server.context.WebServerApplicationContext;
import org.springframework.context.ApplicationEventPublisher;
import org.springframework.grpc.server.GrpcServerFactory;
import org.springframework.grpc.server.lifecycle.GrpcServerLifecycle;

/**
 * Stops the gRPC server beside the web server: both close their ports, then wait for what is in
 * flight. Spring's own would close its port at once, before load balancers have noticed, and keep
 * the web server waiting for its calls.
 */
final class ServerLifecycle extends GrpcServerLifecycle {

  /**
   * @param grace how long calls in flight may take
   */
  ServerLifecycle(GrpcServerFactory factory, Duration grace, ApplicationEventPublisher events) {
    super(factory, grace, events);
  }

  @Override
  public int getPhase() {
    return WebServerApplicationContext.GRACEFUL_SHUTDOWN_PHASE;
  }

  @Override
  public void stop(Runnable stopped) {
    Thread.ofPlatform()
        .name("grpc-shutdown")
        .start(() -> {
          try {
            stop();
          } finally {
            stopped.run();
          }
        });
  }
}
