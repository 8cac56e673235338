package io.github.resnetserving.sandbox;

import java.io.IOException;

/** Starts processes that read {@link Request}s and write {@link Reply}s. Thread-safe. */
interface HelperStarter extends AutoCloseable {

  /**
   * Starts a process, which has much to do before its first reply.
   *
   * @throws IOException it cannot be started
   */
  Process start() throws IOException, InterruptedException;

  /**
   * Limits a process that has started.
   *
   * @return all that holds it in but what it does itself, for people
   */
  String limit(long pid);

  /** Starts nothing any more. */
  @Override
  void close();
}
