package io.github.resnetserving.plan.onednn;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.github.resnetserving.graph.Step.Linear.Function;
import io.github.resnetserving.tensor.DType;
import java.lang.foreign.Arena;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;

/**
 * Descriptors, primitives, calls and memory that belong together; all are freed when it is closed,
 * and must not be used any more. Thread-safe.
 *
 * <p>A primitive is made for as many threads as OpenMP has for the calling thread, and runs on
 * threads with as many.
 */
final class Session implements AutoCloseable {

  private static final int FORWARD_INFERENCE = 96;
  private static final int CONVOLUTION_DIRECT = 1;
  private static final int MAX_POOLING = 0x1ff;
  private static final int AVERAGE_POOLING = 0x2ff;
  private static final int AVERAGE_POOLING_OF_WHAT_IS_INSIDE = 0x3ff;
  private static final int PRODUCT = 0x1fff1;
  private static final int ANY_LAYOUT = 1;
  private static final int IN_ORDER = 1;
  private static final int QUERY_IMPLEMENTATION = 8;
  private static final int QUERY_WEIGHTS = 131;
  private static final int QUERY_SCRATCHPAD = 136;

  private static final int LONGEST_NAME = 256;

  /** As many as an AVX-512 register, and as a line of the cache. */
  private static final int ALIGNMENT = 64;

  /** {@code dnnl_exec_arg_t}. */
  static final StructLayout ARGUMENT =
      MemoryLayout.structLayout(
          JAVA_INT.withName("arg"), MemoryLayout.paddingLayout(4), ADDRESS.withName("memory"));

  private final Functions functions;
  private final MemorySegment engine;
  private final MemorySegment stream;
  private final Arena arena = Arena.ofShared();
  private final Deque<Runnable> destruction = new ArrayDeque<>(); // guarded by itself

  Session(Functions functions, MemorySegment engine) {
    this.functions = functions;
    this.engine = engine;
    this.stream =
        kept(
            "dnnl_stream_create",
            out -> (int) functions.streamCreate.invokeExact(out, engine, IN_ORDER),
            made -> (int) functions.streamDestroy.invokeExact(made));
  }

  /** A new one, of a life of its own. */
  Session another() {
    return new Session(functions, engine);
  }

  /** Frees what a creation has made. */
  @FunctionalInterface
  private interface Destruction {
    int call(MemorySegment made) throws Throwable;
  }

  private MemorySegment kept(String name, Status.Creation creation, Destruction destroy) {
    MemorySegment made = Status.handle(name, creation);
    synchronized (destruction) {
      destruction.push(() -> Status.check("its destruction", () -> destroy.call(made)));
    }
    return made;
  }

  /** Native memory of zeros, aligned as oneDNN likes it. */
  MemorySegment allocate(long bytes) {
    return arena.allocate(Math.max(bytes, 1), ALIGNMENT);
  }

  /** The last dimension is contiguous. */
  Descriptor rowMajor(DType type, long... shape) {
    long[] strides = new long[shape.length];
    long stride = 1;
    for (int i = shape.length - 1; i >= 0; i--) {
      strides[i] = stride;
      stride *= shape[i];
    }
    return strided(type, shape, strides);
  }

  /** A batch of square maps whose pixels' channels lie together. */
  Descriptor channelsLast(DType type, long count, long channels, long side) {
    return strided(
        type,
        new long[] {count, channels, side, side},
        new long[] {channels * side * side, 1, channels * side, channels});
  }

  private Descriptor strided(DType type, long[] shape, long[] strides) {
    return descriptor(memory ->
        kept(
            "dnnl_memory_desc_create_with_strides",
            out ->
                (int)
                    functions.descriptorWithStrides.invokeExact(
                        out,
                        shape.length,
                        memory.allocateFrom(JAVA_LONG, shape),
                        type.oneDnn(),
                        memory.allocateFrom(JAVA_LONG, strides)),
            made -> (int) functions.descriptorDestroy.invokeExact(made)));
  }

  /** Leaves the layout to the primitive. */
  Descriptor anyLayout(DType type, long... shape) {
    return descriptor(memory ->
        kept(
            "dnnl_memory_desc_create_with_tag",
            out ->
                (int)
                    functions.descriptorWithTag.invokeExact(
                        out,
                        shape.length,
                        memory.allocateFrom(JAVA_LONG, shape),
                        type.oneDnn(),
                        ANY_LAYOUT),
            made -> (int) functions.descriptorDestroy.invokeExact(made)));
  }

  private Descriptor descriptor(java.util.function.Function<Arena, MemorySegment> creation) {
    try (Arena memory = Arena.ofConfined()) {
      return described(creation.apply(memory));
    }
  }

  private Descriptor described(MemorySegment handle) {
    try {
      return new Descriptor(handle, (long) functions.descriptorSize.invokeExact(handle));
    } catch (Throwable e) {
      throw Status.unexpected(e);
    }
  }

  /** Whether tensors of both lie in memory alike. */
  boolean alike(Descriptor a, Descriptor b) {
    try {
      return (int) functions.descriptorEqual.invokeExact(a.handle(), b.handle()) != 0;
    } catch (Throwable e) {
      throw Status.unexpected(e);
    }
  }

  /**
   * A square convolution with equal padding on all sides.
   *
   * @param grouped whether the weights are (groups, outputs of a group, inputs of a group, kernel,
   *     kernel)
   * @throws OneDnnException if there is none of these on this processor
   */
  Primitive convolution(
      Descriptor source,
      Descriptor weights,
      Descriptor bias,
      Descriptor destination,
      int stride,
      int padding,
      Epilogue epilogue,
      boolean grouped) {
    try (Arena memory = Arena.ofConfined();
        Attributes attributes = Attributes.of(functions, epilogue, grouped)) {
      MemorySegment strides = pair(memory, stride);
      MemorySegment dilations = pair(memory, 0);
      MemorySegment paddings = pair(memory, padding);
      return primitive(
          "dnnl_convolution_forward_primitive_desc_create",
          out ->
              (int)
                  functions.convolution.invokeExact(
                      out,
                      engine,
                      FORWARD_INFERENCE,
                      CONVOLUTION_DIRECT,
                      source.handle(),
                      weights.handle(),
                      bias.handle(),
                      destination.handle(),
                      strides,
                      dilations,
                      paddings,
                      paddings,
                      attributes.handle()));
    }
  }

  /** Both dimensions of a map alike. */
  private static MemorySegment pair(Arena memory, int value) {
    return memory.allocateFrom(JAVA_LONG, value, value);
  }

  /**
   * The largest of each 3×3 window, at stride 2.
   *
   * @param before pixels of padding above and on the left
   * @param after pixels of padding below and on the right
   */
  Primitive maxPool(Descriptor source, Descriptor destination, int before, int after) {
    return pool(MAX_POOLING, source, destination, /* kernel= */ 3, /* stride= */ 2, before, after);
  }

  /**
   * The mean of each channel of square maps.
   *
   * @param destination maps of one pixel
   */
  Primitive globalAveragePool(Descriptor source, Descriptor destination, int side) {
    return pool(AVERAGE_POOLING, source, destination, side, side, 0, 0);
  }

  /**
   * The mean of each square window, which lie side by side.
   *
   * @param beyond by how many pixels the last windows reach beyond the right and the lower edge;
   *     these do not count
   */
  Primitive averagePool(Descriptor source, Descriptor destination, int window, int beyond) {
    return pool(AVERAGE_POOLING_OF_WHAT_IS_INSIDE, source, destination, window, window, 0, beyond);
  }

  private Primitive pool(
      int algorithm,
      Descriptor source,
      Descriptor destination,
      int kernel,
      int stride,
      int before,
      int after) {
    try (Arena memory = Arena.ofConfined();
        Attributes attributes = Attributes.plain(functions)) {
      MemorySegment strides = pair(memory, stride);
      MemorySegment kernels = pair(memory, kernel);
      MemorySegment dilations = pair(memory, 0);
      MemorySegment leading = pair(memory, before);
      MemorySegment trailing = pair(memory, after);
      return primitive(
          "dnnl_pooling_forward_primitive_desc_create",
          out ->
              (int)
                  functions.pooling.invokeExact(
                      out,
                      engine,
                      FORWARD_INFERENCE,
                      algorithm,
                      source.handle(),
                      destination.handle(),
                      strides,
                      kernels,
                      dilations,
                      leading,
                      trailing,
                      attributes.handle()));
    }
  }

  /**
   * {@code relu(factors · source + addend)}, where the addend lies at the destination.
   *
   * @param factors a number for each channel of each image
   * @param step by which the destination's numbers are multiplied to be real
   */
  Primitive excitation(
      Descriptor source,
      Descriptor factors,
      Descriptor destination,
      Epilogue.Addend addend,
      float step) {
    try (Attributes attributes = Attributes.sum(functions, addend, step)) {
      return primitive(
          "dnnl_binary_primitive_desc_create",
          out ->
              (int)
                  functions.binary.invokeExact(
                      out,
                      engine,
                      PRODUCT,
                      source.handle(),
                      factors.handle(),
                      destination.handle(),
                      attributes.handle()));
    }
  }

  /** {@code function(source · weightsᵀ + bias)}. */
  Primitive innerProduct(
      Descriptor source,
      Descriptor weights,
      Descriptor bias,
      Descriptor destination,
      Function function) {
    try (Attributes attributes = Attributes.of(functions, function)) {
      return primitive(
          "dnnl_inner_product_forward_primitive_desc_create",
          out ->
              (int)
                  functions.innerProduct.invokeExact(
                      out,
                      engine,
                      FORWARD_INFERENCE,
                      source.handle(),
                      weights.handle(),
                      bias.handle(),
                      destination.handle(),
                      attributes.handle()));
    }
  }

  /** Copies a tensor into another layout or type. */
  void copy(Descriptor from, MemorySegment source, Descriptor to, MemorySegment target) {
    try (Session once = another()) {
      Primitive reorder = once.reorder(from, to);
      MemorySegment scratchpad = once.allocate(reorder.scratchpad().bytes());
      once.call(
              reorder,
              List.of(
                  new Operand(Role.SOURCE, from, source),
                  new Operand(Role.DESTINATION, to, target),
                  new Operand(Role.SCRATCHPAD, reorder.scratchpad(), scratchpad)))
          .run();
    }
  }

  /** Into another layout or type. */
  Primitive reorder(Descriptor from, Descriptor to) {
    return reorder(from, to, Attributes.plain(functions));
  }

  /** The same times a scale, which is an operand. */
  Primitive scaledReorder(Descriptor from, Descriptor to) {
    return reorder(from, to, Attributes.scaled(functions));
  }

  private Primitive reorder(Descriptor from, Descriptor to, Attributes attributes) {
    try (attributes) {
      return primitive(
          "dnnl_reorder_primitive_desc_create",
          out ->
              (int)
                  functions.reorder.invokeExact(
                      out, from.handle(), engine, to.handle(), engine, attributes.handle()));
    }
  }

  private Primitive primitive(String name, Status.Creation creation) {
    MemorySegment definition =
        kept(name, creation, made -> (int) functions.definitionDestroy.invokeExact(made));
    return new Primitive(
        kept(
            "dnnl_primitive_create",
            out -> (int) functions.primitiveCreate.invokeExact(out, definition),
            made -> (int) functions.primitiveDestroy.invokeExact(made)),
        implementation(definition),
        query(definition, QUERY_WEIGHTS),
        query(definition, QUERY_SCRATCHPAD));
  }

  @SuppressWarnings("restricted") // a C string
  private String implementation(MemorySegment definition) {
    return Status.handle(
            "dnnl_primitive_desc_query",
            out -> (int) functions.query.invokeExact(definition, QUERY_IMPLEMENTATION, 0, out))
        .reinterpret(LONGEST_NAME)
        .getString(0);
  }

  private Descriptor query(MemorySegment definition, int what) {
    try {
      return described((MemorySegment) functions.queryDescriptor.invokeExact(definition, what, 0));
    } catch (Throwable e) {
      throw Status.unexpected(e);
    }
  }

  /** A primitive with its operands, ready to run. */
  Call call(Primitive primitive, List<Operand> operands) {
    MemorySegment arguments = arena.allocate(ARGUMENT, operands.size());
    for (int i = 0; i < operands.size(); i++) {
      Operand operand = operands.get(i);
      MemorySegment memory =
          kept(
              "dnnl_memory_create",
              out ->
                  (int)
                      functions.memoryCreate.invokeExact(
                          out, operand.descriptor().handle(), engine, operand.memory()),
              made -> (int) functions.memoryDestroy.invokeExact(made));
      long at = i * ARGUMENT.byteSize();
      arguments.set(JAVA_INT, at, operand.role().code());
      arguments.set(ADDRESS, at + 8, memory);
    }
    return new Call(functions, stream, primitive.handle(), arguments, operands.size());
  }

  @Override
  public void close() {
    synchronized (destruction) {
      destruction.forEach(Runnable::run); // the last made first
      destruction.clear();
    }
    arena.close();
  }
}
