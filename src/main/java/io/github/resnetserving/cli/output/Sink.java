package io.github.resnetserving.cli.output;

import java.io.IOException;

/**
 * Where the results of a run go, in the images' order.
 *
 * @param <T> what comes of one image
 */
public interface Sink<T> {

  /** Takes the result of one image. */
  void put(String id, T value) throws IOException;

  /**
   * Takes note of an image that has no result.
   *
   * @param error what is wrong with it
   */
  void fail(String id, String error) throws IOException;

  /** Lets others see what came so far. */
  void flush() throws IOException;
}
