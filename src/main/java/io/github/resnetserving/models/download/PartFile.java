package io.github.resnetserving.models.download;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

/**
 * A file that is still coming, with a note beside it of which version of the server's file its
 * bytes are from. Without a note its bytes are of no use to a later run.
 */
final class PartFile {

  private static final JsonMapper JSON = new JsonMapper();

  /**
   * Which file the bytes are from.
   *
   * @param validator the server's strong entity tag or date, for {@code If-Range}
   * @param total bytes of the whole file
   */
  record Origin(@JsonProperty("validator") String validator, @JsonProperty("total") long total) {}

  private final Path part;
  private final Path note;
  private final Path whole;

  PartFile(Path whole) {
    this.whole = whole;
    this.part = whole.resolveSibling(whole.getFileName() + ".part");
    this.note = whole.resolveSibling(whole.getFileName() + ".part.json");
  }

  Path path() {
    return part;
  }

  long size() throws IOException {
    return Files.exists(part) ? Files.size(part) : 0;
  }

  /** Where the bytes are from; null if there are none that could be continued. */
  @Nullable Origin origin() throws IOException {
    if (!Files.exists(note) || !Files.exists(part)) {
      return null;
    }
    try {
      Origin origin = JSON.readValue(Files.readString(note), Origin.class);
      return origin.validator() == null || size() > origin.total() ? null : origin;
    } catch (JacksonException _) {
      return null; // written half when the machine stopped
    }
  }

  /** Begins anew; the note is there before the first byte is. */
  void restart(@Nullable Origin origin) throws IOException {
    discard();
    if (origin != null) {
      Files.writeString(note, JSON.writeValueAsString(origin));
    }
  }

  /** A plain file stream: a channel would close itself when the thread is interrupted. */
  OutputStream append() throws IOException {
    return new FileOutputStream(part.toFile(), /* append= */ true);
  }

  void discard() throws IOException {
    Files.deleteIfExists(part);
    Files.deleteIfExists(note);
  }

  /** The file is whole: onto the disk, and under its own name. */
  Path complete() throws IOException {
    try (FileChannel channel = FileChannel.open(part, StandardOpenOption.WRITE)) {
      channel.force(true);
    }
    Files.move(part, whole, StandardCopyOption.ATOMIC_MOVE);
    Files.deleteIfExists(note);
    return whole;
  }
}
