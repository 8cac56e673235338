package io.github.resnetserving.models;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.TreeSet;

/**
 * The digest of a model's weights: of the file or, where it is the index of a checkpoint in shards,
 * of the index and of every shard that it names.
 */
public final class WeightsDigest {

  private static final String INDEX = ".index.json";

  private WeightsDigest() {}

  /** {@code sha256:} and 64 lower-case hexadecimal digits. */
  public static String of(URI weights) throws IOException {
    if (!"file".equals(weights.getScheme()) || !weights.getPath().endsWith(INDEX)) {
      try (InputStream in = weights.toURL().openStream()) {
        return "sha256:" + Digest.sha256(in);
      }
    }
    Path index = Path.of(weights);
    String text = TextFile.read(index);
    List<InputStream> parts = new ArrayList<>();
    parts.add(new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8)));
    try {
      for (String shard :
          new TreeSet<>(JsonFields.read(index).textsByName("weight_map").values())) {
        if (shard.contains("/") || shard.contains("\\")) {
          throw new ModelException(
              "%s names the shard %s: it must be a file in the same folder"
                  .formatted(index, shard));
        }
        parts.add(Files.newInputStream(index.resolveSibling(shard)));
      }
      return "sha256:" + Digest.sha256(new SequenceInputStream(Collections.enumeration(parts)));
    } finally {
      for (InputStream part : parts) {
        part.close();
      }
    }
  }
}
