package io.github.resnetserving.engine;

import io.github.resnetserving.plan.Target;

/** What networks are computed on. */
public sealed interface ComputeDevice {

  ComputeDevice CPU = new Processor();

  /** The machine's processors, or its container's share of them. */
  record Processor() implements ComputeDevice {

    @Override
    public String id() {
      return "cpu";
    }

    @Override
    public Target target() {
      return Target.CPU;
    }

    @Override
    public int workers(int wanted) {
      return wanted;
    }
  }

  /**
   * One GPU.
   *
   * @param index as CUDA counts those that this process may see
   * @param name such as {@code NVIDIA H200}
   */
  record Gpu(int index, String name) implements ComputeDevice {

    @Override
    public String id() {
      return "gpu:" + index;
    }

    @Override
    public Target target() {
      return Target.GPU;
    }

    @Override
    public int workers(int wanted) {
      return 1;
    }
  }

  /** As options spell it: {@code cpu}, {@code gpu:0}. */
  String id();

  /** What its plans are written for. */
  Target target();

  /** Batches that are computed at the same time where so many are wanted: a GPU has one worker. */
  int workers(int wanted);
}
