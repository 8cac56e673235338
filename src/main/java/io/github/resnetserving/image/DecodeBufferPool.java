package io.github.resnetserving.image;

import java.util.concurrent.LinkedBlockingDeque;

/**
 * Lends each call buffers that no other call has meanwhile, and keeps as many as can be busy. The
 * one that was given back last is lent first, so that no more are filled than are used at a time.
 * Thread-safe.
 */
final class DecodeBufferPool {

  private final LinkedBlockingDeque<DecodeBuffers> idle;

  /**
   * @param kept how many unused buffers are kept at most
   */
  DecodeBufferPool(int kept) {
    this.idle = new LinkedBlockingDeque<>(kept);
  }

  /** Takes buffers, which the same thread must give back. */
  DecodeBuffers borrow() {
    DecodeBuffers workspace = idle.pollFirst();
    return workspace == null ? new DecodeBuffers() : workspace;
  }

  void giveBack(DecodeBuffers workspace) {
    workspace.release();
    var _ = idle.offerFirst(workspace); // one too many is garbage
  }
}
