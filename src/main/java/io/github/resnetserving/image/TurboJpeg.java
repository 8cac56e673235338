package io.github.resnetserving.image;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * The few functions of libjpeg-turbo's TurboJPEG API that decoding needs, as of version 2.0, which
 * version 3 still exports. Thread-safe: each image has a native decompressor of its own.
 */
final class TurboJpeg {

  private static final List<String> NAMES =
      List.of("libturbojpeg.so.0", "libturbojpeg.dylib", "turbojpeg.dll");

  private static final int ACCURATE_DCT = 4096; // the integer DCT that Pillow uses
  private static final int WARNING = 0;

  /** How the library is to lay out a pixel. */
  enum Layout {
    RGB(0, 3),
    /** Inks as stored, that is inverted. */
    CMYK(11, 4);

    private final int code;
    private final int bytes;

    Layout(int code, int bytes) {
      this.code = code;
      this.bytes = bytes;
    }

    int bytes() {
      return bytes;
    }
  }

  private final MethodHandle create;
  private final MethodHandle destroy;
  private final MethodHandle decompress;
  private final MethodHandle errorCode;
  private final MethodHandle errorText;

  private TurboJpeg(NativeLibrary library) {
    create = library.function("tjInitDecompress", ADDRESS);
    destroy = library.function("tjDestroy", JAVA_INT, ADDRESS);
    // The size is C's unsigned long: 64 bits, but for Windows, which passes it in 64 all the same.
    decompress =
        library.function(
            "tjDecompress2",
            JAVA_INT,
            ADDRESS,
            ADDRESS,
            JAVA_LONG,
            ADDRESS,
            JAVA_INT,
            JAVA_INT,
            JAVA_INT,
            JAVA_INT,
            JAVA_INT);
    errorCode = library.function("tjGetErrorCode", JAVA_INT, ADDRESS);
    errorText = library.function("tjGetErrorStr2", ADDRESS, ADDRESS);
  }

  /** The library, where the system has one with these functions. */
  static Optional<TurboJpeg> find() {
    return NativeLibrary.find(NAMES, TurboJpeg::new);
  }

  /**
   * Decodes a whole image, at its size or scaled to a half, a quarter or an eighth.
   *
   * @param encoded native
   * @param pixels native, receives (height, width, layout.bytes()); the library scales an image
   *     down until it fits or refuses it, so it writes nowhere else
   * @return notes of what the library warned of and is harmless; the library keeps its first
   *     warning only
   */
  Set<ImageNote> decode(
      MemorySegment encoded, MemorySegment pixels, int width, int height, Layout layout)
      throws ImageException.Unreadable {
    MemorySegment decompressor = create();
    try {
      int result =
          (int)
              decompress.invokeExact(
                  decompressor,
                  encoded,
                  encoded.byteSize(),
                  pixels,
                  width,
                  width * layout.bytes(),
                  height,
                  layout.code,
                  ACCURATE_DCT);
      return result == 0 ? Set.of() : judge(decompressor);
    } catch (ImageException.Unreadable e) {
      throw e;
    } catch (Throwable e) {
      throw NativeLibrary.unexpected(e);
    } finally {
      destroy(decompressor);
    }
  }

  /** The library returns the same -1 for a warning, after which the image is there. */
  @SuppressWarnings("restricted") // the text is a C string in the decompressor's 200 bytes
  private Set<ImageNote> judge(MemorySegment decompressor) throws Throwable {
    MemorySegment text = (MemorySegment) errorText.invokeExact(decompressor);
    String message = text.reinterpret(/* newSize= */ 200).getString(0);
    if ((int) errorCode.invokeExact(decompressor) == WARNING) {
      return JpegWarnings.judge(List.of(message));
    }
    throw new ImageException.Unreadable(
        "The JPEG image is truncated or corrupt (%s).".formatted(message));
  }

  private MemorySegment create() {
    MemorySegment decompressor;
    try {
      decompressor = (MemorySegment) create.invokeExact();
    } catch (Throwable e) {
      throw NativeLibrary.unexpected(e);
    }
    if (decompressor.equals(MemorySegment.NULL)) {
      throw new OutOfMemoryError("libjpeg-turbo made no decompressor");
    }
    return decompressor;
  }

  private void destroy(MemorySegment decompressor) {
    try {
      var _ = (int) destroy.invokeExact(decompressor);
    } catch (Throwable e) {
      throw NativeLibrary.unexpected(e);
    }
  }
}
