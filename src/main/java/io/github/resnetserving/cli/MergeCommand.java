package io.github.resnetserving.cli;

import io.github.resnetserving.cli.options.ConsoleCommand;
import io.github.resnetserving.cli.output.ShardMerge;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
    name = "merge",
    description =
        "Puts the shards of classify or features together, in the order of a run without shards.",
    mixinStandardHelpOptions = true)
final class MergeCommand extends ConsoleCommand {

  @Option(
      names = "--from",
      paramLabel = "DIR",
      description = "The folder of the shards' files; FILE's own unless given.")
  private @Nullable Path from;

  @Parameters(
      paramLabel = "FILE",
      description =
          "What --out named with --shard: FILE.ndjson, or FILE.npy with its list; or FILE.parquet,"
              + " which is made of the shards of FILE.npy.")
  private @Nullable Path file;

  @Override
  public Integer call() throws Exception {
    Path whole = Objects.requireNonNull(file).toAbsolutePath();
    Path folder = from == null ? Objects.requireNonNull(whole.getParent()) : from;
    if (!Files.isDirectory(folder)) {
      throw usage("%s is no folder: name that of the shards".formatted(folder));
    }
    String name = String.valueOf(whole.getFileName());
    ShardMerge.Merged merged =
        switch (name.substring(name.lastIndexOf('.') + 1).toLowerCase(Locale.ROOT)) {
          case "ndjson" -> ShardMerge.lines(folder, whole);
          case "npy" -> ShardMerge.array(folder, whole);
          case "parquet" -> ShardMerge.parquet(folder, whole);
          default ->
              throw usage(
                  "%s is no name of a result: it must end in .npy, .ndjson or .parquet"
                      .formatted(file));
        };
    err().printf("%d images, %d without a result%n", merged.images(), merged.failures());
    return 0;
  }
}
