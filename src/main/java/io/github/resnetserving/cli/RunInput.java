package io.github.resnetserving.cli;

import java.io.PrintWriter;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Objects;
import me.tongfei.progressbar.ProgressBar;
import org.jspecify.annotations.Nullable;

/**
 * The pictures of a run that are still to be done, with a bar on standard error where there may be
 * many. Not thread-safe.
 */
final class RunInput implements Iterator<PictureFile>, AutoCloseable {

  private final PictureFiles files;
  private final DonePictures done;
  private final @Nullable ProgressBar bar;
  private @Nullable PictureFile next;

  /**
   * @param done is passed over
   */
  RunInput(List<String> words, DonePictures done, PrintWriter err) {
    this.files = new PictureFiles(words);
    this.done = done;
    boolean many = words.stream().anyMatch(PictureFiles::isFolder);
    if (done.size() > 0) {
      err.printf("%d pictures are done already; going on%n", done.size());
      err.flush();
    }
    this.bar = many ? TrainingProgress.bar("pictures", /* pictures= */ -1) : null;
  }

  /** How large the batches shall be. */
  static int batch(List<String> words) {
    return words.size() == 1 && !PictureFiles.isFolder(words.getFirst()) ? 1 : BulkRun.BATCH;
  }

  @Override
  public boolean hasNext() {
    while (next == null && files.hasNext()) {
      PictureFile file = files.next();
      if (!done.contains(file.id())) {
        next = file;
      }
    }
    return next != null;
  }

  @Override
  public PictureFile next() {
    if (!hasNext()) {
      throw new NoSuchElementException();
    }
    PictureFile picture = Objects.requireNonNull(next);
    next = null;
    if (bar != null) {
      bar.step();
    }
    return picture;
  }

  @Override
  public void close() {
    if (bar != null) {
      bar.close();
    }
  }
}
