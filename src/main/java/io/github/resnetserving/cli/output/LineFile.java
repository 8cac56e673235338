package io.github.resnetserving.cli.output;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Map;
import java.util.stream.Stream;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * A file of newline-delimited JSON, an object an image with its {@code id}, that a run that was
 * interrupted goes on with: what is there counts as done, and half a line at the end is cut off.
 * Not thread-safe.
 */
final class LineFile implements AutoCloseable {

  private static final JsonMapper MAPPER = new JsonMapper();

  private final OutputStream out;
  private final CompletedIds done = new CompletedIds();
  private int outputs;

  /**
   * Opens or makes a file.
   *
   * @throws IOException also if its lines are of another kind
   */
  LineFile(Path file) throws IOException {
    long end = Files.exists(file) ? read(file) : 0;
    try (FileChannel channel =
        FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
      channel.truncate(end);
    }
    this.out = new BufferedOutputStream(Files.newOutputStream(file, StandardOpenOption.APPEND));
  }

  /** Reads what is there; returns where its last whole line ends. */
  private long read(Path file) throws IOException {
    long end = 0;
    long position = 0;
    ByteArrayOutputStream line = new ByteArrayOutputStream();
    try (InputStream in = new BufferedInputStream(Files.newInputStream(file), 1 << 16)) {
      for (int next = in.read(); next >= 0; next = in.read()) {
        position++;
        if (next == '\n') {
          note(line.toString(StandardCharsets.UTF_8), file);
          line.reset();
          end = position;
        } else {
          line.write(next);
        }
      }
    }
    return end;
  }

  private void note(String line, Path file) throws IOException {
    JsonNode id = null;
    JsonNode object = null;
    try {
      object = MAPPER.readTree(line);
      id = object.get("id");
    } catch (JacksonException e) {
      // Told below.
    }
    if (object == null || id == null || !id.isString()) {
      throw new IOException(
          "%s is there already and is not the output of such a run: name another file, or delete it"
              .formatted(file));
    }
    done.add(id.stringValue());
    if (!object.hasNonNull("error")) {
      outputs++;
    }
  }

  /** The names of those with an output in a whole file of ours, in its order; to be closed. */
  @SuppressWarnings("StreamResourceLeak") // the caller closes it
  static Stream<String> ids(Path file) throws IOException {
    return Files.lines(file)
        .map(MAPPER::readTree)
        .filter(object -> !object.hasNonNull("error"))
        .map(object -> object.get("id").stringValue());
  }

  /** Images that were there when the file was opened. */
  CompletedIds done() {
    return done;
  }

  /** Lines without an error that were there. */
  int outputs() {
    return outputs;
  }

  /** Writes an object as a line. */
  void put(Map<String, Object> object) throws IOException {
    out.write(MAPPER.writeValueAsBytes(object));
    out.write('\n');
  }

  /** Lets others see what came so far. */
  void flush() throws IOException {
    out.flush();
  }

  @Override
  public void close() throws IOException {
    out.close();
  }
}
