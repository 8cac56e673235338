package io.github.resnetserving.engine;

import io.github.resnetserving.models.CachedPlan;
import io.github.resnetserving.models.Digest;
import io.github.resnetserving.models.FolderDeletion;
import io.github.resnetserving.models.PlanReport;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Plans that were chosen before, as {@code NAME/KEY/} with {@code plan.json} and {@code plan.pt},
 * or {@code plan.safetensors} of a direct plan.
 *
 * <p>A plan is a program: a user who can write here decides what runs, so the folder is readable
 * and writable by its owner alone. The digest in {@code plan.json} finds damage, not malice.
 * Several processes may share a folder: entries appear whole, by being renamed.
 */
public final class PlanCache {

  private static final Logger log = LoggerFactory.getLogger(PlanCache.class);

  /** Plans of a model that are kept: of other options, processors or releases. */
  private static final int KEPT = 4;

  private static final String REPORT = "plan.json";

  /** A plan that is here. */
  record Entry(Path archive, PlanReport report) {}

  private final Path directory;

  private PlanCache(Path directory) {
    this.directory = directory;
  }

  /**
   * A cache in a folder, which is made if need be; nothing where it cannot be written or others
   * could write to it.
   */
  public static Optional<PlanCache> open(Path directory) {
    try {
      if (!Files.isDirectory(directory)) {
        Files.createDirectories(
            directory,
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
      }
      if (Files.getPosixFilePermissions(directory).stream()
          .anyMatch(permission -> permission.name().matches("(GROUP|OTHERS)_WRITE"))) {
        log.warn(
            "{} is writable by others, so no plans are cached there: chmod go-w it", directory);
        return Optional.empty();
      }
      Files.delete(Files.createTempFile(directory, "probe-", ""));
      return Optional.of(new PlanCache(directory));
    } catch (IOException | UnsupportedOperationException e) {
      log.info("no plans are cached in {}: {}", directory, e.toString());
      return Optional.empty();
    }
  }

  /** What was stored, unless it is damaged. */
  Optional<Entry> find(String name, String key) {
    Path folder = directory.resolve(name).resolve(key);
    if (!Files.isDirectory(folder)) {
      return Optional.empty();
    }
    try {
      CachedPlan cached = CachedPlan.read(folder.resolve(REPORT));
      Path archive = folder.resolve(file(cached.report()));
      if (cached.archive().equals(digest(archive))) {
        Files.setLastModifiedTime(folder, FileTime.from(Instant.now()));
        return Optional.of(new Entry(archive, cached.report()));
      }
      log.warn("the cached plan of {} is damaged and made anew: {}", name, folder);
    } catch (IOException e) {
      log.warn("the cached plan of {} cannot be read and is made anew: {}", name, e.toString());
    }
    discard(name, key);
    return Optional.empty();
  }

  /** Removes an entry, if it is there. */
  void discard(String name, String key) {
    try {
      remove(directory.resolve(name).resolve(key));
    } catch (IOException e) {
      log.warn("a cached plan of {} cannot be removed: {}", name, e.toString());
    }
  }

  /** A new folder, where plans are written that may be stored. */
  Path workspace() throws IOException {
    return Files.createTempDirectory(directory, ".making-");
  }

  /** Takes a plan out of a workspace; a failure to is only logged. */
  void store(String name, String key, Path archive, PlanReport report) {
    try {
      Path model = Files.createDirectories(directory.resolve(name));
      Path part = Files.createTempDirectory(model, ".part-");
      try {
        Path stored = Files.move(archive, part.resolve(file(report)));
        new CachedPlan(digest(stored), report).write(part.resolve(REPORT));
        discard(name, key);
        Files.move(part, model.resolve(key), StandardCopyOption.ATOMIC_MOVE);
      } finally {
        remove(part);
      }
      forgetOldest(model);
    } catch (IOException e) {
      log.warn("the plan of {} is not cached: {}", name, e.toString());
    }
  }

  /** Replaces what is known of a plan that is here; a failure to is only logged. */
  void amend(String name, String key, PlanReport report) {
    Path folder = directory.resolve(name).resolve(key);
    try {
      CachedPlan cached = CachedPlan.read(folder.resolve(REPORT));
      Path part = Files.createTempFile(folder, ".part-", "");
      new CachedPlan(cached.archive(), report).write(part);
      Files.move(part, folder.resolve(REPORT), StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      log.warn("what was found out of the plan of {} is not cached: {}", name, e.toString());
    }
  }

  private static String file(PlanReport report) throws IOException {
    try {
      return "plan" + PlanVariant.of(report).extension();
    } catch (IllegalArgumentException e) {
      throw new IOException("it is a plan of another release", e);
    }
  }

  private static void forgetOldest(Path model) throws IOException {
    List<Path> entries;
    try (Stream<Path> found = Files.list(model)) {
      entries =
          found
              .filter(entry -> !String.valueOf(entry.getFileName()).startsWith("."))
              .sorted(Comparator.comparing(PlanCache::used).reversed())
              .toList();
    }
    for (Path entry : entries.subList(Math.min(KEPT, entries.size()), entries.size())) {
      FolderDeletion.delete(entry);
    }
  }

  private static void remove(Path folder) throws IOException {
    if (Files.exists(folder)) {
      FolderDeletion.delete(folder);
    }
  }

  private static FileTime used(Path entry) {
    try {
      return Files.getLastModifiedTime(entry);
    } catch (IOException e) {
      return FileTime.fromMillis(0); // another process has just removed it
    }
  }

  private static String digest(Path file) throws IOException {
    try (InputStream in = Files.newInputStream(file)) {
      return Digest.sha256(in);
    }
  }
}
