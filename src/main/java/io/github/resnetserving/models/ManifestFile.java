package io.github.resnetserving.models;

import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** Where a model's {@code model.json} lies, in a folder or inside the program. */
final class ManifestFile {

  static final String NAME = "model.json";

  private ManifestFile() {}

  /**
   * Reads a manifest and the labels that it names.
   *
   * @param found the manifest's address; the files that it names lie beside it
   */
  static ModelSpec spec(String name, String version, URL found) throws IOException {
    String where = "%s/%s/".formatted(name, version);
    ModelManifest manifest = ModelManifest.parse(text(found), where + NAME);
    @Nullable String file = manifest.labels();
    Labels labels =
        file == null ? Labels.NONE : LabelFile.parse(text(sibling(found, file)), where + file);
    return new ModelSpec(
        name,
        version,
        URI.create(sibling(found, manifest.weights()).toString()),
        "sha256:" + manifest.sha256(),
        manifest.toOptions(),
        manifest.preprocessing().toPreprocessing(),
        labels);
  }

  private static URL sibling(URL manifest, String file) throws IOException {
    String text = manifest.toString();
    return URI.create(text.substring(0, text.length() - NAME.length()) + file).toURL();
  }

  private static String text(URL resource) throws IOException {
    try (InputStream in = resource.openStream()) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
  }
}
