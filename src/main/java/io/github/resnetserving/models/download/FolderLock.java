package io.github.resnetserving.models.download;

import java.io.IOException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Keeps other processes, and other threads of this one, from fetching into the same folder. The
 * system lets go of it when the process ends, however that happens. The file itself stays, for
 * another process may be waiting at it.
 */
record FolderLock(FileChannel channel) implements AutoCloseable {

  /** Asked again and again: a blocking lock cannot be interrupted, nor shared by threads. */
  private static final Duration INTERVAL = Duration.ofMillis(250);

  static FolderLock acquire(Path file, Clock timing, Runnable onWaiting)
      throws IOException, InterruptedException {
    FileChannel channel =
        FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    boolean locked = false;
    try {
      for (boolean told = false; tryLock(channel) == null; told = true) {
        if (!told) {
          onWaiting.run();
        }
        timing.sleep(INTERVAL);
      }
      locked = true;
      return new FolderLock(channel);
    } finally {
      if (!locked) {
        channel.close();
      }
    }
  }

  private static @Nullable FileLock tryLock(FileChannel channel) throws IOException {
    try {
      return channel.tryLock();
    } catch (OverlappingFileLockException _) {
      return null; // another thread of this process
    } catch (ClosedByInterruptException e) {
      throw e;
    } catch (IOException e) {
      throw FetchException.interrupted(
          "the models folder cannot be locked (%s): choose one on another disk with --models-dir"
              .formatted(e.getMessage()),
          e);
    }
  }

  /** Closing the channel lets go of the lock. */
  @Override
  public void close() throws IOException {
    channel.close();
  }
}
