package io.github.resnetserving.plan.onednn;

import java.lang.foreign.MemorySegment;

/**
 * What a primitive is told beside its tensors; needed only while it is made.
 *
 * @param handle of {@code dnnl_primitive_attr_t}
 */
record Attributes(Functions functions, MemorySegment handle) implements AutoCloseable {

  private static final int RELU = 0x20;
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
    attributes.then(epilogue);
    return attributes;
  }

  private void scale(Role role, int mask) {
    Status.check(
        "dnnl_primitive_attr_set_scales_mask",
        () -> (int) functions.attributesScales.invokeExact(handle, role.code(), mask));
  }

  private void then(Epilogue epilogue) {
    MemorySegment operations =
        Status.handle(
            "dnnl_post_ops_create", out -> (int) functions.postOpsCreate.invokeExact(out));
    Epilogue.Addend addend = epilogue.addend();
    if (addend != null) {
      Status.check(
          "dnnl_post_ops_append_sum",
          () ->
              (int)
                  functions.postOpsSum.invokeExact(
                      operations, addend.scale(), addend.zeroPoint(), UNDEFINED_TYPE));
    }
    if (epilogue.relu()) {
      Status.check(
          "dnnl_post_ops_append_eltwise",
          () -> (int) functions.postOpsEltwise.invokeExact(operations, RELU, 0f, 0f));
    }
    Status.check(
        "dnnl_primitive_attr_set_post_ops",
        () -> (int) functions.attributesPostOps.invokeExact(handle, operations)); // copies them
    Status.check(
        "dnnl_post_ops_destroy", () -> (int) functions.postOpsDestroy.invokeExact(operations));
  }

  @Override
  public void close() {
    Status.check(
        "dnnl_primitive_attr_destroy", () -> (int) functions.attributesDestroy.invokeExact(handle));
  }
}
