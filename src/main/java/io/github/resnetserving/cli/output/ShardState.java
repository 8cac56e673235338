package io.github.resnetserving.cli.output;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Optional;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.json.JsonMapper;

/**
 * What a shard's file is of and whether all is in it, kept beside it in {@code FILE.shard}. While
 * it is open no other process can write the shard, where the file system has locks. Not
 * thread-safe.
 */
public final class ShardState implements AutoCloseable {

  private static final JsonMapper MAPPER =
      JsonMapper.builder()
          .enable(DeserializationFeature.FAIL_ON_MISSING_CREATOR_PROPERTIES)
          .enable(DeserializationFeature.FAIL_ON_NULL_CREATOR_PROPERTIES)
          .build();

  private final FileChannel channel;
  private final Run run;

  /**
   * What has to be the same in all shards that are put together.
   *
   * @param question what is asked of each image, such as {@code features pool}
   * @param weights digest of the weights file
   * @param words the files and folders that were named, in their order
   */
  public record Run(
      @JsonProperty("question") String question,
      @JsonProperty("model") String model,
      @JsonProperty("weights") String weights,
      @JsonProperty("preprocessing") String preprocessing,
      @JsonProperty("words") List<String> words) {

    public Run {
      words = List.copyOf(words);
    }

    private boolean answersAs(Run other) {
      return new Run(question, model, weights, preprocessing, other.words).equals(other);
    }
  }

  /** The content of the file. */
  record Stored(@JsonProperty("run") Run run, @JsonProperty("complete") boolean complete) {}

  private ShardState(FileChannel channel, Run run) {
    this.channel = channel;
    this.run = run;
  }

  /**
   * Begins a shard, or goes on with it.
   *
   * @param file the shard's
   * @throws IOException also if another process writes it, or it was written with another model or
   *     for another question
   */
  public static ShardState open(Path file, Run run) throws IOException {
    Path path = pathOf(file);
    Optional<Stored> before = read(path);
    if (before.isPresent() && !before.get().run().answersAs(run)) {
      throw new IOException(
          "%s was written by another model, or for other options: delete it and %s, or name another file"
              .formatted(file, path.getFileName()));
    }
    FileChannel channel =
        FileChannel.open(path, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    ShardState state = new ShardState(channel, run);
    try {
      if (!locked(channel)) {
        throw new IOException("another process is writing %s".formatted(file));
      }
      state.write(/* complete= */ false);
      return state;
    } catch (IOException e) {
      state.close();
      throw e;
    }
  }

  private static boolean locked(FileChannel channel) {
    try {
      FileLock lock = channel.tryLock();
      return lock != null;
    } catch (OverlappingFileLockException e) {
      return false;
    } catch (IOException e) {
      return true; // a file system without locks
    }
  }

  /** Says that everything is in the shard's file. */
  public void complete() throws IOException {
    write(/* complete= */ true);
  }

  private void write(boolean complete) throws IOException {
    byte[] json =
        (MAPPER.writeValueAsString(new Stored(run, complete)) + "\n")
            .getBytes(StandardCharsets.UTF_8);
    channel.truncate(0);
    channel.write(ByteBuffer.wrap(json), 0);
    channel.force(/* metaData= */ true);
  }

  /** What is known of a shard's file; empty where it was never begun, or its process was killed. */
  static Optional<Stored> of(Path file) throws IOException {
    return read(pathOf(file));
  }

  private static Optional<Stored> read(Path path) throws IOException {
    if (!Files.exists(path)) {
      return Optional.empty();
    }
    try {
      return Optional.ofNullable(MAPPER.readValue(Files.readString(path), Stored.class));
    } catch (JacksonException e) {
      return Optional.empty(); // killed while it was written
    }
  }

  private static Path pathOf(Path file) {
    return file.resolveSibling(file.getFileName() + ".shard");
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
