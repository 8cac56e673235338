package io.github.resnetserving.image;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/** A shared library of the system, loaded once and for good. */
@SuppressWarnings("restricted") // native code is what this package asks the launcher to allow
final class NativeLibrary {

  private final SymbolLookup symbols;

  private NativeLibrary(SymbolLookup symbols) {
    this.symbols = symbols;
  }

  /**
   * Binds the first of {@code names} that the system's loader finds and that has all functions
   * which {@code binder} asks for; nothing where there is none or native access is denied.
   */
  static <T> Optional<T> find(List<String> names, Function<NativeLibrary, T> binder) {
    for (String name : names) {
      try {
        SymbolLookup symbols = SymbolLookup.libraryLookup(name, Arena.global());
        return Optional.of(binder.apply(new NativeLibrary(symbols)));
      } catch (IllegalArgumentException | IllegalCallerException e) {
        // Absent, too old, or not allowed: the next name, or the decoder in Java.
      }
    }
    return Optional.empty();
  }

  /** What a call of native code threw, which declares Throwable, as what may be thrown. */
  static IllegalStateException unexpected(Throwable thrown) {
    return switch (thrown) {
      case RuntimeException e -> throw e;
      case Error e -> throw e;
      default -> new IllegalStateException(thrown);
    };
  }

  boolean has(String name) {
    return symbols.find(name).isPresent();
  }

  /** Binds a function that gives something. */
  MethodHandle function(String name, MemoryLayout result, MemoryLayout... arguments) {
    return bind(name, FunctionDescriptor.of(result, arguments));
  }

  /** Binds a function that gives nothing. */
  MethodHandle procedure(String name, MemoryLayout... arguments) {
    return bind(name, FunctionDescriptor.ofVoid(arguments));
  }

  private MethodHandle bind(String name, FunctionDescriptor descriptor) {
    return Linker.nativeLinker()
        .downcallHandle(
            symbols
                .find(name)
                .orElseThrow(() -> new IllegalArgumentException("the library lacks " + name)),
            descriptor);
  }
}
