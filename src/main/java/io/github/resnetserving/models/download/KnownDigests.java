package io.github.resnetserving.models.download;

import io.github.resnetserving.models.download.FileSource.ExpectedDigest;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import tools.jackson.core.JacksonException;
import tools.jackson.core.type.TypeReference;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;

/**
 * The SHA-256 of every file that was ever fetched into a folder of models, by the address at which
 * it is published: what is trusted at first is what must come the next time, also when the model
 * was removed between, and also from a mirror.
 *
 * <p>Used under the folder's lock.
 */
record KnownDigests(Path file) {

  private static final JsonMapper JSON =
      JsonMapper.builder().enable(SerializationFeature.INDENT_OUTPUT).build();

  static KnownDigests in(Path models) {
    return new KnownDigests(models.resolve(".known-digests.json"));
  }

  Optional<ExpectedDigest> of(URI published) throws IOException {
    String sha256 = read().get(published.toString());
    return sha256 == null
        ? Optional.empty()
        : Optional.of(
            new ExpectedDigest(
                sha256,
                "it was %s when it was fetched first: another file is published now. If you trust that one, delete the line of %s in %s and fetch again"
                    .formatted(sha256, published, file)));
  }

  void record(URI published, String sha256) throws IOException {
    Map<String, String> all = read();
    if (sha256.equals(all.put(published.toString(), sha256))) {
      return;
    }
    Path next = file.resolveSibling(file.getFileName() + ".part");
    Files.writeString(next, JSON.writeValueAsString(all) + "\n");
    Files.move(next, file, StandardCopyOption.ATOMIC_MOVE);
  }

  private Map<String, String> read() throws IOException {
    if (!Files.exists(file)) {
      return new TreeMap<>();
    }
    try {
      return JSON.readValue(
          Files.readString(file), new TypeReference<TreeMap<String, String>>() {});
    } catch (JacksonException e) {
      throw FetchException.interrupted(
          "%s is damaged (%s): repair it, or delete it to trust what is published now"
              .formatted(file, e.getOriginalMessage()),
          e);
    }
  }
}
