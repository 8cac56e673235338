package io.github.resnetserving.cli;

import io.github.resnetserving.cli.options.ConsoleCommand;
import io.github.resnetserving.cli.output.Shard;
import io.github.resnetserving.cli.output.ShardState;
import io.github.resnetserving.cli.output.Sink;
import io.github.resnetserving.models.ModelSpec;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Lets a command compute the images of one shard; without the option it computes all. */
final class Sharding extends ConsoleCommand.Options implements AutoCloseable {

  @Option(
      names = "--shard",
      paramLabel = "I/N",
      description =
          "Computes the images of shard I of N, from 0 to N-1, into a file FILE-I-of-N. Given again"
              + " it goes on; the command merge puts all shards together.")
  private @Nullable Shard shard;

  private @Nullable ShardState state;

  /**
   * Begins the run, or goes on with it.
   *
   * @param out null for none
   * @param question what is asked of each image
   * @return the file to write; null to print
   */
  @Nullable Path begin(@Nullable Path out, List<String> words, ModelSpec model, String question)
      throws IOException {
    if (shard == null) {
      return out;
    }
    if (out == null || !out.toString().matches(".+\\.(npy|ndjson)")) {
      throw usage(
          "--shard needs --out with a name that ends in .npy or .ndjson: each shard has files of"
              + " its own, and merge makes one of them, or a Parquet file");
    }
    if (words.contains(ImageFiles.STANDARD_INPUT)) {
      throw usage("standard input is one image and has no shards: name files or folders");
    }
    Path file = shard.file(out);
    state =
        ShardState.open(
            file,
            new ShardState.Run(
                question,
                model.name() + " version " + model.version(),
                model.digest(),
                model.preprocessing().id(),
                words));
    return file;
  }

  /** Whether an image is to be computed. */
  boolean has(String id) {
    return shard == null || shard.has(id);
  }

  /**
   * Ends the run.
   *
   * @return the exit code: 1 where an image has no result, but of a shard 0, for its lines say so,
   *     and whoever begins shards again would begin it for nothing
   */
  int end(Sink<?> sink, PrintWriter err) throws IOException {
    sink.complete();
    if (state == null) {
      return sink.failures() == 0 ? 0 : 1;
    }
    sink.close();
    state.complete();
    if (sink.failures() > 0) {
      err.printf("%d images have no result: their lines say why%n", sink.failures());
    }
    return 0;
  }

  @Override
  public void close() throws IOException {
    if (state != null) {
      state.close();
    }
  }
}
