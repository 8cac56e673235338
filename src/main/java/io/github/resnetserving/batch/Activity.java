package io.github.resnetserving.batch;

import java.util.List;

/**
 * What some threads do at one moment, so that an observer who looks again sees whether they get on.
 *
 * @param steps how often a thread has taken or finished a piece of work since the beginning
 * @param threads that take work
 * @param waiting pieces of work that no thread has taken
 * @param running the numbers of the pieces that threads are at, which never come again
 */
public record Activity(long steps, int threads, int waiting, List<Long> running) {

  public Activity {
    running = List.copyOf(running);
  }

  /** Whether there is work for which there is no thread, or no thread for the next. */
  public boolean isPressed() {
    return waiting > 0 || running.size() >= threads;
  }
}
