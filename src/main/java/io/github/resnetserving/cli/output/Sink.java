package io.github.resnetserving.cli.output;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.BiFunction;
import tools.jackson.databind.json.JsonMapper;

/**
 * Where the results of a run go, in the images' order. An image without one is told on standard
 * error as well. Not thread-safe.
 *
 * @param <T> what comes of one image
 */
public abstract class Sink<T> implements AutoCloseable {

  private final PrintWriter err;
  private int failures;

  protected Sink(PrintWriter err) {
    this.err = err;
  }

  /** What is done already. */
  public CompletedIds done() {
    return new CompletedIds();
  }

  /** Takes the result of one image. */
  public abstract void put(String id, T value) throws IOException;

  /**
   * Takes note of an image that has no result.
   *
   * @param error what is wrong with it
   */
  public final void fail(String id, String error) throws IOException {
    err.println(id + ": " + error);
    failures++;
    Map<String, Object> wire = new LinkedHashMap<>();
    wire.put("id", id);
    wire.put("error", error);
    line(wire);
  }

  /** How many images had no result. */
  public final int failures() {
    return failures;
  }

  /** Takes an object of JSON, where there is a line an image. */
  void line(Map<String, Object> object) throws IOException {}

  /** Lets others see what came so far. */
  public abstract void flush() throws IOException;

  /** Everything is there. */
  public void complete() throws IOException {}

  @Override
  public void close() throws IOException {}

  /**
   * An object a line, on standard output.
   *
   * @param wire makes it of an image's name and result
   */
  static <T> Sink<T> printed(
      BiFunction<String, T, Map<String, Object>> wire, PrintWriter out, PrintWriter err) {
    return new Sink<>(err) {
      private final JsonMapper mapper = new JsonMapper();

      @Override
      void line(Map<String, Object> object) {
        out.print(mapper.writeValueAsString(object) + "\n");
      }

      @Override
      public void put(String id, T value) {
        line(wire.apply(id, value));
      }

      @Override
      public void flush() {
        out.flush();
      }
    };
  }

  /**
   * An object a line, in a file.
   *
   * @param wire makes it of an image's name and result
   */
  public static <T> Sink<T> lines(
      Path file, BiFunction<String, T, Map<String, Object>> wire, PrintWriter err)
      throws IOException {
    LineFile lines = new LineFile(file);
    return new Sink<>(err) {
      @Override
      public CompletedIds done() {
        return lines.done();
      }

      @Override
      void line(Map<String, Object> object) throws IOException {
        lines.put(object);
      }

      @Override
      public void put(String id, T value) throws IOException {
        line(wire.apply(id, value));
      }

      @Override
      public void flush() throws IOException {
        lines.flush();
      }

      @Override
      public void close() throws IOException {
        lines.close();
      }
    };
  }
}
