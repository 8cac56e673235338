package io.github.resnetserving.models.download;

import io.github.resnetserving.models.Digest;
import io.github.resnetserving.models.download.FetchListener.FetchProgress;
import io.github.resnetserving.models.download.FileSource.DownloadedFile;
import io.github.resnetserving.models.download.FileSource.ExpectedDigest;
import io.github.resnetserving.models.download.FileSource.RemoteFile;
import io.github.resnetserving.models.download.HttpFailures.TransientFailure;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.SocketTimeoutException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.random.RandomGenerator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * One file's way from a server to the disk: attempts, each of which goes on where the last one
 * ended, if the server still has the same file.
 */
final class Download {

  private static final int PIECE = 1 << 16;
  private static final Pattern CONTENT_RANGE =
      Pattern.compile("bytes (\\d{1,18})-\\d+/(\\d{1,18})");

  private final RemoteFile file;
  private final PartFile part;
  private final HttpFetcher web;
  private final RetryPolicy patience;
  private final Clock timing;
  private final FetchListener listener;

  private boolean pieced; // whether the bytes are of more than one answer
  private boolean again; // whether pieces did not fit together once

  Download(
      RemoteFile file,
      Path whole,
      HttpFetcher web,
      RetryPolicy patience,
      Clock timing,
      FetchListener listener) {
    this.file = file;
    this.part = new PartFile(whole);
    this.web = web;
    this.patience = patience;
    this.timing = timing;
    this.listener = listener;
  }

  /** Brings the file, or nothing if the server has none; what is wrong is not left behind. */
  Optional<DownloadedFile> run() throws IOException, InterruptedException {
    long furthest = part.size();
    int failures = 0;
    while (true) {
      try {
        return attempt();
      } catch (TransientFailure e) {
        // A server that always cuts at the same place brings nothing new.
        failures = part.size() > furthest ? 1 : failures + 1;
        furthest = Math.max(furthest, part.size());
        if (failures >= patience.attempts()) {
          throw FetchException.interrupted(
              "%s could not be fetched: %s, %d times in a row. %s, or try another mirror"
                  .formatted(file.name(), e.getMessage(), failures, later()),
              e);
        }
        pause(failures, e);
      }
    }
  }

  /** Bytes that cannot be continued are not kept. */
  private String later() throws IOException {
    if (part.origin() == null) {
      part.discard();
      return "Give the same command again";
    }
    return "What has come is kept: to go on give the same command again";
  }

  private void pause(int failures, TransientFailure failure)
      throws IOException, InterruptedException {
    Duration asked = failure.retryAfter();
    if (asked != null && asked.compareTo(patience.longest()) > 0) {
      throw FetchException.interrupted(
          "%s: %s and asks to wait for %s s. %s after that time"
              .formatted(file.name(), failure.getMessage(), HttpFailures.seconds(asked), later()),
          failure);
    }
    Duration wait = patience.wait(failures, asked, RandomGenerator.getDefault());
    listener.onRetry(String.valueOf(failure.getMessage()), wait);
    timing.sleep(wait);
  }

  private Optional<DownloadedFile> attempt() throws IOException, InterruptedException {
    PartFile.Origin origin = part.origin();
    long offset = origin == null ? 0 : part.size();
    if (origin != null && offset == origin.total() && offset > 0) {
      // The last byte is asked for again, so that the server tells again what the file is.
      offset--;
      truncate(offset);
    }
    try (Response reply = web.get(file.location(), range(origin, offset), file.token())) {
      switch (reply.status()) {
        case 200 -> offset = 0;
        case 206 -> checkRange(reply, origin, offset);
        case 404 -> {
          part.discard();
          return Optional.empty();
        }
        case 416 -> {
          part.discard();
          throw new TransientFailure(changed(), (Duration) null);
        }
        default -> throw HttpFailures.of(reply, file, timing.now());
      }
      List<ExpectedDigest> expectations = expectations(reply);
      long total = total(reply, offset);
      pieced = offset > 0;
      if (!pieced) {
        restart(origin(reply, total));
      }
      receive(reply, offset, total);
      return Optional.of(verified(reply, expectations));
    }
  }

  private void truncate(long size) throws IOException {
    try (FileChannel channel = FileChannel.open(part.path(), StandardOpenOption.WRITE)) {
      channel.truncate(size);
    }
  }

  private static Map<String, String> range(PartFile.@Nullable Origin origin, long offset) {
    return origin == null || offset == 0
        ? Map.of()
        : Map.of("Range", "bytes=%d-".formatted(offset), "If-Range", origin.validator());
  }

  private void checkRange(Response reply, PartFile.@Nullable Origin origin, long offset)
      throws IOException {
    Matcher range = CONTENT_RANGE.matcher(reply.header("Content-Range").orElse(""));
    boolean fits =
        origin != null
            && range.matches()
            && Long.parseLong(range.group(1)) == offset
            && Long.parseLong(range.group(2)) == origin.total()
            && origin.validator().equals(validator(reply));
    if (!fits) {
      part.discard();
      throw new TransientFailure(changed(), (Duration) null);
    }
  }

  private String changed() {
    return "%s at %s has changed meanwhile".formatted(file.name(), file.location().getHost());
  }

  /** What must be known of the answer to go on with it later; null if it does not tell. */
  private static PartFile.@Nullable Origin origin(Response reply, long total) {
    String validator = validator(reply);
    return validator == null || total < 0 ? null : new PartFile.Origin(validator, total);
  }

  /** Weak tags name files that mean the same; pieces need files that are the same. */
  private static @Nullable String validator(Response reply) {
    Optional<String> tag = reply.header("ETag").filter(value -> value.startsWith("\""));
    return tag.or(() -> reply.header("Last-Modified")).orElse(null);
  }

  /** What the file must be, refused at once if the hub announces another. */
  private List<ExpectedDigest> expectations(Response reply) throws IOException {
    List<ExpectedDigest> all = new ArrayList<>(file.expectations());
    if (!file.onHub()) {
      return all;
    }
    // Of files in Git LFS the hub tells the SHA-256, of others Git's own hash.
    Optional<String> announced =
        reply
            .trustedHeader("X-Linked-Etag")
            .map(tag -> tag.replaceAll("^W/|\"", "").toLowerCase(Locale.ROOT))
            .filter(tag -> tag.matches("[0-9a-f]{64}"));
    if (announced.isPresent()) {
      check(announced.get(), all);
      all.add(
          new ExpectedDigest(
              announced.get(),
              "the hub names %s: it came damaged, or is not what the hub holds; try again, or another mirror"
                  .formatted(announced.get())));
    }
    return all;
  }

  private void check(String sha256, List<ExpectedDigest> expectations) throws IOException {
    for (ExpectedDigest expectation : expectations) {
      if (!expectation.accepts(sha256)) {
        part.discard();
        throw FetchException.refused(
            "%s is refused and removed: its SHA-256 is %s, but %s"
                .formatted(file.name(), sha256, expectation.reason()));
      }
    }
  }

  /** Bytes of the whole file, −1 if that is not told. */
  private long total(Response reply, long offset) throws IOException {
    String encoding = reply.header("Content-Encoding").orElse("identity");
    if (!encoding.equalsIgnoreCase("identity")) {
      throw FetchException.refused(
          "%s comes with the encoding %s, which was not asked for: try another mirror"
              .formatted(file.name(), encoding));
    }
    long total = reply.length() < 0 ? -1 : offset + reply.length();
    Optional<String> announced =
        file.onHub() ? reply.trustedHeader("X-Linked-Size") : Optional.empty();
    if (announced.isPresent() && announced.get().matches("\\d{1,18}")) {
      long told = Long.parseLong(announced.get());
      if (total >= 0 && total != told) {
        part.discard();
        throw FetchException.refused(
            "%s has %d bytes at %s, but the hub names %d: try again, or another mirror"
                .formatted(file.name(), total, reply.from().getHost(), told));
      }
      total = told;
    }
    if (total > file.limit()) {
      part.discard();
      throw tooLarge();
    }
    long usable = Files.getFileStore(part.path().getParent()).getUsableSpace();
    if (total >= 0 && total - offset > usable) {
      throw FetchException.interrupted(
          "%s needs %d more bytes, but the disk of %s has %d: make room, and give the same command again"
              .formatted(file.name(), total - offset, part.path().getParent(), usable));
    }
    return total;
  }

  private FetchException tooLarge() {
    return FetchException.refused(
        "%s is larger than the %d bytes that it may have: it is not what was asked for"
            .formatted(file.name(), file.limit()));
  }

  private void receive(Response reply, long offset, long total)
      throws IOException, InterruptedException {
    long began = timing.nanoTime();
    long size = offset;
    listener.onProgress(new FetchProgress(file.name(), size, total, 0));
    try (OutputStream out = part.append()) {
      InputStream in = reply.body(); // to close it would read the rest
      byte[] piece = new byte[PIECE];
      for (int read = next(reply, in, piece); read >= 0; read = next(reply, in, piece)) {
        size += read;
        checkSize(size, total);
        write(out, piece, read);
        double seconds = (timing.nanoTime() - began) / 1e9;
        listener.onProgress(
            new FetchProgress(
                file.name(), size, total, seconds > 0 ? (size - offset) / seconds : 0));
      }
    }
    if (size < total) {
      throw new TransientFailure(
          "%s ended the answer after %d of %d bytes".formatted(reply.from().getHost(), size, total),
          (Duration) null);
    }
  }

  private void checkSize(long size, long total) throws IOException {
    if (total >= 0 && size > total) {
      part.discard();
      throw FetchException.refused(
          "%s brings more than the %d bytes that were announced: try again, or another mirror"
              .formatted(file.name(), total));
    }
    if (size > file.limit()) {
      part.discard();
      throw tooLarge();
    }
  }

  private int next(Response reply, InputStream in, byte[] piece)
      throws TransientFailure, InterruptedException {
    try {
      return in.read(piece);
    } catch (SocketTimeoutException e) {
      throw new TransientFailure(
          "%s: no byte came for %s s"
              .formatted(reply.from().getHost(), HttpFailures.seconds(patience.stall())),
          e);
    } catch (IOException e) {
      if (Thread.interrupted()) {
        throw new InterruptedException("the fetch was interrupted");
      }
      throw new TransientFailure(
          "the connection to %s broke (%s)".formatted(reply.from().getHost(), e.getMessage()), e);
    }
  }

  private void restart(PartFile.@Nullable Origin origin) throws IOException {
    try {
      part.restart(origin);
    } catch (IOException e) {
      throw unwritable(e);
    }
  }

  private void write(OutputStream out, byte[] piece, int size) throws IOException {
    try {
      out.write(piece, 0, size);
    } catch (IOException e) {
      throw unwritable(e);
    }
  }

  private Path complete() throws IOException {
    try {
      return part.complete();
    } catch (IOException e) {
      throw unwritable(e);
    }
  }

  private IOException unwritable(IOException failure) {
    return failure instanceof ClosedByInterruptException
        ? failure
        : FetchException.interrupted(
            "%s cannot be written (%s): make room or choose another folder, and give the same command again"
                .formatted(part.path(), failure.getMessage()),
            failure);
  }

  private DownloadedFile verified(Response reply, List<ExpectedDigest> expectations)
      throws IOException {
    String sha256 = Digest.sha256(part.path());
    if (pieced && !again && !expectations.stream().allMatch(each -> each.accepts(sha256))) {
      again = true;
      part.discard();
      throw new TransientFailure(
          "the pieces of %s make no whole".formatted(file.name()), (Duration) null);
    }
    check(sha256, expectations);
    String commit =
        reply
            .trustedHeader("X-Repo-Commit")
            .filter(value -> file.onHub() && value.matches("[0-9a-f]{40}"))
            .orElse(null);
    return new DownloadedFile(complete(), sha256, commit);
  }
}
