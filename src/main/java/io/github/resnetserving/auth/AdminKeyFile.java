package io.github.resnetserving.auth;

import io.github.resnetserving.auth.ApiKey.Right;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;

/**
 * A key for administration that only the user of this process can read: reading the file is the
 * proof of being that user, which no header and no address is. The file has the form that {@code
 * curl -H @FILE} takes, so the key appears in no list of processes. Thread-safe.
 */
final class AdminKeyFile implements AutoCloseable {

  private static final FileAttribute<?> OWNER_ONLY =
      PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"));

  private static final FileAttribute<?> OWNER_ONLY_FOLDER =
      PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"));

  private final Path file;
  private final String header;

  private AdminKeyFile(Path file, String header) {
    this.file = file;
    this.header = header;
  }

  /** What the server compares with: it keeps no more than the key's hash. */
  static ApiKey of(String key) {
    return new ApiKey("start", ApiKey.sha256(key), Set.of(Right.ADMIN));
  }

  /**
   * Writes the file, replacing one that an earlier run left behind. It appears whole, and with its
   * permissions from the first moment.
   *
   * @param folder made if need be
   * @param port where the server listens, which tells the files of several servers apart
   * @throws IOException if it cannot be written
   * @throws UnsupportedOperationException if the file system has no permissions for users
   */
  static AdminKeyFile write(Path folder, int port, String key) throws IOException {
    if (!Files.isDirectory(folder)) {
      Files.createDirectories(folder, OWNER_ONLY_FOLDER);
    }
    Path file = folder.resolve("admin-%d.header".formatted(port)).toAbsolutePath();
    String header = "Authorization: Bearer " + key + "\n";
    Path part = Files.createTempFile(folder, "admin-", ".part", OWNER_ONLY);
    try {
      Files.writeString(part, header);
      Files.move(part, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } finally {
      Files.deleteIfExists(part);
    }
    return new AdminKeyFile(file, header);
  }

  /** Absolute path of the file that holds the key. */
  Path file() {
    return file;
  }

  /** Deletes the file, unless another server has replaced it. */
  @Override
  public void close() throws IOException {
    if (Files.exists(file) && Files.readString(file).equals(header)) {
      Files.deleteIfExists(file);
    }
  }
}
