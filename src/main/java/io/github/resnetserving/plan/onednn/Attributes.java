package io.github.resnetserving.plan.onednn;

import io.github.resnetserving.graph.Step.Linear.Function;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/**
 * What a primitive is told beside its tensors; needed only while it is made.
 *
 * @param handle of {@code dnnl_primitive_attr_t}
 */
record Attributes(Functions functions, MemorySegment handle) implements AutoCloseable {

  private static final int RELU = 0x20;
  private static final int LINEAR = 0x26;
  private static final int LOGISTIC = 0x29;
  private static final int USER_SCRATCHPAD = 1;
  private static final int UNDEFINED_TYPE = 0; // that of the destination

  /** A scale for the whole tensor, and one for each of the weights' output channels. */
  private static final int ONE = 0;

  private static final int PER_OUTPUT = 1;

  /** The weights of a convolution in groups have a dimension more. */
  private static final int PER_GROUP_AND_OUTPUT = 3;

  /** The caller brings the scratchpad. */
  static Attributes plain(Functions functions) {
    MemorySegment handle =
        Status.handle(
            "dnnl_primitive_attr_create", out -> (int) functions.attributesCreate.invokeExact(out));
    Status.check(
        "dnnl_primitive_attr_set_scratchpad_mode",
        () -> (int) functions.attributesScratchpad.invokeExact(handle, USER_SCRATCHPAD));
    return new Attributes(functions, handle);
  }

  /** The same with a scale of the source. */
  static Attributes scaled(Functions functions) {
    Attributes attributes = plain(functions);
    attributes.scale(Role.SOURCE, ONE);
    return attributes;
  }

  /** The same with an epilogue. */
  static Attributes of(Functions functions, Epilogue epilogue, boolean groups) {
    Attributes attributes = plain(functions);
    if (epilogue.quantized()) {
      attributes.scale(Role.SOURCE, ONE);
      attributes.scale(Role.WEIGHTS, groups ? PER_GROUP_AND_OUTPUT : PER_OUTPUT);
      attributes.scale(Role.DESTINATION, ONE);
    }
    if (epilogue.zeroPoint()) {
      Status.check(
          "dnnl_primitive_attr_set_zero_points_mask",
          () ->
              (int)
                  functions.attributesZeroPoints.invokeExact(
                      attributes.handle, Role.DESTINATION.code(), ONE));
    }
    attributes.then(operations(epilogue));
    return attributes;
  }

  private void scale(Role role, int mask) {
    Status.check(
        "dnnl_primitive_attr_set_scales_mask",
        () -> (int) functions.attributesScales.invokeExact(handle, role.code(), mask));
  }

  /** One operation on a result, after those before it. */
  private sealed interface Operation {
    /** {@code scale (value - zeroPoint)} of what lies at the destination is added. */
    record Sum(float scale, int zeroPoint) implements Operation {}

    /** A function of each number, with the two parameters that oneDNN gives it. */
    record Elementwise(int function, float alpha, float beta) implements Operation {}
  }

  private static final Operation.Elementwise RECTIFIED = new Operation.Elementwise(RELU, 0, 0);

  private static List<Operation> operations(Epilogue epilogue) {
    List<Operation> operations = new ArrayList<>();
    Epilogue.Addend addend = epilogue.addend();
    if (addend != null) {
      operations.add(new Operation.Sum(addend.scale(), addend.zeroPoint()));
    }
    if (epilogue.relu()) {
      operations.add(RECTIFIED);
    }
    return operations;
  }

  /** The same with a function of each number. */
  static Attributes of(Functions functions, Function function) {
    Attributes attributes = plain(functions);
    attributes.then(
        switch (function) {
          case IDENTITY -> List.of();
          case RELU -> List.of(RECTIFIED);
          case SIGMOID -> List.of(new Operation.Elementwise(LOGISTIC, 0, 0));
        });
    return attributes;
  }

  /**
   * The same with {@code relu(value + addend)}, as a step of the destination's.
   *
   * @param step by which the destination's numbers are multiplied to be real
   */
  static Attributes sum(Functions functions, Epilogue.Addend addend, float step) {
    Attributes attributes = plain(functions);
    float scale = addend.scale() / step;
    List<Operation> operations = new ArrayList<>();
    if (step != 1) { // a sum after a product has no zero point of its own
      operations.add(new Operation.Elementwise(LINEAR, 1 / step, -scale * addend.zeroPoint()));
    }
    operations.add(new Operation.Sum(scale, 0));
    operations.add(RECTIFIED);
    attributes.then(operations);
    return attributes;
  }

  private void then(List<Operation> operations) {
    MemorySegment list =
        Status.handle(
            "dnnl_post_ops_create", out -> (int) functions.postOpsCreate.invokeExact(out));
    for (Operation operation : operations) {
      switch (operation) {
        case Operation.Sum(float scale, int zeroPoint) ->
            Status.check(
                "dnnl_post_ops_append_sum",
                () ->
                    (int) functions.postOpsSum.invokeExact(list, scale, zeroPoint, UNDEFINED_TYPE));
        case Operation.Elementwise(int function, float alpha, float beta) ->
            Status.check(
                "dnnl_post_ops_append_eltwise",
                () -> (int) functions.postOpsEltwise.invokeExact(list, function, alpha, beta));
      }
    }
    Status.check(
        "dnnl_primitive_attr_set_post_ops",
        () -> (int) functions.attributesPostOps.invokeExact(handle, list)); // copies them
    Status.check("dnnl_post_ops_destroy", () -> (int) functions.postOpsDestroy.invokeExact(list));
  }

  @Override
  public void close() {
    Status.check(
        "dnnl_primitive_attr_destroy", () -> (int) functions.attributesDestroy.invokeExact(handle));
  }
}
