package io.github.resnetserving.engine;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.util.ArrayList;
import java.util.List;

/**
 * Asks NVIDIA's driver for its GPUs. The driver comes with the GPU, also into containers, and heeds
 * {@code CUDA_VISIBLE_DEVICES}; CUDA's runtime library, which DJL asks, is on no search path where
 * libtorch comes from a Python package.
 *
 * @see <a href="https://docs.nvidia.com/cuda/cuda-driver-api/">CUDA Driver API</a>
 */
final class NvidiaDriver {

  private static final int NAME_BYTES = 256;

  private final SymbolLookup library;
  private final Linker linker = Linker.nativeLinker();

  private NvidiaDriver(SymbolLookup library) {
    this.library = library;
  }

  /** What there is; never fails. */
  static Gpus gpus() {
    String name = System.mapLibraryName("cuda").replace("cuda.dll", "nvcuda.dll");
    return gpus(name.endsWith(".so") ? name + ".1" : name);
  }

  /** The same from a library of another name. */
  @SuppressWarnings("restricted") // loads the driver, whose functions are called as cuda.h has them
  static Gpus gpus(String name) {
    SymbolLookup library;
    try {
      library = SymbolLookup.libraryLookup(name, Arena.global()); // it may not be unloaded
    } catch (IllegalArgumentException e) {
      return Gpus.none("there is no NVIDIA driver (%s)".formatted(name));
    }
    try {
      return new NvidiaDriver(library).list();
    } catch (IllegalStateException e) {
      return Gpus.none(String.valueOf(e.getMessage()));
    }
  }

  private Gpus list() {
    call("cuInit", FunctionDescriptor.of(JAVA_INT, JAVA_INT), 0); // no flags
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment number = arena.allocate(JAVA_INT);
      MemorySegment text = arena.allocate(NAME_BYTES);
      call("cuDeviceGetCount", FunctionDescriptor.of(JAVA_INT, ADDRESS), number);
      int count = number.get(JAVA_INT, 0);
      List<String> names = new ArrayList<>();
      for (int i = 0; i < count; i++) {
        call("cuDeviceGet", FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_INT), number, i);
        call(
            "cuDeviceGetName",
            FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_INT, JAVA_INT),
            text,
            NAME_BYTES,
            number.get(JAVA_INT, 0));
        names.add(text.getString(0));
      }
      return names.isEmpty() ? Gpus.none("the NVIDIA driver has no GPU") : new Gpus(names, "");
    }
  }

  /** Every function gives 0, or the number of an error, such as 100 for no device. */
  @SuppressWarnings("restricted")
  private void call(String function, FunctionDescriptor type, Object... arguments) {
    MethodHandle handle =
        library
            .find(function)
            .map(address -> linker.downcallHandle(address, type))
            .orElseThrow(() -> new IllegalStateException("the NVIDIA driver has no " + function));
    int error;
    try {
      error = (int) handle.invokeWithArguments(arguments);
    } catch (RuntimeException | Error e) {
      throw e;
    } catch (Throwable e) {
      throw new IllegalStateException(e);
    }
    if (error != 0) {
      throw new IllegalStateException(
          error == 100
              ? "the NVIDIA driver has no GPU for this process"
              : "the NVIDIA driver answers %s with error %d".formatted(function, error));
    }
  }

  /**
   * The GPUs that this process may see.
   *
   * @param names in CUDA's order
   * @param reason why there are none, as part of a sentence; empty where there are some
   */
  record Gpus(List<String> names, String reason) {

    Gpus {
      names = List.copyOf(names);
    }

    static Gpus of(String... names) {
      return new Gpus(List.of(names), "");
    }

    static Gpus none(String reason) {
      return new Gpus(List.of(), reason);
    }
  }
}
