package io.github.resnetserving.plan.onednn;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.Map;
import java.util.Optional;

/**
 * oneDNN as it lies inside a library that is loaded already. Thread-safe.
 *
 * <p>libtorch links oneDNN statically and does not export it, so its C functions are taken from the
 * library's symbol table.
 */
public final class OneDnn {

  /** Descriptors, scales and post-operations changed their meaning between major versions. */
  private static final int MAJOR = 3;

  private static final int CPU = 1;

  private final Functions functions;
  private final MemorySegment engine;
  private final String version;

  private OneDnn(Functions functions) {
    this.functions = functions;
    this.version = version(functions);
    this.engine =
        Status.handle(
            "dnnl_engine_create", out -> (int) functions.engineCreate.invokeExact(out, CPU, 0L));
  }

  /**
   * Looks for oneDNN in a library of this process.
   *
   * @param library name of its file
   * @return nothing where the library is not loaded, was stripped of its symbols, has another major
   *     version, where this is not Linux, or where native access is denied
   */
  public static Optional<OneDnn> find(String library) {
    try {
      Optional<LoadedLibrary> loaded = LoadedLibrary.find(library);
      if (loaded.isEmpty()) {
        return Optional.empty();
      }
      Map<String, Long> addresses = SymbolTable.functions(loaded.get().file(), "dnnl_");
      OneDnn found = new OneDnn(new Functions(addresses, loaded.get().base()));
      return found.version.startsWith(MAJOR + ".") ? Optional.of(found) : Optional.empty();
    } catch (IOException | IllegalArgumentException | IllegalCallerException e) {
      return Optional.empty();
    }
  }

  @SuppressWarnings("restricted") // dnnl_version_t begins with three ints
  private static String version(Functions functions) {
    try {
      MemorySegment version =
          ((MemorySegment) functions.version.invokeExact()).reinterpret(3 * Integer.BYTES);
      return "%d.%d.%d"
          .formatted(
              version.getAtIndex(JAVA_INT, 0),
              version.getAtIndex(JAVA_INT, 1),
              version.getAtIndex(JAVA_INT, 2));
    } catch (Throwable e) {
      throw Status.unexpected(e);
    }
  }

  /** Such as {@code 3.7.1}. */
  public String version() {
    return version;
  }

  /** Begins to make primitives. */
  Session open() {
    return new Session(functions, engine);
  }
}
