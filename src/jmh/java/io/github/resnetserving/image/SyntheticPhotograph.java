package io.github.resnetserving.image;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.awt.image.BufferedImage;
import java.awt.image.DataBufferByte;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.util.List;
import java.util.Random;
import javax.imageio.IIOImage;
import javax.imageio.ImageIO;
import javax.imageio.ImageWriteParam;
import javax.imageio.ImageWriter;

/**
 * An image that costs about as much to decode as a photograph of its size: gradients, edges, and
 * the noise of a sensor. Noise alone would make files that no camera writes.
 */
public record SyntheticPhotograph(int width, int height) {

  /** How it is encoded. */
  public enum Form {
    JPEG,
    PROGRESSIVE,
    /** Baseline, as a camera stores it that was held upright. */
    TURNED,
    PNG,
    WEBP
  }

  /** An APP1 segment that says: turn clockwise to see it upright. */
  private static final byte[] TURN_CLOCKWISE = {
    (byte) 0xff,
    (byte) 0xe1,
    0,
    34,
    'E',
    'x',
    'i',
    'f',
    0,
    0,
    'M',
    'M',
    0,
    42,
    0,
    0,
    0,
    8,
    0,
    1,
    0x01,
    0x12,
    0,
    3,
    0,
    0,
    0,
    1,
    0,
    6,
    0,
    0,
    0,
    0,
    0,
    0
  };

  /** Reads a size such as {@code 500x375}. */
  static SyntheticPhotograph parse(String size) {
    int x = size.indexOf('x');
    return new SyntheticPhotograph(
        Integer.parseInt(size.substring(0, x)), Integer.parseInt(size.substring(x + 1)));
  }

  byte[] encode(Form form) throws IOException {
    BufferedImage image = draw();
    return switch (form) {
      case JPEG -> jpeg(image, ImageWriteParam.MODE_DISABLED);
      case PROGRESSIVE -> jpeg(image, ImageWriteParam.MODE_DEFAULT);
      case TURNED -> turned(jpeg(image, ImageWriteParam.MODE_DISABLED));
      case PNG -> png(image);
      case WEBP -> webp(image);
    };
  }

  private BufferedImage draw() {
    BufferedImage image = new BufferedImage(width, height, BufferedImage.TYPE_3BYTE_BGR);
    Random random = new Random(1);
    for (int y = 0; y < height; y++) {
      for (int x = 0; x < width; x++) {
        double wave = 40 * Math.sin(x / 17.0 + y / 29.0) + 25 * Math.sin(x / 5.0 - y / 3.0);
        int edge = (x / 61 + y / 47) % 2 * 50;
        int noise = (int) (4 * random.nextGaussian());
        int red = byteOf(90 + wave + edge + noise);
        int green = byteOf(x * 200.0 / width + edge + noise);
        int blue = byteOf(y * 200.0 / height + wave + noise);
        image.setRGB(x, y, red << 16 | green << 8 | blue);
      }
    }
    return image;
  }

  private static int byteOf(double value) {
    return (int) Math.clamp(value, 0, 255);
  }

  private static byte[] jpeg(BufferedImage image, int progressive) throws IOException {
    ImageWriter writer = ImageIO.getImageWritersByFormatName("jpeg").next();
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (var out = ImageIO.createImageOutputStream(bytes)) {
      ImageWriteParam parameters = writer.getDefaultWriteParam();
      parameters.setCompressionMode(ImageWriteParam.MODE_EXPLICIT);
      parameters.setCompressionQuality(0.85f);
      parameters.setProgressiveMode(progressive);
      writer.setOutput(out);
      writer.write(null, new IIOImage(image, List.of(), null), parameters);
    } finally {
      writer.dispose();
    }
    return bytes.toByteArray();
  }

  private static byte[] turned(byte[] jpeg) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    bytes.write(jpeg, 0, 2);
    bytes.writeBytes(TURN_CLOCKWISE);
    bytes.write(jpeg, 2, jpeg.length - 2);
    return bytes.toByteArray();
  }

  private static byte[] png(BufferedImage image) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    ImageIO.write(image, "png", bytes);
    return bytes.toByteArray();
  }

  /** By the encoder that is in the same library as the decoder. */
  @SuppressWarnings("restricted") // the library gives a pointer to as many bytes as it returns
  private byte[] webp(BufferedImage image) {
    record Encoder(MethodHandle encode, MethodHandle free) {}
    Encoder encoder =
        NativeLibrary.find(
                LibWebp.NAMES,
                library ->
                    new Encoder(
                        library.function(
                            "WebPEncodeBGR",
                            JAVA_LONG,
                            ADDRESS,
                            JAVA_INT,
                            JAVA_INT,
                            JAVA_INT,
                            JAVA_FLOAT,
                            ADDRESS),
                        library.procedure("WebPFree", ADDRESS)))
            .orElseThrow();
    byte[] pixels = ((DataBufferByte) image.getRaster().getDataBuffer()).getData();
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment bgr = arena.allocateFrom(JAVA_BYTE, pixels);
      MemorySegment address = arena.allocate(ADDRESS);
      long length =
          (long)
              encoder.encode.invokeExact(
                  bgr, width, height, width * 3, /* quality= */ 80f, address);
      MemorySegment result = address.get(ADDRESS, 0);
      byte[] bytes = result.reinterpret(length).toArray(JAVA_BYTE);
      encoder.free.invokeExact(result);
      return bytes;
    } catch (Throwable e) {
      throw new IllegalStateException(e);
    }
  }
}
