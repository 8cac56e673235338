package io.github.resnetserving.models.download;

import io.github.resnetserving.models.Digest;
import io.github.resnetserving.models.download.FileSource.DownloadedFile;
import io.github.resnetserving.models.download.FileSource.RemoteFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/** Brings files over the network. */
record HttpFileSource(
    Path folder, HttpFetcher web, RetryPolicy patience, Clock timing, FetchListener listener)
    implements FileSource {

  @Override
  public Optional<DownloadedFile> bring(RemoteFile file) throws IOException, InterruptedException {
    Path whole = folder.resolve(file.name());
    if (Files.exists(whole)) {
      // A run that could not place what it had brought; without an expectation it proves nothing.
      String sha256 = Digest.sha256(whole);
      if (!file.expectations().isEmpty()
          && file.expectations().stream().allMatch(each -> each.accepts(sha256))) {
        return Optional.of(new DownloadedFile(whole, sha256, null));
      }
      Files.delete(whole);
    }
    return new Download(file, whole, web, patience, timing, listener).run();
  }
}
