package io.github.resnetserving.models.download;

import io.github.resnetserving.models.download.FetchListener.FetchProgress;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** Remembers what a fetch told. */
final class Told implements FetchListener {

  final List<FetchProgress> progress = new CopyOnWriteArrayList<>();
  final List<String> retries = new CopyOnWriteArrayList<>();
  final List<String> notes = new CopyOnWriteArrayList<>();

  @Override
  public void onProgress(FetchProgress now) {
    progress.add(now);
  }

  @Override
  public void onRetry(String reason, Duration wait) {
    retries.add(reason);
  }

  @Override
  public void onNote(String note) {
    notes.add(note);
  }
}
