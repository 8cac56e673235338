package io.github.resnetserving.models.download;

import java.net.URI;
import java.util.List;
import org.jspecify.annotations.Nullable;

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

  RemoteFile {
    expectations = List.copyOf(expectations);
  }
}
