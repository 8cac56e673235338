package io.github.resnetserving.image;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import java.lang.invoke.MethodHandle;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The functions of libheif that decoding needs, as of version 1.15, which all of its versions 1
 * keep. Thread-safe: each image has a native context of its own.
 */
@SuppressWarnings("restricted") // the library says how long its samples are
final class LibHeif {

  private static final MemoryLayout ERROR = MemoryLayout.structLayout(JAVA_INT, JAVA_INT, ADDRESS);

  // heif_error_code and heif_suberror_code
  private static final int UNSUPPORTED_FILE = 3;
  private static final int UNSUPPORTED_FEATURE = 4;
  private static final int MEMORY = 6;
  private static final int END_OF_DATA = 100;
  private static final int SECURITY_LIMIT = 1000;
  private static final int UNSUPPORTED_CODEC = 3000;

  private static final int HEVC = 1; // heif_compression_format
  private static final int COLORS_RGB = 1; // heif_colorspace
  private static final int INTERLEAVED_RGB = 10; // heif_chroma
  private static final int INTERLEAVED_RGBA = 11;
  private static final int INTERLEAVED = 10; // heif_channel

  // heif_decoding_options, which later versions append to
  private static final long OPTIONS_BYTES = 48;
  private static final long TO_EIGHT_BITS = 40;
  private static final long STRICT = 41;
  private static final int VERSION_WITH_STRICT = 3;

  private static final long LIMITED_PIXELS = 8; // in heif_security_limits

  private final MethodHandle createContext;
  private final MethodHandle freeContext;
  private final MethodHandle setThreads;
  private final @Nullable MethodHandle securityLimits;
  private final MethodHandle read;
  private final MethodHandle primaryImage;
  private final MethodHandle releaseHandle;
  private final MethodHandle width;
  private final MethodHandle height;
  private final MethodHandle hasAlpha;
  private final MethodHandle isPremultiplied;
  private final MethodHandle bits;
  private final MethodHandle createOptions;
  private final MethodHandle freeOptions;
  private final MethodHandle decode;
  private final MethodHandle imageWidth;
  private final MethodHandle imageHeight;
  private final MethodHandle plane;
  private final MethodHandle releaseImage;
  private final MethodHandle hasDecoder;

  private LibHeif(NativeLibrary library) {
    createContext = library.function("heif_context_alloc", ADDRESS);
    freeContext = library.procedure("heif_context_free", ADDRESS);
    setThreads = library.procedure("heif_context_set_max_decoding_threads", ADDRESS, JAVA_INT);
    String limits = "heif_context_get_security_limits"; // since 1.19
    securityLimits = library.has(limits) ? library.function(limits, ADDRESS, ADDRESS) : null;
    read =
        library.function(
            "heif_context_read_from_memory_without_copy",
            ERROR,
            ADDRESS,
            ADDRESS,
            JAVA_LONG,
            ADDRESS);
    primaryImage =
        library.function("heif_context_get_primary_image_handle", ERROR, ADDRESS, ADDRESS);
    releaseHandle = library.procedure("heif_image_handle_release", ADDRESS);
    width = library.function("heif_image_handle_get_width", JAVA_INT, ADDRESS);
    height = library.function("heif_image_handle_get_height", JAVA_INT, ADDRESS);
    hasAlpha = library.function("heif_image_handle_has_alpha_channel", JAVA_INT, ADDRESS);
    isPremultiplied =
        library.function("heif_image_handle_is_premultiplied_alpha", JAVA_INT, ADDRESS);
    bits = library.function("heif_image_handle_get_luma_bits_per_pixel", JAVA_INT, ADDRESS);
    createOptions = library.function("heif_decoding_options_alloc", ADDRESS);
    freeOptions = library.procedure("heif_decoding_options_free", ADDRESS);
    decode =
        library.function("heif_decode_image", ERROR, ADDRESS, ADDRESS, JAVA_INT, JAVA_INT, ADDRESS);
    imageWidth = library.function("heif_image_get_width", JAVA_INT, ADDRESS, JAVA_INT);
    imageHeight = library.function("heif_image_get_height", JAVA_INT, ADDRESS, JAVA_INT);
    plane = library.function("heif_image_get_plane_readonly", ADDRESS, ADDRESS, JAVA_INT, ADDRESS);
    releaseImage = library.procedure("heif_image_release", ADDRESS);
    hasDecoder = library.function("heif_have_decoder_for_format", JAVA_INT, JAVA_INT);
  }

  /** The library, where the system has it. */
  static Optional<LibHeif> find() {
    return NativeLibrary.find(List.of("libheif.so.1", "libheif.1.dylib"), LibHeif::new);
  }

  /** Whether there is a decoder of HEVC, which some systems have in a package of its own. */
  boolean hasHevc() {
    return ask(hasDecoder, HEVC) != 0;
  }

  /**
   * Reads the headers of a file.
   *
   * @param file native; stays until the result is closed
   * @param maxPixels of any image in the file
   */
  Heif open(MemorySegment file, long maxPixels) throws ImageException {
    Heif heif = new Heif();
    boolean opened = false;
    try {
      heif.open(file, maxPixels);
      opened = true;
      return heif;
    } finally {
      if (!opened) {
        heif.close();
      }
    }
  }

  private static int ask(MethodHandle question, int number) {
    try {
      return (int) question.invokeExact(number);
    } catch (Throwable e) {
      throw NativeLibrary.unexpected(e);
    }
  }

  private static int ask(MethodHandle question, MemorySegment about) {
    try {
      return (int) question.invokeExact(about);
    } catch (Throwable e) {
      throw NativeLibrary.unexpected(e);
    }
  }

  private static MemorySegment create(MethodHandle function) throws Throwable {
    MemorySegment created = (MemorySegment) function.invokeExact();
    if (created.equals(MemorySegment.NULL)) {
      throw new OutOfMemoryError("libheif has no memory");
    }
    return created;
  }

  private static void free(MethodHandle function, MemorySegment what) {
    if (what.equals(MemorySegment.NULL)) {
      return;
    }
    try {
      function.invokeExact(what);
    } catch (Throwable e) {
      throw NativeLibrary.unexpected(e);
    }
  }

  private static void check(MemorySegment error) throws ImageException {
    int code = error.get(JAVA_INT, 0);
    int detail = error.get(JAVA_INT, 4);
    if (code == 0) {
      return;
    }
    if (code == MEMORY || detail == SECURITY_LIMIT) {
      throw new ImageException.TooCostly("Decoding the HEIC image takes too much memory.");
    }
    if (code == UNSUPPORTED_FILE || code == UNSUPPORTED_FEATURE || detail == UNSUPPORTED_CODEC) {
      throw new ImageException.Unsupported(
          "The HEIC image uses a feature that this server's libheif does not have (%s)."
              .formatted(text(error.get(ADDRESS, 8))));
    }
    throw new ImageException.Unreadable(
        detail == END_OF_DATA
            ? "The HEIC image is truncated."
            : "The HEIC image is damaged, or needs a newer libheif than this server's (%s)."
                .formatted(text(error.get(ADDRESS, 8))));
  }

  /** The first line in ASCII: some texts quote the file. */
  private static String text(MemorySegment address) {
    MemorySegment text = address.reinterpret(200);
    StringBuilder line = new StringBuilder();
    for (int i = 0; i < 120; i++) {
      byte character = text.get(JAVA_BYTE, i);
      if (character == 0 || character == '\n') {
        break;
      }
      line.append(character >= ' ' && character < 127 ? (char) character : '?');
    }
    return line.toString();
  }

  /** An open file and its primary image. Not thread-safe. */
  final class Heif implements AutoCloseable {

    private final Arena arena = Arena.ofConfined();
    private MemorySegment context = MemorySegment.NULL;
    private MemorySegment handle = MemorySegment.NULL;
    private MemorySegment image = MemorySegment.NULL;

    private void open(MemorySegment file, long maxPixels) throws ImageException {
      SegmentAllocator errors = SegmentAllocator.prefixAllocator(arena.allocate(ERROR));
      MemorySegment result = arena.allocate(ADDRESS);
      try {
        context = create(createContext);
        setThreads.invokeExact(context, 0); // the calling one
        if (securityLimits != null) {
          MemorySegment limits = (MemorySegment) securityLimits.invokeExact(context);
          limits.reinterpret(16).set(JAVA_LONG, LIMITED_PIXELS, maxPixels);
        }
        check(
            (MemorySegment)
                read.invokeExact(errors, context, file, file.byteSize(), MemorySegment.NULL));
        check((MemorySegment) primaryImage.invokeExact(errors, context, result));
        handle = result.get(ADDRESS, 0);
      } catch (ImageException e) {
        throw e;
      } catch (Throwable e) {
        throw NativeLibrary.unexpected(e);
      }
    }

    /** Columns, upright and cropped. */
    int width() {
      return ask(width, handle);
    }

    /** Rows, upright and cropped. */
    int height() {
      return ask(height, handle);
    }

    boolean hasAlpha() {
      return ask(hasAlpha, handle) != 0;
    }

    boolean isPremultiplied() {
      return ask(isPremultiplied, handle) != 0;
    }

    /** Bits of a sample; -1 where the file does not tell. */
    int depth() {
      return ask(bits, handle);
    }

    /**
     * Decodes to eight bits, upright and cropped.
     *
     * @return of RGBA where there is alpha, of RGB where not; ends with this
     */
    Samples decode() throws ImageException {
      SegmentAllocator errors = SegmentAllocator.prefixAllocator(arena.allocate(ERROR));
      MemorySegment result = arena.allocate(ADDRESS);
      MemorySegment options = MemorySegment.NULL;
      try {
        options = create(createOptions).reinterpret(OPTIONS_BYTES);
        options.set(JAVA_BYTE, TO_EIGHT_BITS, (byte) 1);
        if (options.get(JAVA_BYTE, 0) >= VERSION_WITH_STRICT) {
          options.set(JAVA_BYTE, STRICT, (byte) 1);
        }
        check(
            (MemorySegment)
                decode.invokeExact(
                    errors,
                    handle,
                    result,
                    COLORS_RGB,
                    hasAlpha() ? INTERLEAVED_RGBA : INTERLEAVED_RGB,
                    options));
        image = result.get(ADDRESS, 0);
        MemorySegment rowBytes = arena.allocate(JAVA_INT);
        MemorySegment start = (MemorySegment) plane.invokeExact(image, INTERLEAVED, rowBytes);
        int rows = (int) imageHeight.invokeExact(image, INTERLEAVED);
        int columns = (int) imageWidth.invokeExact(image, INTERLEAVED);
        int stride = rowBytes.get(JAVA_INT, 0);
        if (start.equals(MemorySegment.NULL) || rows < 1 || columns < 1) {
          throw new ImageException.Unreadable("The HEIC image has no pixels.");
        }
        return new Samples(start.reinterpret((long) stride * rows), stride, columns, rows);
      } catch (ImageException e) {
        throw e;
      } catch (Throwable e) {
        throw NativeLibrary.unexpected(e);
      } finally {
        free(freeOptions, options);
      }
    }

    @Override
    public void close() {
      free(releaseImage, image);
      free(releaseHandle, handle);
      free(freeContext, context);
      arena.close();
    }
  }

  /**
   * Interleaved samples of one byte.
   *
   * @param rows native, row by row
   * @param rowBytes from row to row
   */
  record Samples(MemorySegment rows, int rowBytes, int width, int height) {}
}
