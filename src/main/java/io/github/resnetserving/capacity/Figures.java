package io.github.resnetserving.capacity;

import io.github.resnetserving.capacity.ProcessModel.Image;
import io.github.resnetserving.capacity.ProcessModel.Request;
import io.github.resnetserving.capacity.Times.EquallyLikely;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;

/**
 * What {@code bench machine} measured: one model on one machine. Immutable. Times are milliseconds.
 *
 * @param processor its name
 * @param processors how many the process has
 * @param model name of the model
 * @param precision what its plan computes in
 * @param plan its kind
 * @param workers batches that are computed at the same time
 * @param threads threads that compute one batch together
 * @param images what was decoded, each as likely as the others
 * @param decodeSlowdown how many times as long decoding takes while all processors decode
 * @param batches (largest batch,) the times of one image, of two, and so on, by one worker alone
 * @param computeSlowdown how many times as long the largest batch takes while all workers compute
 * @param spread the times of one image on the processors of all workers; empty where one worker is
 *     as fast
 * @param besides what else a request takes
 */
public record Figures(
    String processor,
    int processors,
    String model,
    String precision,
    String plan,
    int workers,
    int threads,
    List<DecodedImage> images,
    double decodeSlowdown,
    List<EquallyLikely> batches,
    double computeSlowdown,
    Optional<EquallyLikely> spread,
    Besides besides) {

  /**
   * An image that was decoded.
   *
   * @param name of its file
   * @param bytes encoded
   * @param decode times by one thread alone, from bytes to crop
   */
  public record DecodedImage(String name, int bytes, EquallyLikely decode) {}

  /**
   * What a running server and its client showed.
   *
   * @param requestMillis processor time of a request in the server besides decoding and computing
   * @param waitMillis what a request that is alone takes beyond all processor time
   * @param clientMillis processor time of a request in the client that measured it
   * @param residentMegabytes memory of the server after it was measured
   */
  public record Besides(
      double requestMillis, double waitMillis, double clientMillis, double residentMegabytes) {}

  static final int FORMAT = 1;

  /** The server's default. */
  private static final int QUEUE_CAPACITY = 256;

  /** What a request costs that is refused from its headers: docs/tuning.md, Overload. */
  private static final double REFUSAL_MILLIS = 0.07;

  public Figures {
    images = List.copyOf(images);
    batches = List.copyOf(batches);
  }

  /**
   * Reads a file.
   *
   * @throws IOException if it cannot be read, or a field is missing or wrong; the message names the
   *     field
   */
  public static Figures read(Path file) throws IOException {
    if (!Files.isRegularFile(file)) {
      throw new IOException(
          "there is no file %s: bench machine measures this machine and writes it".formatted(file));
    }
    return FiguresReader.read(file);
  }

  /** Writes a file. */
  public void write(Path file) throws IOException {
    Map<String, Object> all = new LinkedHashMap<>();
    all.put("format", FORMAT);
    all.put("processor", processor);
    all.put("processors", processors);
    all.put("model", model);
    all.put("precision", precision);
    all.put("plan", plan);
    all.put("workers", workers);
    all.put("threads", threads);
    all.put(
        "images",
        images.stream()
            .map(image -> {
              Map<String, Object> fields = new LinkedHashMap<>();
              fields.put("name", image.name());
              fields.put("bytes", image.bytes());
              fields.put("decode_ms", image.decode().millis());
              return fields;
            })
            .toList());
    all.put("decode_slowdown", decodeSlowdown);
    all.put("batches_ms", batches.stream().map(EquallyLikely::millis).toList());
    all.put("compute_slowdown", computeSlowdown);
    spread.ifPresent(times -> all.put("spread_ms", times.millis()));
    all.put("request_ms", besides.requestMillis());
    all.put("wait_ms", besides.waitMillis());
    all.put("client_ms", besides.clientMillis());
    all.put("resident_mb", besides.residentMegabytes());
    JsonMapper mapper = JsonMapper.builder().enable(SerializationFeature.INDENT_OUTPUT).build();
    Files.writeString(file, mapper.writeValueAsString(all) + "\n");
  }

  /**
   * A process with the server's default limits, whose clients are on other machines.
   *
   * @param deadline of requests
   */
  public ProcessModel process(Duration deadline) {
    double half = besides.requestMillis() / 2; // before its image is offered; the rest after
    return new ProcessModel(
        processors,
        /* decodeThreads= */ processors,
        workers,
        threads,
        batches.size(),
        QUEUE_CAPACITY,
        deadline,
        images.stream()
            .map(image -> new Image(image.bytes(), image.decode(), /* isReadable= */ true))
            .toList(),
        decodeSlowdown,
        size -> batches.get(size - 1),
        computeSlowdown,
        spread.orElse(null),
        new Request(half, half, Math.min(half, REFUSAL_MILLIS), besides.waitMillis()));
  }

  /** The same with what else a request takes. */
  public Figures with(Besides other) {
    return new Figures(
        processor,
        processors,
        model,
        precision,
        plan,
        workers,
        threads,
        images,
        decodeSlowdown,
        batches,
        computeSlowdown,
        spread,
        other);
  }

  /**
   * Processor time of computing one image while all processors are busy, on average.
   *
   * @param batch images in its batch, at least 1; sizes in between cost in between
   */
  public double busyComputeMillis(double batch) {
    double size = Math.clamp(batch, 1, batches.size());
    int below = (int) size;
    int above = Math.min(batches.size(), below + 1);
    double part = size - below;
    double millis =
        (1 - part) * batches.get(below - 1).mean() + part * batches.get(above - 1).mean();
    return computeSlowdown * threads * millis / size;
  }
}
