package io.github.resnetserving.cli;

import io.github.resnetserving.training.EpochResult;
import io.github.resnetserving.training.TrainingRun;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.Locale;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;
import org.jspecify.annotations.Nullable;

/** A bar for each epoch with loss, accuracy, images a second and time left; a line at its end. */
final class TrainingProgress implements TrainingRun.Listener, AutoCloseable {

  private static final int WIDTH = 110;
  private static final Duration LONGEST_STEP = Duration.ofSeconds(30);

  private final int epochs;
  private final int perEpoch;
  private final PrintWriter err;
  private @Nullable ProgressBar bar;
  private double seconds;
  private int done;
  private volatile boolean stopping;
  private final CountDownLatch ended = new CountDownLatch(1);

  TrainingProgress(int epochs, int perEpoch, PrintWriter err) {
    this.epochs = epochs;
    this.perEpoch = perEpoch;
    this.err = err;
  }

  /**
   * Lets the run end after its step when the program is told to end: libtorch must not be unloaded
   * while it computes.
   */
  void stopInOrder() {
    Thread hook =
        new Thread(
            () -> {
              stopping = true;
              try {
                var _ = ended.await(LONGEST_STEP.toSeconds(), TimeUnit.SECONDS);
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
              }
            },
            "stop-training");
    Runtime.getRuntime().addShutdownHook(hook);
  }

  @Override
  public boolean isStopping() {
    return stopping;
  }

  @Override
  public void onStep(int epoch, int images, double loss, double accuracy) {
    if (bar == null) {
      bar = bar("epoch %d/%d".formatted(epoch, epochs), perEpoch);
    }
    bar.stepTo(images);
    bar.setExtraMessage(
        String.format(Locale.ROOT, " loss %.3f accuracy %.1f %%", loss, 100 * accuracy));
  }

  /** An empty bar, on standard error. */
  static ProgressBar bar(String task, int images) {
    return new ProgressBarBuilder()
        .setTaskName(task)
        .setInitialMax(images)
        .setStyle(ProgressBarStyle.ASCII)
        .setUpdateIntervalMillis(Terminal.isThere() ? Terminal.INTERVAL : Terminal.LOG_INTERVAL)
        .setMaxRenderedLength(WIDTH)
        .showSpeed()
        .build();
  }

  @Override
  public void onEpoch(EpochResult result) {
    endBar();
    seconds += result.seconds();
    done++;
    double left = seconds / done * (epochs - result.epoch()) / 60;
    err.printf(
        Locale.ROOT,
        "epoch %d/%d  loss %.4f  training %.2f %%  validation %.2f %%, log loss %.4f  %.0f images/s"
            + "  %s left%n",
        result.epoch(),
        epochs,
        result.loss(),
        100 * result.trainingAccuracy(),
        100 * result.validationAccuracy(),
        result.validationLoss(),
        perEpoch / result.seconds(),
        TrainingRun.inWords(left));
    err.flush();
  }

  @Override
  public void close() {
    endBar();
    ended.countDown();
  }

  private void endBar() {
    if (bar != null) {
      bar.close();
      bar = null;
    }
  }
}
