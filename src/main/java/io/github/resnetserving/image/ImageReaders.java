package io.github.resnetserving.image;

import com.twelvemonkeys.imageio.plugins.tiff.TIFFImageReaderSpi;
import com.twelvemonkeys.imageio.plugins.webp.WebPImageReaderSpi;
import com.twelvemonkeys.imageio.stream.ByteArrayImageInputStream;
import java.io.IOException;
import java.util.Arrays;
import java.util.Iterator;
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
