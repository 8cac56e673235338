package io.github.resnetserving.models;

import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/**
 * Reads a small text file that a user names; a message tells which file, and why it is not read.
 */
final class TextFile {

  /** Labels and settings are far smaller; a weights file given by mistake is larger. */
  private static final long MAX_BYTES = 16 << 20;

  private TextFile() {}

  static String read(Path file) throws ModelException {
    if (Files.isDirectory(file)) {
      throw new ModelException("%s is a folder: name the file in it".formatted(file));
    }
    try {
      if (Files.size(file) > MAX_BYTES) {
        throw new ModelException(
            "%s has %d bytes, more than the %d MiB that a text file may have here"
                .formatted(file, Files.size(file), MAX_BYTES >> 20));
      }
      return Files.readString(file);
    } catch (NoSuchFileException e) {
      throw new ModelException("%s: no such file".formatted(file), e);
    } catch (AccessDeniedException e) {
      throw new ModelException("%s cannot be read: permission denied".formatted(file), e);
    } catch (CharacterCodingException e) {
      throw new ModelException("%s is not UTF-8 text: save it as UTF-8".formatted(file), e);
    } catch (ModelException e) {
      throw e;
    } catch (IOException e) {
      throw new ModelException("%s cannot be read: %s".formatted(file, e.getMessage()), e);
    }
  }
}
