package io.github.resnetserving.cli;

import java.util.List;

/** Serves over HTTP. */
@FunctionalInterface
public interface Server {

  /**
   * Starts; returns when the service is up, or fails.
   *
   * @param properties configuration as {@code --name=value}
   */
  void start(List<String> properties);
}
