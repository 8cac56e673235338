package io.github.resnetserving.models.download;

import io.github.resnetserving.models.Digest;
import io.github.resnetserving.models.download.FileSource.DownloadedFile;
import io.github.resnetserving.models.download.FileSource.ExpectedDigest;
import io.github.resnetserving.models.download.FileSource.RemoteFile;
import java.io.IOException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Optional;

/**
 * Fetches files that were put on this machine by hand, and judges them as if they came from the
 * network. They are copied first, so that what is judged is what is placed.
 *
 * @param from a folder with the files under their published names, or the one file
 */
record LocalFileSource(Path folder, Path from) implements FileSource {

  @Override
  public Optional<DownloadedFile> bring(RemoteFile file) throws IOException {
    Path source = Files.isDirectory(from) ? from.resolve(file.name()) : from;
    if (!Files.exists(source)) {
      return Optional.empty();
    }
    if (Files.size(source) > file.limit()) {
      throw FetchException.refused(
          "%s is larger than the %d bytes that %s may have"
              .formatted(source, file.limit(), file.name()));
    }
    Path copy = folder.resolve(file.name());
    try {
      Files.copy(source, copy, StandardCopyOption.REPLACE_EXISTING);
    } catch (ClosedByInterruptException e) {
      throw e;
    } catch (IOException e) {
      throw FetchException.refused(
          "%s cannot be copied to %s (%s): make room, and see that the one may be read and the other written"
              .formatted(source, folder, e.getMessage()),
          e);
    }
    String sha256 = Digest.sha256(copy);
    for (ExpectedDigest expectation : file.expectations()) {
      if (!expectation.accepts(sha256)) {
        throw FetchException.refused(
            "%s is refused: its SHA-256 is %s, but %s"
                .formatted(source, sha256, expectation.reason()));
      }
    }
    return Optional.of(new DownloadedFile(copy, sha256, null));
  }
}
