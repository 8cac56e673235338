package io.github.resnetserving.cli;

import io.github.resnetserving.cli.ImageFiles.ImageFile;
import io.github.resnetserving.cli.output.CompletedIds;
import io.github.resnetserving.cli.output.Sink;
import io.github.resnetserving.inference.Failure;
import io.github.resnetserving.inference.Outcome;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Spliterator;
import java.util.Spliterators;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Gatherers;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import me.tongfei.progressbar.ProgressBar;
import org.jspecify.annotations.Nullable;

/**
 * The images of a run that are still to be done, with a bar on standard error where there may be
 * many. Not thread-safe.
 */
final class RunInput implements AutoCloseable {

  /** Images that are read or computed at the same time: some batches. */
  private static final int AHEAD = 32;

  /** Results after which others may see what came so far. */
  private static final int FLUSHED = 8;

  /** What became of an image: either a value or an error. */
  private record Done<T>(String id, @Nullable T value, @Nullable String error) {}

  private final ImageFiles files;
  private final Predicate<String> mine;
  private final CompletedIds done;
  private final @Nullable ProgressBar bar;

  /**
   * @param mine the images to be done, by their names
   * @param done is passed over
   */
  RunInput(List<String> words, Predicate<String> mine, CompletedIds done, PrintWriter err) {
    this.files = new ImageFiles(words);
    this.mine = mine;
    this.done = done;
    boolean many = words.stream().anyMatch(ImageFiles::isFolder);
    if (done.size() > 0) {
      err.printf("%d images are done already; going on%n", done.size());
      err.flush();
    }
    this.bar = many ? TrainingProgress.bar("images", /* images= */ -1) : null;
  }

  /** Images that are worth computing together: a single one opens the network faster. */
  static int batch(List<String> words) {
    return words.size() == 1 && !ImageFiles.isFolder(words.getFirst()) ? 1 : 8;
  }

  /**
   * Asks a network about every image, several at a time, and tells the answers in the images'
   * order. An image that cannot be used is told too, and the others go on. Memory does not grow
   * with their number.
   */
  <T> void run(Function<byte[], Outcome<T>> network, Sink<T> sink) throws IOException {
    Iterator<Done<T>> results =
        images().gather(Gatherers.mapConcurrent(AHEAD, image -> ask(image, network))).iterator();
    for (int count = 1; results.hasNext(); count++) {
      Done<T> result = results.next();
      if (result.value() != null) {
        sink.put(result.id(), result.value());
      } else {
        sink.fail(result.id(), String.valueOf(result.error()));
      }
      if (count % FLUSHED == 0) {
        sink.flush();
      }
    }
    sink.flush();
  }

  private Stream<ImageFile> images() {
    return StreamSupport.stream(
            Spliterators.spliteratorUnknownSize(files, Spliterator.ORDERED), /* parallel= */ false)
        .filter(file -> mine.test(file.id()) && !done.contains(file.id()))
        .peek(_ -> {
          if (bar != null) {
            bar.step();
          }
        });
  }

  private static <T> Done<T> ask(ImageFile image, Function<byte[], Outcome<T>> network) {
    byte[] bytes;
    try {
      bytes = image.bytes().read();
    } catch (IOException e) {
      String reason = e.getClass().getSimpleName();
      return new Done<>(
          image.id(), null, String.format(Locale.ROOT, "cannot be read (%s)", reason));
    }
    return switch (network.apply(bytes)) {
      case Outcome.Success<T>(var value, _) -> new Done<>(image.id(), value, null);
      case Outcome.Failed<T>(Failure.EngineFailed(var cause)) ->
          new Done<>(image.id(), null, String.valueOf(cause.getMessage()));
      case Outcome.Failed<T>(var failure) -> new Done<>(image.id(), null, failure.detail());
    };
  }

  @Override
  public void close() {
    if (bar != null) {
      bar.close();
    }
  }
}
