package io.github.resnetserving.cli;

import io.github.resnetserving.engine.EngineException;
import io.github.resnetserving.image.ImageException;
import io.github.resnetserving.image.ImagePipeline;
import io.github.resnetserving.model.Pixels;
import io.github.resnetserving.model.Preprocessing;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;

/**
 * Pictures through a network, in order: some are decoded ahead, on all processors, while a batch of
 * those before them is computed. Memory does not grow with their number.
 *
 * @param <O> what the network gives for one picture
 */
final class BulkRun<O> {

  /** Pictures of a batch. */
  static final int BATCH = 8;

  /** Pictures that are decoded, or being decoded, at the same time. */
  private static final int AHEAD = 4 * BATCH;

  /** The network. */
  @FunctionalInterface
  interface Network<O> {

    List<O> run(List<Pixels> crops) throws EngineException;
  }

  /** Where results go, in the pictures' order. */
  interface Sink<O> {

    void put(String id, O output) throws IOException;

    /**
     * A picture that has no output.
     *
     * @param error what is wrong with it
     */
    void fail(String id, String error) throws IOException;

    /** Others may now see what came so far. */
    void flush() throws IOException;
  }

  /** A picture ready for the network, or why it is not. */
  private record Prepared(String id, @Nullable Pixels crop, @Nullable String error) {}

  private final ImagePipeline images;
  private final Preprocessing preprocessing;
  private final Network<O> network;

  BulkRun(ImagePipeline images, Preprocessing preprocessing, Network<O> network) {
    this.images = images;
    this.preprocessing = preprocessing;
    this.network = network;
  }

  /** Runs all pictures; one that cannot be used is told to the sink, and the others go on. */
  void run(Iterator<PictureFile> pictures, Sink<O> sink)
      throws IOException, EngineException, InterruptedException {
    Deque<Future<Prepared>> ahead = new ArrayDeque<>(AHEAD);
    ExecutorService decoders =
        Executors.newFixedThreadPool(
            Runtime.getRuntime().availableProcessors(),
            Thread.ofPlatform().daemon().name("decode-", 0).factory());
    try {
      while (true) {
        while (ahead.size() < AHEAD && pictures.hasNext()) {
          PictureFile picture = pictures.next();
          ahead.add(decoders.submit(() -> prepare(picture)));
        }
        if (ahead.isEmpty()) {
          return;
        }
        List<Prepared> batch = new ArrayList<>(BATCH);
        while (batch.size() < BATCH && !ahead.isEmpty()) {
          batch.add(result(ahead.remove()));
        }
        run(batch, sink);
      }
    } finally {
      decoders.shutdownNow();
    }
  }

  private void run(List<Prepared> batch, Sink<O> sink) throws IOException, EngineException {
    List<Pixels> crops = new ArrayList<>(BATCH);
    for (Prepared prepared : batch) {
      if (prepared.crop() != null) {
        crops.add(prepared.crop());
      }
    }
    Iterator<O> outputs = crops.isEmpty() ? List.<O>of().iterator() : network.run(crops).iterator();
    for (Prepared prepared : batch) {
      if (prepared.crop() != null) {
        sink.put(prepared.id(), outputs.next());
      } else {
        sink.fail(prepared.id(), String.valueOf(prepared.error()));
      }
    }
    sink.flush();
  }

  private Prepared prepare(PictureFile picture) {
    try {
      return new Prepared(
          picture.id(), images.prepare(picture.bytes().read(), preprocessing).crop(), null);
    } catch (ImageException e) {
      return new Prepared(picture.id(), null, e.getMessage());
    } catch (IOException e) {
      return new Prepared(
          picture.id(),
          null,
          String.format(Locale.ROOT, "cannot be read (%s)", e.getClass().getSimpleName()));
    }
  }

  private static Prepared result(Future<Prepared> future) throws InterruptedException {
    try {
      return future.get();
    } catch (ExecutionException e) {
      throw new IllegalStateException("a picture could not be prepared", e.getCause());
    }
  }
}
