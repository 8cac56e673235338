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
 * The functions of libavif that decoding needs, which Pillow calls too. Thread-safe: each image has
 * a native decoder of its own. Where the library's structures have changed between its versions
 * 0.11 and 1.0, {@link Layout} tells; later versions only append to them.
 */
final class LibAvif {

  /** What a function returned. */
  enum Result {
    OK,
    TRUNCATED,
    NO_DECODER,
    NOT_IMPLEMENTED,
    TOO_MUCH_MEMORY,
    /** Damaged, or written for a newer version of the library. */
    NOT_UNDERSTOOD
  }

  /**
   * Where the library keeps what differs between versions, in bytes from a structure's start.
   *
   * @param transforms of an image: whether it is cropped, turned or mirrored
   * @param clap of an image: its clean aperture
   * @param irot of an image: its rotation, which its mirroring follows
   * @param pixels of an RGB image: the address of its samples
   * @param rowBytes of an RGB image: the length of a row
   * @param highBytes whether images of 10 and 12 bits are converted from their high bytes where
   *     that is faster, as by Pillow's libavif
   */
  record Layout(
      long transforms, long clap, long irot, long pixels, long rowBytes, boolean highBytes) {

    static final Layout VERSION_0 = new Layout(112, 124, 156, 40, 48, false);
    static final Layout VERSION_1 = new Layout(116, 128, 160, 48, 56, true);
  }

  private static final int DECODER_BYTES = 64; // up to where something is read or written
  private static final long MAX_THREADS = 4;
  private static final long IGNORE_EXIF = 20;
  private static final long IGNORE_XMP = 24;
  private static final long SIZE_LIMIT = 28;
  private static final long STRICTNESS = 40;
  private static final long IMAGE = 48;

  /** The library refuses a higher limit. */
  private static final long LARGEST_LIMIT = 16384 * 16384;

  /** Missing {@code pixi} and a wrong {@code clap} are not refused, as by Pillow. */
  private static final int LENIENCE = 1 | 2;

  private final Layout layout;
  private final MethodHandle createDecoder;
  private final MethodHandle destroyDecoder;
  private final MethodHandle setMemory;
  private final MethodHandle parse;
  private final MethodHandle nextImage;
  private final MethodHandle createImage;
  private final MethodHandle destroyImage;
  private final MethodHandle allocatePlanes;
  private final MethodHandle setDefaults;
  private final MethodHandle toRgb;

  private LibAvif(NativeLibrary library, Layout layout) {
    this.layout = layout;
    createDecoder = library.function("avifDecoderCreate", ADDRESS);
    destroyDecoder = library.procedure("avifDecoderDestroy", ADDRESS);
    setMemory = library.function("avifDecoderSetIOMemory", JAVA_INT, ADDRESS, ADDRESS, JAVA_LONG);
    parse = library.function("avifDecoderParse", JAVA_INT, ADDRESS);
    nextImage = library.function("avifDecoderNextImage", JAVA_INT, ADDRESS);
    createImage =
        library.function("avifImageCreate", ADDRESS, JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT);
    destroyImage = library.procedure("avifImageDestroy", ADDRESS);
    allocatePlanes = library.function("avifImageAllocatePlanes", JAVA_INT, ADDRESS, JAVA_INT);
    setDefaults = library.procedure("avifRGBImageSetDefaults", ADDRESS, ADDRESS);
    toRgb = library.function("avifImageYUVToRGB", JAVA_INT, ADDRESS, ADDRESS);
  }

  /** The library, where the system has it in a version whose structures are known. */
  static Optional<LibAvif> find() {
    return NativeLibrary.<LibAvif>find(
            List.of("libavif.so.16", "libavif.16.dylib"),
            library -> new LibAvif(library, Layout.VERSION_1))
        .or(() ->
            NativeLibrary.find(
                List.of("libavif.so.15", "libavif.15.dylib"),
                library -> new LibAvif(library, Layout.VERSION_0)));
  }

  Layout layout() {
    return layout;
  }

  /**
   * A decoder of a file, which uses the calling thread alone.
   *
   * @param file native; stays until the decoder is closed
   * @param maxPixels of any image in the file
   */
  Decoder open(MemorySegment file, long maxPixels) {
    MemorySegment decoder = address(createDecoder);
    decoder.set(JAVA_INT, MAX_THREADS, 1);
    decoder.set(JAVA_INT, IGNORE_EXIF, 1);
    decoder.set(JAVA_INT, IGNORE_XMP, 1);
    decoder.set(JAVA_INT, SIZE_LIMIT, (int) Math.min(maxPixels, LARGEST_LIMIT));
    decoder.set(JAVA_INT, STRICTNESS, decoder.get(JAVA_INT, STRICTNESS) & ~LENIENCE);
    return new Decoder(decoder, file);
  }

  @SuppressWarnings("restricted") // the structure is at least so long in each version
  private static MemorySegment address(MethodHandle create) {
    try {
      MemorySegment created = (MemorySegment) create.invokeExact();
      if (created.equals(MemorySegment.NULL)) {
        throw new OutOfMemoryError("libavif made no decoder");
      }
      return created.reinterpret(DECODER_BYTES);
    } catch (Throwable e) {
      throw NativeLibrary.unexpected(e);
    }
  }

  private static Result result(int code) {
    return switch (code) {
      case 0 -> Result.OK;
      case 15 -> Result.NO_DECODER;
      case 20, 22 -> Result.TRUNCATED;
      case 6, 25 -> Result.NOT_IMPLEMENTED;
      case 26 -> Result.TOO_MUCH_MEMORY;
      default -> Result.NOT_UNDERSTOOD;
    };
  }

  /** Decodes one file. Not thread-safe. */
  final class Decoder implements AutoCloseable {

    private final MemorySegment decoder;
    private final MemorySegment file;

    private Decoder(MemorySegment decoder, MemorySegment file) {
      this.decoder = decoder;
      this.file = file;
    }

    /** Reads the headers; then {@link #image} has all but samples. */
    Result parse() {
      try {
        int set = (int) setMemory.invokeExact(decoder, file, file.byteSize());
        return set == 0 ? result((int) parse.invokeExact(decoder)) : result(set);
      } catch (Throwable e) {
        throw NativeLibrary.unexpected(e);
      }
    }

    /** Decodes the first image. */
    Result decode() {
      try {
        return result((int) nextImage.invokeExact(decoder));
      } catch (Throwable e) {
        throw NativeLibrary.unexpected(e);
      }
    }

    /** The image as it is at present; it ends with this decoder. */
    AvifImage image() {
      return new AvifImage(decoder.get(ADDRESS, IMAGE), layout);
    }

    @Override
    public void close() {
      try {
        destroyDecoder.invokeExact(decoder);
      } catch (Throwable e) {
        throw NativeLibrary.unexpected(e);
      }
    }
  }

  /**
   * An image of eight bits with room for samples and without any; all else is as in another one.
   * The caller destroys it.
   */
  AvifImage ofEightBits(AvifImage like) {
    try {
      MemorySegment created =
          (MemorySegment)
              createImage.invokeExact(like.width(), like.height(), Byte.SIZE, like.format());
      if (created.equals(MemorySegment.NULL)) {
        throw new OutOfMemoryError("libavif made no image");
      }
      AvifImage image = new AvifImage(created, layout);
      image.takeColorsOf(like);
      int result = (int) allocatePlanes.invokeExact(image.address(), like.hasAlpha() ? 3 : 1);
      if (result != 0) {
        destroy(image);
        throw new OutOfMemoryError("libavif made no planes");
      }
      return image;
    } catch (Throwable e) {
      throw NativeLibrary.unexpected(e);
    }
  }

  void destroy(AvifImage image) {
    try {
      destroyImage.invokeExact(image.address());
    } catch (Throwable e) {
      throw NativeLibrary.unexpected(e);
    }
  }

  /**
   * Converts to eight bits.
   *
   * @param pixels native, receives (height, width, 4) of RGBA, not premultiplied, where the image
   *     has alpha, and (height, width, 3) of RGB where not
   */
  Result convert(AvifImage image, MemorySegment pixels) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment rgb = arena.allocate(256, 8); // more than any version writes
      setDefaults.invokeExact(rgb, image.address());
      rgb.set(JAVA_INT, 8, Byte.SIZE);
      rgb.set(JAVA_INT, 12, image.hasAlpha() ? 1 : 0); // RGBA or RGB
      rgb.set(ADDRESS, layout.pixels, pixels);
      rgb.set(JAVA_INT, layout.rowBytes, image.width() * (image.hasAlpha() ? 4 : 3));
      return result((int) toRgb.invokeExact(image.address(), rgb));
    } catch (Throwable e) {
      throw NativeLibrary.unexpected(e);
    }
  }
}
