package io.github.resnetserving.image;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.util.List;
import java.util.Optional;

/**
 * The functions of libjxl that decoding needs, as of version 0.7, which those up to 0.11 keep.
 * Thread-safe: each image has a native decoder of its own, which uses the calling thread alone.
 */
final class LibJxl {

  private static final List<String> NAMES =
      List.of(
          "libjxl.so.0.11", "libjxl.so.0.10", "libjxl.so.0.9", "libjxl.so.0.8", "libjxl.so.0.7");

  // JxlDecoderStatus
  private static final int SUCCESS = 0;
  private static final int MORE_INPUT = 2;
  private static final int WANTS_BUFFER = 5;
  private static final int HAS_INFO = 0x40;
  private static final int HAS_IMAGE = 0x1000;

  private static final int UINT8 = 2; // JxlDataType
  private static final int INFO_BYTES = 512; // more than JxlBasicInfo has

  private final MethodHandle create;
  private final MethodHandle destroy;
  private final MethodHandle subscribe;
  private final MethodHandle setInput;
  private final MethodHandle process;
  private final MethodHandle basicInfo;
  private final MethodHandle bufferSize;
  private final MethodHandle setBuffer;

  private LibJxl(NativeLibrary library) {
    create = library.function("JxlDecoderCreate", ADDRESS, ADDRESS);
    destroy = library.procedure("JxlDecoderDestroy", ADDRESS);
    subscribe = library.function("JxlDecoderSubscribeEvents", JAVA_INT, ADDRESS, JAVA_INT);
    setInput = library.function("JxlDecoderSetInput", JAVA_INT, ADDRESS, ADDRESS, JAVA_LONG);
    process = library.function("JxlDecoderProcessInput", JAVA_INT, ADDRESS);
    basicInfo = library.function("JxlDecoderGetBasicInfo", JAVA_INT, ADDRESS, ADDRESS);
    bufferSize =
        library.function("JxlDecoderImageOutBufferSize", JAVA_INT, ADDRESS, ADDRESS, ADDRESS);
    setBuffer =
        library.function(
            "JxlDecoderSetImageOutBuffer", JAVA_INT, ADDRESS, ADDRESS, ADDRESS, JAVA_LONG);
  }

  /** The library, where the system has it. */
  static Optional<LibJxl> find() {
    return NativeLibrary.find(NAMES, LibJxl::new);
  }

  /**
   * What the header says.
   *
   * @param width columns, upright
   * @param height rows, upright
   * @param alpha whether there is alpha
   * @param premultiplied whether colours were multiplied by it
   */
  record Info(long width, long height, boolean alpha, boolean premultiplied) {

    /** Offsets in a JxlBasicInfo. */
    private static Info of(MemorySegment info) {
      long columns = Integer.toUnsignedLong(info.get(JAVA_INT, 4));
      long rows = Integer.toUnsignedLong(info.get(JAVA_INT, 8));
      boolean swapped = info.get(JAVA_INT, 48) > 4; // as the values of EXIF
      return new Info(
          swapped ? rows : columns,
          swapped ? columns : rows,
          info.get(JAVA_INT, 60) > 0,
          info.get(JAVA_INT, 68) != 0);
    }
  }

  /**
   * Opens a file.
   *
   * @param file native; stays until the result is closed
   */
  Decoder open(MemorySegment file) {
    try {
      MemorySegment decoder = (MemorySegment) create.invokeExact(MemorySegment.NULL);
      if (decoder.equals(MemorySegment.NULL)) {
        throw new OutOfMemoryError("libjxl made no decoder");
      }
      var _ = (int) subscribe.invokeExact(decoder, HAS_INFO | HAS_IMAGE);
      var _ = (int) setInput.invokeExact(decoder, file, file.byteSize());
      return new Decoder(decoder);
    } catch (Throwable e) {
      throw NativeLibrary.unexpected(e);
    }
  }

  /** Decodes one file. Not thread-safe. */
  final class Decoder implements AutoCloseable {

    private final MemorySegment decoder;

    private Decoder(MemorySegment decoder) {
      this.decoder = decoder;
    }

    /** Reads the header. */
    Info info() throws ImageException.Unreadable {
      try (Arena arena = Arena.ofConfined()) {
        expect(HAS_INFO);
        MemorySegment info = arena.allocate(INFO_BYTES, 8);
        if ((int) basicInfo.invokeExact(decoder, info) != SUCCESS) {
          throw corrupt();
        }
        return Info.of(info);
      } catch (ImageException.Unreadable e) {
        throw e;
      } catch (Throwable e) {
        throw NativeLibrary.unexpected(e);
      }
    }

    /**
     * Decodes the first frame, upright. Call after {@link #info}.
     *
     * @param pixels native, receives (height, width, channels)
     * @param channels 3 for RGB, 4 for RGBA
     */
    void decode(MemorySegment pixels, int channels) throws ImageException.Unreadable {
      try (Arena arena = Arena.ofConfined()) {
        MemorySegment format = arena.allocate(24, 8); // JxlPixelFormat
        format.set(JAVA_INT, 0, channels);
        format.set(JAVA_INT, 4, UINT8);
        expect(WANTS_BUFFER);
        MemorySegment size = arena.allocate(JAVA_LONG);
        if ((int) bufferSize.invokeExact(decoder, format, size) != SUCCESS
            || size.get(JAVA_LONG, 0) != pixels.byteSize()
            || (int) setBuffer.invokeExact(decoder, format, pixels, pixels.byteSize()) != SUCCESS) {
          throw corrupt();
        }
        expect(HAS_IMAGE);
      } catch (ImageException.Unreadable e) {
        throw e;
      } catch (Throwable e) {
        throw NativeLibrary.unexpected(e);
      }
    }

    private void expect(int event) throws Throwable {
      int status = (int) process.invokeExact(decoder);
      if (status == MORE_INPUT) {
        throw new ImageException.Unreadable("The JPEG XL image is truncated.");
      }
      if (status != event) {
        throw corrupt();
      }
    }

    private static ImageException.Unreadable corrupt() {
      return new ImageException.Unreadable(
          "The JPEG XL image is damaged, or needs a newer libjxl than this server's.");
    }

    @Override
    public void close() {
      try {
        destroy.invokeExact(decoder);
      } catch (Throwable e) {
        throw NativeLibrary.unexpected(e);
      }
    }
  }
}
