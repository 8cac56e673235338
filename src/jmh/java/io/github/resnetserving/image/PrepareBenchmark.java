package io.github.resnetserving.image;

import io.github.resnetserving.models.Preprocessing;
import java.io.IOException;
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

/**
 * From a file's bytes to the crop that a network sees, on one thread. With {@code -prof gc} it
 * tells what an image allocates, of which the crop itself is 224 x 224 x 3 = 150,528 bytes.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(2)
public class PrepareBenchmark {

  @Param({"500x375", "1920x1080"})
  public String size = "500x375";

  @Param({"JPEG", "PROGRESSIVE", "TURNED", "PNG", "WEBP"})
  public SyntheticPhotograph.Form form = SyntheticPhotograph.Form.JPEG;

  @Param({"EXACT", "FAST"})
  public DecodePolicy.Detail detail = DecodePolicy.Detail.EXACT;

  private ImagePipeline pipeline = new ImagePipeline(DecodePolicy.DEFAULT);
  private byte[] encoded = {};

  @Setup
  public void makeImage() throws IOException {
    pipeline = new ImagePipeline(new DecodePolicy(50_000_000, Background.WHITE, detail));
    encoded = SyntheticPhotograph.parse(size).encode(form);
  }

  @Benchmark
  public PreparedImage prepare() throws ImageException {
    return pipeline.prepare(encoded, Preprocessing.TORCHVISION_V1);
  }
}
