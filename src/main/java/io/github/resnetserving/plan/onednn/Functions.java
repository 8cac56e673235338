package io.github.resnetserving.plan.onednn;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.util.Map;
import java.util.Optional;

/** Those of oneDNN's C functions that are needed, as {@code dnnl.h} of version 3 declares them. */
@SuppressWarnings("restricted") // the signatures are those of dnnl.h
final class Functions {

  private final Map<String, Long> addresses;
  private final long base;

  final MethodHandle version;
  final MethodHandle engineCreate;
  final MethodHandle streamCreate;
  final MethodHandle streamDestroy;
  final MethodHandle descriptorWithTag;
  final MethodHandle descriptorWithStrides;
  final MethodHandle descriptorSize;
  final MethodHandle descriptorEqual;
  final MethodHandle descriptorDestroy;
  final MethodHandle attributesCreate;
  final MethodHandle attributesDestroy;
  final MethodHandle attributesScratchpad;
  final MethodHandle attributesScales;
  final MethodHandle attributesZeroPoints;
  final MethodHandle attributesPostOps;
  final MethodHandle postOpsCreate;
  final MethodHandle postOpsDestroy;
  final MethodHandle postOpsSum;
  final MethodHandle postOpsEltwise;
  final MethodHandle convolution;
  final MethodHandle pooling;
  final MethodHandle innerProduct;
  final MethodHandle binary;
  final MethodHandle reorder;
  final MethodHandle query;
  final MethodHandle queryDescriptor;
  final MethodHandle definitionDestroy;
  final MethodHandle primitiveCreate;
  final MethodHandle primitiveDestroy;
  final MethodHandle primitiveExecute;
  final MethodHandle memoryCreate;
  final MethodHandle memoryDestroy;

  /**
   * @param addresses as if the library were loaded at 0
   * @param base where it is loaded
   * @throws IllegalArgumentException if one is missing
   */
  Functions(Map<String, Long> addresses, long base) {
    this.addresses = addresses;
    this.base = base;
    MemoryLayout a = ADDRESS;
    MemoryLayout i = JAVA_INT;
    version = find("version", FunctionDescriptor.of(ADDRESS));
    engineCreate = status("engine_create", a, i, JAVA_LONG);
    streamCreate = status("stream_create", a, a, i);
    streamDestroy = status("stream_destroy", a);
    descriptorWithTag = status("memory_desc_create_with_tag", a, i, a, i, i);
    descriptorWithStrides = status("memory_desc_create_with_strides", a, i, a, i, a);
    descriptorSize = find("memory_desc_get_size", FunctionDescriptor.of(JAVA_LONG, a));
    descriptorEqual = status("memory_desc_equal", a, a);
    descriptorDestroy = status("memory_desc_destroy", a);
    attributesCreate = status("primitive_attr_create", a);
    attributesDestroy = status("primitive_attr_destroy", a);
    attributesScratchpad = status("primitive_attr_set_scratchpad_mode", a, i);
    attributesScales = status("primitive_attr_set_scales_mask", a, i, i);
    attributesZeroPoints = status("primitive_attr_set_zero_points_mask", a, i, i);
    attributesPostOps = status("primitive_attr_set_post_ops", a, a);
    postOpsCreate = status("post_ops_create", a);
    postOpsDestroy = status("post_ops_destroy", a);
    postOpsSum = status("post_ops_append_sum", a, JAVA_FLOAT, i, i);
    postOpsEltwise = status("post_ops_append_eltwise", a, i, JAVA_FLOAT, JAVA_FLOAT);
    convolution =
        status("convolution_forward_primitive_desc_create", a, a, i, i, a, a, a, a, a, a, a, a, a);
    pooling = status("pooling_forward_primitive_desc_create", a, a, i, i, a, a, a, a, a, a, a, a);
    innerProduct = status("inner_product_forward_primitive_desc_create", a, a, i, a, a, a, a, a);
    binary = status("binary_primitive_desc_create", a, a, i, a, a, a, a);
    reorder = status("reorder_primitive_desc_create", a, a, a, a, a, a);
    query = status("primitive_desc_query", a, i, i, a);
    queryDescriptor = find("primitive_desc_query_md", FunctionDescriptor.of(ADDRESS, a, i, i));
    definitionDestroy = status("primitive_desc_destroy", a);
    primitiveCreate = status("primitive_create", a, a);
    primitiveDestroy = status("primitive_destroy", a);
    primitiveExecute = status("primitive_execute", a, a, i, a);
    memoryCreate = status("memory_create", a, a, a, a);
    memoryDestroy = status("memory_destroy", a);
  }

  private MethodHandle status(String name, MemoryLayout... parameters) {
    return find(name, FunctionDescriptor.of(JAVA_INT, parameters));
  }

  private MethodHandle find(String name, FunctionDescriptor descriptor) {
    long address =
        Optional.ofNullable(addresses.get("dnnl_" + name))
            .orElseThrow(() -> new IllegalArgumentException("the library lacks dnnl_" + name));
    return Linker.nativeLinker()
        .downcallHandle(MemorySegment.ofAddress(base + address), descriptor);
  }
}
