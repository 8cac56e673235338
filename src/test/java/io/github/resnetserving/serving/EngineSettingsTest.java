package io.github.resnetserving.serving;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** What {@code resnet.engine} makes of a machine's processors. */
class EngineSettingsTest {

  @Test
  void twoProcessorsHaveAWorkerEach() {
    var engine = new EngineProperties(0, 0, null, true);

    assertThat(engine.workers(2)).isEqualTo(2);
    assertThat(engine.threadsPerWorker(2)).isEqualTo(1);
  }

  @Test
  void oneProcessorAndMoreThanTwoHaveOneWorker() {
    var engine = new EngineProperties(0, 0, null, true);

    assertThat(engine.workers(1)).isEqualTo(1);
    assertThat(engine.threadsPerWorker(1)).isEqualTo(1);
    assertThat(engine.workers(8)).isEqualTo(1);
    assertThat(engine.threadsPerWorker(8)).isEqualTo(8);
  }

  @Test
  void givenWorkersShareTheProcessors() {
    var engine = new EngineProperties(3, 0, null, true);

    assertThat(engine.workers(8)).isEqualTo(3);
    assertThat(engine.threadsPerWorker(8)).isEqualTo(2);
  }

  @Test
  void givenThreadsAreThoseOfOneWorker() {
    var engine = new EngineProperties(0, 2, null, true);

    assertThat(engine.workers(2)).isEqualTo(1);
    assertThat(engine.threadsPerWorker(2)).isEqualTo(2);
  }
}
