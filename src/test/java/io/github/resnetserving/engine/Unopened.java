package io.github.resnetserving.engine;

import io.github.resnetserving.models.Preprocessing;

/** A network that nobody may open. */
final class Unopened implements PlanSource {

  static final Unopened INSTANCE = new Unopened();

  @Override
  public String name() {
    return "unopened";
  }

  @Override
  public String identity() {
    return "unopened";
  }

  @Override
  public Preprocessing preprocessing() {
    return Preprocessing.CIFAR;
  }

  @Override
  public void open(Use use) {
    throw new AssertionError("this network is not to be opened");
  }
}
