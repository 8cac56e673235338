package io.github.resnetserving.image;

import java.util.concurrent.LinkedBlockingDeque;

/**
 * Lends each call a workspace that nobody else has meanwhile, and keeps as many as can be busy. The
 * one that was given back last is lent first, so that no more are filled than are used at a time.
 * Thread-safe.
 */
final class Workspaces {

  private final LinkedBlockingDeque<Workspace> idle;

  /**
   * @param kept how many at most are kept while nobody uses them
   */
  Workspaces(int kept) {
    this.idle = new LinkedBlockingDeque<>(kept);
  }

  /** One to be given back by the same thread. */
  Workspace borrow() {
    Workspace workspace = idle.pollFirst();
    return workspace == null ? new Workspace() : workspace;
  }

  void giveBack(Workspace workspace) {
    workspace.release();
    var _ = idle.offerFirst(workspace); // one too many is garbage
  }
}
