package io.github.resnetserving.catalog;

import io.github.resnetserving.model.Digest;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/** Brings files over the network. */
record DownloadCarrier(
    Path folder, Web web, Patience patience, Backoff backoff, Timing timing, FetchListener listener)
    implements Carrier {

  @Override
  public Optional<BroughtFile> bring(RemoteFile file) throws IOException, InterruptedException {
    Path whole = folder.resolve(file.name());
    if (Files.exists(whole)) {
      // A run that could not place what it had brought; without an expectation it proves nothing.
      String sha256;
      try (InputStream in = Files.newInputStream(whole)) {
        sha256 = Digest.sha256(in);
      }
      if (!file.expectations().isEmpty()
          && file.expectations().stream().allMatch(each -> each.accepts(sha256))) {
        return Optional.of(new BroughtFile(whole, sha256, null));
      }
      Files.delete(whole);
    }
    return new Download(file, whole, web, patience, backoff, timing, listener).run();
  }
}
