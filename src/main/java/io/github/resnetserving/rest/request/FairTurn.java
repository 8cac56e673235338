package io.github.resnetserving.rest.request;

/**
 * Lets other requests run in turn while a large body is read or a large answer is written. The JVM
 * takes no processor from a virtual thread that does not wait, and a client that sends or reads
 * fast enough never makes its thread wait: a few such clients would hold every carrier thread. Used
 * by one thread.
 */
final class FairTurn {

  /** A turn is well under a millisecond of parsing or writing; most requests have a single one. */
  private static final int BYTES = 1 << 16;

  private int moved;

  /** Takes note of bytes that were read or written; where a turn is over, others run first. */
  @SuppressWarnings(
      "ThreadPriorityCheck") // a virtual thread: the JVM's own scheduler, in its order
  void moved(int bytes) {
    moved += bytes;
    if (moved >= BYTES) {
      moved = 0;
      Thread.yield();
    }
  }
}
