package io.github.resnetserving.models.download;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Brings published files, checked, to where they are put together. */
interface FileSource {

  /** Brings a file, or nothing if there is none of that name. */
  Optional<DownloadedFile> bring(RemoteFile file) throws IOException, InterruptedException;

  /**
   * A file that has come and is what it should be.
   *
   * @param sha256 64 hexadecimal digits
   * @param commit the hub's commit that it is from; null where it is not told
   */
  record DownloadedFile(Path path, String sha256, @Nullable String commit) {}

  /**
   * A file that is published.
   *
   * @param name its own name
   * @param location where to get it
   * @param token shown to that server; null for none
   * @param onHub whether the server speaks as Hugging Face's hub does
   * @param expectations what its digest must be
   * @param limit bytes at most
   */
  record RemoteFile(
      String name,
      URI location,
      @Nullable String token,
      boolean onHub,
      List<ExpectedDigest> expectations,
      long limit) {

    public RemoteFile {
      expectations = List.copyOf(expectations);
    }
  }

  /**
   * What a file's SHA-256 must be.
   *
   * @param digits the digest's hexadecimal digits, or the first of them
   * @param reason who says so, as the message's end: "…, but REASON"
   */
  record ExpectedDigest(String digits, String reason) {

    boolean accepts(String sha256) {
      return sha256.startsWith(digits);
    }
  }
}
