package io.github.resnetserving.batch;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Semaphore;

/** Answers in upper case, one batch whenever the test lets one through, and keeps what it got. */
final class GatedFunction implements BatchFunction<String, String> {

  private final List<List<String>> batches = new CopyOnWriteArrayList<>();
  private final Semaphore entered = new Semaphore(0);
  private final Semaphore gate = new Semaphore(0);

  @Override
  public List<String> apply(List<String> inputs) throws InterruptedException {
    batches.add(inputs);
    entered.release();
    gate.acquire();
    return inputs.stream().map(input -> input + "!").toList();
  }

  void awaitBatch() throws InterruptedException {
    entered.acquire();
  }

  void letThrough(int count) {
    gate.release(count);
  }

  List<List<String>> batches() {
    return List.copyOf(batches);
  }
}
