package io.github.resnetserving.serving;

import io.github.resnetserving.models.ModelSpec;
import io.github.resnetserving.models.download.FetchException;
import io.github.resnetserving.models.download.FetchListener;
import io.github.resnetserving.models.download.FetchListener.FetchProgress;
import io.github.resnetserving.models.download.ModelFetcher;
import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Fetches models while the server runs: tells how far it is, and does not give up where it may
 * succeed later. Used by one thread.
 */
final class ModelFetching {

  private static final Logger log = LoggerFactory.getLogger(ModelFetching.class);
  private static final int PERCENT_A_LINE = 10;

  /** After a failure that may pass; each further one waits twice as long. */
  private static final Duration FIRST_PAUSE = Duration.ofSeconds(15);

  private static final Duration LONGEST_PAUSE = Duration.ofMinutes(5);

  private final ModelFetcher fetcher;
  private final ModelServer server;

  ModelFetching(ModelFetcher fetcher, ModelServer server) {
    this.fetcher = fetcher;
    this.server = server;
  }

  /** What the model is served as; nothing if it is not among those that can be fetched. */
  Optional<String> modelName(String name) {
    return fetcher.modelName(name);
  }

  /** The model, once it is here; nothing if it cannot be had. */
  Optional<ModelSpec> fetch(String name) throws InterruptedException {
    String served = fetcher.modelName(name).orElse(name);
    for (Duration pause = FIRST_PAUSE; ; pause = doubled(pause)) {
      try {
        log.info("fetching {}", name);
        server.fetching(served, 0, -1);
        return Optional.of(fetcher.fetch(name, new Announcer(served)));
      } catch (FetchException e) {
        server.unfetched(served, String.valueOf(e.getMessage()), e.isResumable());
        if (!e.isResumable()) {
          log.error("{} cannot be fetched: {}", name, e.getMessage());
          return Optional.empty();
        }
        log.warn("{}; trying again in {} s", e.getMessage(), pause.toSeconds());
        Thread.sleep(pause);
      } catch (IOException e) {
        server.unfetched(served, String.valueOf(e.getMessage()), /* again= */ false);
        log.error("what was fetched as {} cannot be served", name, e);
        return Optional.empty();
      }
    }
  }

  private Duration doubled(Duration pause) {
    Duration doubled = pause.multipliedBy(2);
    return doubled.compareTo(LONGEST_PAUSE) > 0 ? LONGEST_PAUSE : doubled;
  }

  /** Tells the registry each percent, the log each tenth. */
  private final class Announcer implements FetchListener {

    private final String name;
    private long percent = -1;

    Announcer(String name) {
      this.name = name;
    }

    @Override
    public void onProgress(FetchProgress progress) {
      long now = progress.total() > 0 ? 100 * progress.bytes() / progress.total() : 0;
      if (now == percent) {
        return;
      }
      server.fetching(name, progress.bytes(), progress.total());
      if (now / PERCENT_A_LINE != percent / PERCENT_A_LINE || percent < 0) {
        log.info(
            "{}: {} % of {} MB, {} MB/s",
            progress.file(),
            now,
            progress.total() / 1_000_000,
            "%.1f".formatted(progress.bytesPerSecond() / 1e6));
      }
      percent = now;
    }

    @Override
    public void onRetry(String reason, Duration wait) {
      log.warn("{}; going on in {} s", reason, wait.toSeconds());
    }

    @Override
    public void onWaiting() {
      log.info("another process fetches into the same folder; waiting for it");
    }

    @Override
    public void onNote(String note) {
      log.info("{}: {}", name, note);
    }
  }
}
