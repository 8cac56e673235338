package io.github.resnetserving.image;

import io.github.resnetserving.models.Preprocessing;
import io.github.resnetserving.tensor.NetworkInput.Pixels;
import java.util.Random;
import java.util.concurrent.TimeUnit;
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

/** How long a decoded image takes to become the crop that a network sees, on one thread. */
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

  private final Resampler resampler = new Resampler();
  private Upright image = upright(0, 0, new byte[0]);
  private Geometry geometry = new Geometry(0, 0, 0);

  @Setup
  public void makeImages() throws Exception {
    int x = size.indexOf('x');
    int width = Integer.parseInt(size.substring(0, x));
    int height = Integer.parseInt(size.substring(x + 1));
    byte[] noise = new byte[height * width * 3];
    new Random(1).nextBytes(noise);
    image = upright(height, width, noise);
    geometry = Geometry.of(image.width(), image.height(), PREPROCESSING);
  }

  private static Upright upright(int height, int width, byte[] rgb) {
    return new Upright(Bitmap.of(new Pixels(height, width, rgb)), Orientation.UPRIGHT);
  }

  /** Resize and crop of decoded pixels. */
  @Benchmark
  public Pixels resize() {
    return resampler.resize(
        image,
        geometry.width(),
        geometry.height(),
        PREPROCESSING.interpolation(),
        geometry.center());
  }
}
