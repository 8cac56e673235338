package io.github.resnetserving.models.download;

import java.time.Duration;

/** What a fetch tells while it goes on; called on the thread that fetches. */
public interface FetchListener {

  /** Bytes have come; called for each piece, some thousand times a second on a fast line. */
  default void onProgress(FetchProgress progress) {}

  /**
   * Something failed that may succeed next time.
   *
   * @param wait until the next attempt
   */
  default void onRetry(String reason, Duration wait) {}

  /** Another process, or another thread, fetches into the same folder; this one waits. */
  default void onWaiting() {}

  /** Something the user should know of the model, as a sentence. */
  default void onNote(String note) {}

  /**
   * How far a download is.
   *
   * @param file the file's name
   * @param bytes what is there, with what earlier runs brought
   * @param total bytes of the whole file; −1 where the server does not tell
   * @param bytesPerSecond since this run began; 0 at first
   */
  record FetchProgress(String file, long bytes, long total, double bytesPerSecond) {}
}
