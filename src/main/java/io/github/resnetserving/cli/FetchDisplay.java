package io.github.resnetserving.cli;

import io.github.resnetserving.models.download.FetchListener;
import io.github.resnetserving.models.download.FetchListener.FetchProgress;
import java.io.PrintWriter;
import java.time.Duration;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;
import org.jspecify.annotations.Nullable;

/** A bar for each file with rate and time left, and a line for each other event. */
final class FetchDisplay implements FetchListener, AutoCloseable {

  private static final long MEBIBYTE = 1 << 20;

  /** Settings come and go too fast for a bar. */
  private static final long WORTH_A_BAR = MEBIBYTE;

  private static final int WIDTH = 100;

  private final PrintWriter err;
  private @Nullable ProgressBar bar;
  private long total;

  FetchDisplay(PrintWriter err) {
    this.err = err;
  }

  @Override
  public void onProgress(FetchProgress progress) {
    if (progress.total() >= 0 && progress.total() < WORTH_A_BAR) {
      return;
    }
    if (bar == null || total != progress.total()) {
      close();
      total = progress.total();
      bar =
          new ProgressBarBuilder()
              .setTaskName(progress.file())
              .setInitialMax(total)
              .startsFrom(progress.bytes(), Duration.ZERO)
              .setUnit(" MiB", MEBIBYTE)
              .setStyle(ProgressBarStyle.ASCII)
              .setUpdateIntervalMillis(
                  Terminal.isThere() ? Terminal.INTERVAL : Terminal.LOG_INTERVAL)
              .setMaxRenderedLength(WIDTH)
              .showSpeed()
              .build();
    }
    bar.stepTo(progress.bytes());
  }

  @Override
  public void onRetry(String reason, Duration wait) {
    line("%s; next attempt in %.1f s".formatted(reason, wait.toMillis() / 1000.0));
  }

  @Override
  public void onWaiting() {
    line("another process is fetching into this folder; waiting for it");
  }

  @Override
  public void onNote(String note) {
    line(note);
  }

  private void line(String text) {
    close();
    err.println(text);
    err.flush();
  }

  @Override
  public void close() {
    if (bar != null) {
      bar.close();
      bar = null;
    }
  }
}
