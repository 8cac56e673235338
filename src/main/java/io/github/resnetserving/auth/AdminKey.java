package io.github.resnetserving.auth;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.boot.web.server.context.WebServerInitializedEvent;
import org.springframework.context.event.EventListener;

/**
 * Makes the key with which a server without keys is administered, and puts it into a file that only
 * its user can read once the port is known. Where no such file can be written the server goes on,
 * and nothing has that key.
 */
final class AdminKey implements AutoCloseable {

  private static final Logger log = LoggerFactory.getLogger(AdminKey.class);

  private final @Nullable Path folder;
  private final String secret = ApiKey.random();
  private volatile @Nullable AdminKeyFile file;

  private AdminKey(@Nullable Path folder) {
    this.folder = folder;
  }

  static AdminKey in(Path folder) {
    return new AdminKey(folder);
  }

  /** No key: only configured ones count. */
  static AdminKey none() {
    return new AdminKey(null);
  }

  /** What the server compares with; empty where there is no key. */
  Optional<ApiKey> key() {
    return folder == null ? Optional.empty() : Optional.of(AdminKeyFile.of(secret));
  }

  @EventListener
  void onListening(WebServerInitializedEvent event) {
    boolean isManagement = event.getApplicationContext().getServerNamespace() != null;
    if (folder == null || isManagement) {
      return;
    }
    try {
      file = AdminKeyFile.write(folder, event.getWebServer().getPort(), secret);
      log.info("no keys are configured: administration is by curl -H @{}", file.file());
    } catch (IOException | UnsupportedOperationException e) {
      log.warn(
          "no keys are configured, and {} takes no admin key ({}): models cannot be administered",
          folder,
          e.toString());
    }
  }

  @Override
  public void close() throws IOException {
    if (file != null) {
      file.close();
    }
  }
}
