package io.github.resnetserving;

import io.github.resnetserving.http.ModelAdministration;
import io.github.resnetserving.model.ModelException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Does what administrators ask for, one thing after another, on a thread of its own. */
final class ModelAdmin implements ModelAdministration, AutoCloseable {

  private static final Logger log = LoggerFactory.getLogger(ModelAdmin.class);

  @FunctionalInterface
  private interface Task {
    void run() throws ModelException, InterruptedException;
  }

  private final ModelLoading loading;
  private final ExecutorService thread =
      Executors.newSingleThreadExecutor(Thread.ofPlatform().name("model-admin").daemon().factory());

  ModelAdmin(ModelLoading loading) {
    this.loading = loading;
  }

  @Override
  public Loading load(String name, @Nullable String version) {
    try {
      if (!loading.isAvailable(name, version)) {
        return new Loading.Unknown();
      }
    } catch (ModelException e) {
      log.warn("{} cannot be loaded: {}", name, e.getMessage());
      return new Loading.Unusable(String.valueOf(e.getMessage()));
    }
    log.info("{} is to be loaded, version {}", name, version == null ? "newest" : version);
    begin(name, () -> loading.bring(name, version));
    return new Loading.Begun();
  }

  @Override
  public boolean unload(String name) {
    if (!loading.answers(name)) {
      return false;
    }
    log.info("{} is to be unloaded", name);
    begin(name, () -> loading.unload(name));
    return true;
  }

  private void begin(String name, Task task) {
    thread.execute(() -> {
      try {
        task.run();
      } catch (InterruptedException e) {
        log.info("stopped before {} was loaded or unloaded", name);
      } catch (ModelException | RuntimeException e) {
        log.error("{} could not be loaded or unloaded", name, e);
      }
    });
  }

  @Override
  public void close() {
    thread.shutdownNow();
  }
}
