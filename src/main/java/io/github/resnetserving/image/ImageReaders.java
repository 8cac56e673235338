package io.github.resnetserving.image;

import com.twelvemonkeys.image.ImageUtil;
import com.twelvemonkeys.imageio.metadata.tiff.TIFF;
import com.twelvemonkeys.imageio.plugins.tiff.TIFFImageReaderSpi;
import com.twelvemonkeys.imageio.plugins.webp.WebPImageReaderSpi;
import com.twelvemonkeys.imageio.stream.ByteArrayImageInputStream;
import com.twelvemonkeys.io.FastByteArrayOutputStream;
import com.twelvemonkeys.lang.Validate;
import java.io.IOException;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import javax.imageio.ImageReader;
import javax.imageio.spi.IIORegistry;
import javax.imageio.spi.ImageReaderSpi;

/**
 * ImageIO's readers, by name. The registry finds plugins through the context class loader of the
 * thread that asks first, which inside a Spring Boot jar may be the wrong one: so the JDK's own are
 * taken from it, and the others made directly.
 */
final class ImageReaders {

  static final ImageReaders JPEG = new ImageReaders("JPEG", ofJdk("jpeg"));
  static final ImageReaders BMP = new ImageReaders("BMP", ofJdk("bmp"));
  static final ImageReaders WEBP = new ImageReaders("WEBP", new WebPImageReaderSpi());
  static final ImageReaders TIFF = new ImageReaders("TIFF", new TIFFImageReaderSpi());

  private final String name;
  private final ImageReaderSpi provider;

  private ImageReaders(String name, ImageReaderSpi provider) {
    this.name = name;
    this.provider = provider;
  }

  /** The format, for messages. */
  String name() {
    return name;
  }

  /** A reader of the bytes, to be disposed of by the caller. */
  ImageReader open(byte[] encoded) throws IOException {
    ImageReader reader = provider.createReaderInstance();
    reader.setInput(new ByteArrayImageInputStream(encoded));
    return reader;
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
