package io.github.resnetserving.image;

import com.twelvemonkeys.image.ImageUtil;
import com.twelvemonkeys.imageio.metadata.tiff.TIFF;
import com.twelvemonkeys.imageio.plugins.tiff.TIFFImageReaderSpi;
import com.twelvemonkeys.imageio.plugins.webp.WebPImageReaderSpi;
import com.twelvemonkeys.imageio.stream.ByteArrayImageInputStream;
import com.twelvemonkeys.io.FastByteArrayOutputStream;
import com.twelvemonkeys.lang.Validate;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.function.Function;
import javax.imageio.ImageReader;
import javax.imageio.spi.IIORegistry;
import javax.imageio.spi.ImageReaderSpi;
import javax.imageio.stream.ImageInputStream;

/**
 * ImageIO's readers, by name. The registry finds plugins through the context class loader of the
 * thread that asks first, which inside a Spring Boot jar may be the wrong one: so the JDK's own are
 * taken from it, and the others made directly.
 */
final class ImageReaders {

  static final ImageReaders JPEG = new ImageReaders("JPEG", ofJdk("jpeg"));
  static final ImageReaders BMP = new ImageReaders("BMP", ofJdk("bmp"));
  static final ImageReaders WEBP =
      new ImageReaders("WEBP", new WebPImageReaderSpi(), FiniteInput::new);
  static final ImageReaders TIFF = new ImageReaders("TIFF", new TIFFImageReaderSpi());

  private final String name;
  private final ImageReaderSpi provider;
  private final Function<byte[], ImageInputStream> inputs;

  private ImageReaders(String name, ImageReaderSpi provider) {
    this(name, provider, ByteArrayImageInputStream::new);
  }

  private ImageReaders(
      String name, ImageReaderSpi provider, Function<byte[], ImageInputStream> inputs) {
    this.name = name;
    this.provider = provider;
    this.inputs = inputs;
  }

  /** The format, for messages. */
  String name() {
    return name;
  }

  /** What to read. */
  @FunctionalInterface
  interface Reading<T> {

    T from(ImageReader reader) throws IOException, ImageException;
  }

  /** Reads from the bytes by a reader of their own. */
  <T> T read(byte[] encoded, Reading<T> reading) throws IOException, ImageException {
    ImageReader reader = provider.createReaderInstance();
    try {
      reader.setInput(inputs.apply(encoded));
      return reading.from(reader);
    } finally {
      reader.dispose();
    }
  }

  /** Reads the first image, whose size is admitted before. */
  BufferedImage image(byte[] encoded, DecodeRules rules) throws IOException, ImageException {
    return read(
        encoded,
        reader -> {
          rules.admit(reader.getWidth(0), reader.getHeight(0));
          BufferedImage image = reader.read(0);
          rules.spend((long) image.getWidth() * image.getHeight());
          return image;
        });
  }

  /** A class of each library. */
  static List<Class<?>> libraries() {
    return List.of(
        TIFFImageReaderSpi.class,
        WebPImageReaderSpi.class,
        ByteArrayImageInputStream.class, // imageio-core
        TIFF.class, // imageio-metadata
        ImageUtil.class, // common-image
        FastByteArrayOutputStream.class, // common-io
        Validate.class); // common-lang
  }

  private static ImageReaderSpi ofJdk(String format) {
    Iterator<ImageReaderSpi> providers =
        IIORegistry.getDefaultInstance()
            .getServiceProviders(ImageReaderSpi.class, /* useOrdering= */ false);
    while (providers.hasNext()) {
      ImageReaderSpi provider = providers.next();
      if ("java.desktop".equals(provider.getClass().getModule().getName())
          && Arrays.asList(provider.getFormatNames()).contains(format)) {
        return provider;
      }
    }
    throw new IllegalStateException("this Java runtime has no " + format + " reader");
  }
}
