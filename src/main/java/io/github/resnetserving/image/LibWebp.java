package io.github.resnetserving.image;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.util.List;
import java.util.Optional;

/** libwebp's one-call decoder, which Pillow uses too. Thread-safe. */
final class LibWebp {

  private static final List<String> NAMES =
      List.of("libwebp.so.7", "libwebp.7.dylib", "libwebp.dll");

  private final MethodHandle decodeRgbaInto;

  private LibWebp(NativeLibrary library) {
    // Both sizes are C's size_t.
    decodeRgbaInto =
        library.function(
            "WebPDecodeRGBAInto",
            FunctionDescriptor.of(ADDRESS, ADDRESS, JAVA_LONG, ADDRESS, JAVA_LONG, JAVA_INT));
  }

  /** The library, where the system has it. */
  static Optional<LibWebp> find() {
    return NativeLibrary.find(NAMES, LibWebp::new);
  }

  /**
   * Decodes a whole still picture.
   *
   * @param still a file without animation
   * @param width its columns; the library refuses to write beyond width x height pixels
   * @return (height, width, 4) RGBA, not premultiplied
   */
  byte[] decode(byte[] still, int width, int height) throws UnreadableImageException {
    byte[] rgba = new byte[Math.multiplyExact(width * height, 4)];
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment input = arena.allocate(still.length);
      MemorySegment.copy(still, 0, input, JAVA_BYTE, 0, still.length);
      MemorySegment output = arena.allocate(rgba.length);
      if (call(input, output, width * 4).equals(MemorySegment.NULL)) {
        throw new UnreadableImageException("The WEBP image is truncated or corrupt.");
      }
      MemorySegment.copy(output, JAVA_BYTE, 0, rgba, 0, rgba.length);
    }
    return rgba;
  }

  private MemorySegment call(MemorySegment input, MemorySegment output, int stride) {
    try {
      return (MemorySegment)
          decodeRgbaInto.invokeExact(input, input.byteSize(), output, output.byteSize(), stride);
    } catch (RuntimeException | Error e) {
      throw e;
    } catch (Throwable e) {
      throw new IllegalStateException(e);
    }
  }
}
