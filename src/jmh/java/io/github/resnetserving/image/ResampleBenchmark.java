package io.github.resnetserving.image;

import io.github.resnetserving.model.Pixels;
import io.github.resnetserving.model.Preprocessing;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import javax.imageio.ImageIO;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** How long a picture takes to become the crop that a network sees, on one thread. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(2)
public class ResampleBenchmark {

  private static final Preprocessing PREPROCESSING = Preprocessing.TORCHVISION_V1;

  @Param({"500x375", "1920x1080"})
  public String size = "500x375";

  private Pixels picture = new Pixels(0, 0, new byte[0]);
  private Geometry geometry = new Geometry(0, 0, 0);
  private ImagePipeline pipeline = new ImagePipeline(DecodePolicy.DEFAULT);
  private byte[] jpeg = {};

  @Setup
  public void makePictures() throws Exception {
    int x = size.indexOf('x');
    int width = Integer.parseInt(size.substring(0, x));
    int height = Integer.parseInt(size.substring(x + 1));
    byte[] noise = new byte[height * width * 3];
    new Random(1).nextBytes(noise);
    picture = new Pixels(height, width, noise);
    geometry = Geometry.of(picture.width(), picture.height(), PREPROCESSING);
    pipeline = new ImagePipeline(DecodePolicy.DEFAULT);
    jpeg = jpeg(width, height);
  }

  /** Resize and crop of decoded pixels. */
  @Benchmark
  public Pixels resize() {
    return Resampler.resize(
        picture,
        geometry.width(),
        geometry.height(),
        PREPROCESSING.interpolation(),
        geometry.center());
  }

  /** From a JPEG's bytes to the crop. */
  @Benchmark
  public PreparedImage prepare() throws Exception {
    return pipeline.prepare(jpeg, PREPROCESSING);
  }

  /** Gradients with some texture: noise alone would make a JPEG that no camera writes. */
  private static byte[] jpeg(int width, int height) throws Exception {
    BufferedImage image = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
    for (int y = 0; y < height; y++) {
      for (int x = 0; x < width; x++) {
        int texture = (x * 7 ^ y * 5) & 31;
        int red = Math.min(255, x * 255 / width + texture);
        int green = Math.min(255, y * 255 / height + texture);
        image.setRGB(x, y, red << 16 | green << 8 | ((x + y) & 0xff));
      }
    }
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ImageIO.write(image, "jpg", out);
    return out.toByteArray();
  }
}
