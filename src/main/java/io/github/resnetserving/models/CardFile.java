package io.github.resnetserving.models;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/**
 * The file {@code MODEL_CARD.md} beside a model's weights: what the model is and how it came about,
 * as Markdown for its users.
 */
public final class CardFile {

  public static final String NAME = "MODEL_CARD.md";

  private static final int MOST_BYTES = 1 << 20;

  private CardFile() {}

  /**
   * Reads it, at most its first mebibyte; bytes that are no UTF-8 become U+FFFD.
   *
   * @return nothing where there is none that may be read
   */
  public static Optional<String> read(ModelSpec model) throws IOException {
    try (InputStream file = model.beside(NAME).toURL().openStream()) {
      return Optional.of(new String(file.readNBytes(MOST_BYTES), StandardCharsets.UTF_8));
    } catch (FileNotFoundException e) {
      return Optional.empty();
    }
  }
}
