package io.github.resnetserving.image;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.util.List;
import java.util.Optional;

/** libwebp's one-call decoder, which Pillow uses too. Thread-safe. */
final class LibWebp {

  static final List<String> NAMES = List.of("libwebp.so.7", "libwebp.7.dylib", "libwebp.dll");

  private final MethodHandle decodeRgbInto;
  private final MethodHandle decodeRgbaInto;

  private LibWebp(NativeLibrary library) {
    // Both sizes are C's size_t.
    decodeRgbInto =
        library.function(
            "WebPDecodeRGBInto", ADDRESS, ADDRESS, JAVA_LONG, ADDRESS, JAVA_LONG, JAVA_INT);
    decodeRgbaInto =
        library.function(
            "WebPDecodeRGBAInto", ADDRESS, ADDRESS, JAVA_LONG, ADDRESS, JAVA_LONG, JAVA_INT);
  }

  /** The library, where the system has it. */
  static Optional<LibWebp> find() {
    return NativeLibrary.find(NAMES, LibWebp::new);
  }

  /**
   * Decodes a whole still image without transparency.
   *
   * @param still native, a file without animation
   * @param rgb native, receives (height, width, 3); the library refuses to write beyond
   */
  void decodeOpaque(MemorySegment still, int width, MemorySegment rgb)
      throws ImageException.Unreadable {
    decode(decodeRgbInto, still, width * 3, rgb);
  }

  /**
   * Decodes a whole still image.
   *
   * @param still native, a file without animation
   * @param rgba native, receives (height, width, 4), not premultiplied; the library refuses to
   *     write beyond
   */
  void decode(MemorySegment still, int width, MemorySegment rgba) throws ImageException.Unreadable {
    decode(decodeRgbaInto, still, width * 4, rgba);
  }

  private static void decode(
      MethodHandle function, MemorySegment still, int stride, MemorySegment pixels)
      throws ImageException.Unreadable {
    MemorySegment result;
    try {
      result =
          (MemorySegment)
              function.invokeExact(still, still.byteSize(), pixels, pixels.byteSize(), stride);
    } catch (Throwable e) {
      throw NativeLibrary.unexpected(e);
    }
    if (result.equals(MemorySegment.NULL)) {
      throw new ImageException.Unreadable("The WEBP image is truncated or corrupt.");
    }
  }
}
