package io.github.resnetserving.rest;

import io.github.resnetserving.rest.problem.ProblemException;
import io.github.resnetserving.rest.problem.ProblemType;
import io.github.resnetserving.rest.request.RequestException;
import io.github.resnetserving.rest.request.RequestLease;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.zip.GZIPInputStream;
import org.apache.commons.compress.archivers.ArchiveEntry;
import org.apache.commons.compress.archivers.ArchiveInputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.apache.commons.compress.archivers.zip.ZipArchiveInputStream;
import org.jspecify.annotations.Nullable;

/**
 * The files of a zip, a tar or a gzipped tar in memory, one after another. The folder that a file
 * lies in is its label. Hidden files do not count. Belongs to one thread.
 */
final class LabelledArchive implements AutoCloseable {

  private static final int FIRST = 1 << 13;

  /** What all files together may have, as a multiple of one: images hardly shrink when packed. */
  private static final int EXPANSION = 20;

  /**
   * A file.
   *
   * @param path in the archive
   * @param bytes on the request's lease
   */
  @SuppressWarnings("ArrayRecordComponent") // an image, which is not copied
  record Labelled(String path, byte[] bytes) {

    /** The name behind the last slash. */
    String file() {
      return path.substring(path.lastIndexOf('/') + 1);
    }

    /** The name between the last two slashes. */
    String folder() {
      String parent = path.substring(0, Math.max(0, path.lastIndexOf('/')));
      return parent.substring(parent.lastIndexOf('/') + 1);
    }
  }

  private final ArchiveInputStream<? extends ArchiveEntry> in;
  private final RequestLease lease;
  private final int maxFileBytes;
  private long left;

  private LabelledArchive(
      ArchiveInputStream<? extends ArchiveEntry> in, RequestLease lease, int maxFileBytes) {
    this.in = in;
    this.lease = lease;
    this.maxFileBytes = maxFileBytes;
    this.left = (long) EXPANSION * maxFileBytes;
  }

  /**
   * Begins with an archive, whose kind its first bytes tell.
   *
   * @param archive not copied
   * @throws ProblemException if it is no such archive
   */
  static LabelledArchive open(byte[] archive, RequestLease lease, int maxFileBytes) {
    InputStream bytes = new ByteArrayInputStream(archive);
    try {
      if (startsWith(archive, 'P', 'K', 3, 4)) {
        return new LabelledArchive(new ZipArchiveInputStream(bytes), lease, maxFileBytes);
      }
      if (startsWith(archive, 0x1f, 0x8b)) {
        return new LabelledArchive(
            new TarArchiveInputStream(new GZIPInputStream(bytes)), lease, maxFileBytes);
      }
      if (archive.length > 262
          && new String(archive, 257, 5, StandardCharsets.ISO_8859_1).equals("ustar")) {
        return new LabelledArchive(new TarArchiveInputStream(bytes), lease, maxFileBytes);
      }
    } catch (IOException e) {
      throw damaged(e);
    }
    throw new ProblemException(
        ProblemType.UNUSABLE_HEAD,
        "The body is neither a zip nor a tar. Send one with a folder of images for each class.");
  }

  private static boolean startsWith(byte[] bytes, int... magic) {
    for (int i = 0; i < magic.length; i++) {
      if (bytes.length <= i || bytes[i] != (byte) magic[i]) {
        return false;
      }
    }
    return true;
  }

  /** The next file in a folder, or one of features; null at the end. */
  @Nullable Labelled next() {
    try {
      for (ArchiveEntry entry = in.getNextEntry(); entry != null; entry = in.getNextEntry()) {
        String path = entry.getName().replace('\\', '/').replaceFirst("^(\\./)+", "");
        if (!entry.isDirectory() && isShown(path)) {
          byte[] bytes = content(path);
          var labelled = new Labelled(path, bytes);
          if (!labelled.folder().isEmpty()
              || labelled.file().matches("features\\.npy|labels\\.txt")) {
            return labelled;
          }
          lease.giveBack(bytes.length);
        }
      }
      return null;
    } catch (IOException | IllegalArgumentException e) {
      throw damaged(e);
    }
  }

  private static boolean isShown(String path) {
    return !path.startsWith(".")
        && !path.contains("/.")
        && !path.startsWith("__MACOSX/")
        && !path.matches("(?i)(.*/)?(thumbs\\.db|desktop\\.ini)");
  }

  /**
   * Takes memory as the file turns out to need it: what the archive says of its size is no proof.
   */
  private byte[] content(String path) throws IOException {
    lease.take(FIRST);
    byte[] buffer = new byte[FIRST];
    int size = 0;
    for (int count = in.read(buffer, 0, buffer.length);
        count >= 0;
        count = in.read(buffer, size, buffer.length - size)) {
      size += count;
      left -= count;
      if (size > maxFileBytes || left < 0) {
        throw new ProblemException(
            ProblemType.TOO_LARGE,
            "%s, or all files of the archive together, have more bytes than are allowed: %d a file and %d in all."
                .formatted(
                    RequestException.echo(path), maxFileBytes, (long) EXPANSION * maxFileBytes));
      }
      if (size == buffer.length) {
        lease.take(2L * size);
        buffer = Arrays.copyOf(buffer, 2 * size);
        lease.giveBack(size);
      }
    }
    lease.take(size);
    byte[] exact = Arrays.copyOf(buffer, size);
    lease.giveBack(buffer.length);
    return exact;
  }

  private static ProblemException damaged(Exception e) {
    return new ProblemException(
        ProblemType.UNUSABLE_HEAD,
        "The archive is damaged or cut off (%s). Send it again."
            .formatted(RequestException.echo(String.valueOf(e.getMessage()))));
  }

  @Override
  public void close() throws IOException {
    in.close();
  }
}
