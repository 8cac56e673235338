package io.github.resnetserving;

import io.github.resnetserving.models.ModelRepository;
import io.github.resnetserving.models.PlanReport;
import io.github.resnetserving.models.download.ModelFetcher;
import io.github.resnetserving.serving.ModelServer;
import io.github.resnetserving.tensor.NetworkInput;
import io.github.resnetserving.tensor.NetworkOutput;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.springframework.beans.factory.InitializingBean;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.test.context.TestConfiguration;
import org.springframework.context.annotation.Bean;

/** A model {@code net} that answers when it is let, and fails when it is told to. */
@TestConfiguration(proxyBeanMethods = false)
@EnableAutoConfiguration
class GatedModel {

  /** Where batches wait; open at first. */
  static final class Gate {

    private volatile CountDownLatch entered = new CountDownLatch(0);
    private volatile CountDownLatch released = new CountDownLatch(0);
    private final AtomicInteger images = new AtomicInteger();
    private volatile boolean broken;

    /** Batches wait from now on. */
    void close() {
      entered = new CountDownLatch(1);
      released = new CountDownLatch(1);
    }

    /** Waits until a batch waits. */
    void awaitBatch() throws InterruptedException {
      entered.await();
    }

    void open() {
      released.countDown();
    }

    void broken(boolean now) {
      broken = now;
    }

    /** How many images batches have had, those before the first request included. */
    int images() {
      return images.get();
    }

    private List<NetworkOutput> run(List<NetworkInput> inputs) throws InterruptedException {
      images.addAndGet(inputs.size());
      entered.countDown();
      released.await();
      if (broken) {
        throw new IllegalStateException("broken on purpose");
      }
      return ServingTest.Models.run(inputs);
    }
  }

  @Bean
  RecordedAdministration administration(
      ModelRepository repository, ModelServer server, ModelFetcher fetcher) {
    return new RecordedAdministration(repository, server, fetcher);
  }

  @Bean
  Gate gate() {
    return new Gate();
  }

  @Bean
  InitializingBean model(ModelServer server, Gate gate) {
    return () ->
        server.serve(
            ServingTest.Models.spec("net"),
            () -> new PlanReport("fused", "fp32", 1, List.of()),
            gate::run,
            /* intermediates= */ null,
            () -> {});
  }
}
