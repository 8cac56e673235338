package io.github.resnetserving.audit;

import io.github.resnetserving.image.ImageException;
import io.github.resnetserving.image.ImagePipeline;
import io.github.resnetserving.models.Digest;
import io.github.resnetserving.tensor.NetworkInput.Pixels;
import io.github.resnetserving.training.DataSource;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.IntStream;

/**
 * One look at every image of a data set.
 *
 * @param images those that can be read, in the order of the data
 * @param unreadable why the others cannot, by their names
 */
record Scan(List<Seen> images, Map<String, String> unreadable) {

  /** Mean difference of a pixel's colours, of 255, up to which an image has none. */
  private static final double COLOURLESS = 2;

  /**
   * An image that was decoded.
   *
   * @param position in the data
   * @param digest SHA-256 of its size and pixels, so that another encoding of them is found too
   * @param width in pixels
   * @param height in pixels
   * @param isGrey whether it has no colours
   * @param look what it looks like
   */
  record Seen(int position, String digest, int width, int height, boolean isGrey, Look look) {

    int shortEdge() {
      return Math.min(width, height);
    }
  }

  /** Median length of the short edge in pixels. */
  int shortEdge() {
    return images.stream().map(Seen::shortEdge).sorted().toList().get(images.size() / 2);
  }

  /**
   * Decodes all, by all processors.
   *
   * @param step is called after each image, by any thread
   */
  static Scan of(DataSource data, ImagePipeline pipeline, Runnable step) {
    Map<String, String> unreadable = new ConcurrentHashMap<>();
    List<Seen> images =
        IntStream.range(0, data.count())
            .parallel()
            .boxed()
            .<Seen>mapMulti((position, sink) -> {
              try {
                sink.accept(see(position, pipeline.decode(data.read(position))));
              } catch (ImageException | IOException e) {
                unreadable.put(data.name(position), String.valueOf(e.getMessage()));
              }
              step.run();
            })
            .toList();
    return new Scan(images, new TreeMap<>(unreadable));
  }

  private static Seen see(int position, Pixels image) {
    return new Seen(
        position, digest(image), image.width(), image.height(), isGrey(image), Look.of(image));
  }

  private static String digest(Pixels image) {
    MessageDigest digest = Digest.start();
    digest.update(
        ByteBuffer.allocate(2 * Integer.BYTES).putInt(image.width()).putInt(image.height()).flip());
    return HexFormat.of().formatHex(digest.digest(image.rgb()));
  }

  private static boolean isGrey(Pixels image) {
    byte[] rgb = image.rgb();
    long sum = 0;
    for (int i = 0; i < rgb.length; i += 3) {
      int red = rgb[i] & 0xff;
      int green = rgb[i + 1] & 0xff;
      int blue = rgb[i + 2] & 0xff;
      sum += Math.max(red, Math.max(green, blue)) - Math.min(red, Math.min(green, blue));
    }
    return sum <= COLOURLESS * rgb.length / 3;
  }
}
