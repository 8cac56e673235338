package io.github.resnetserving.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.resnetserving.models.PlanReport;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PlanCacheTest {

  private static final PlanReport REPORT = new PlanReport("fused", "bf16", 2, List.of());

  @TempDir private Path folder;

  @Test
  void aPlanIsFoundAsItWasStored() throws IOException {
    PlanCache cache = PlanCache.open(folder).orElseThrow();
    store(cache, "key", "program");

    PlanCache.Entry entry = cache.find("net-1", "key").orElseThrow();
    assertThat(entry.report()).isEqualTo(REPORT);
    assertThat(entry.archive()).hasContent("program");
    assertThat(cache.find("net-1", "other")).isEmpty();
    assertThat(cache.find("net-2", "key")).isEmpty();
  }

  @Test
  void aLaterPlanTakesAnEarliersPlace() throws IOException {
    PlanCache cache = PlanCache.open(folder).orElseThrow();
    store(cache, "key", "program");
    store(cache, "key", "another");

    assertThat(cache.find("net-1", "key").orElseThrow().archive()).hasContent("another");
  }

  @Test
  void whatIsDamagedIsRemoved() throws IOException {
    PlanCache cache = PlanCache.open(folder).orElseThrow();
    store(cache, "key", "program");
    Files.writeString(folder.resolve("net-1/key/plan.json"), "{}");

    assertThat(cache.find("net-1", "key")).isEmpty();
    assertThat(folder.resolve("net-1/key")).doesNotExist();
  }

  @Test
  void theFourThatWereUsedLastAreKept() throws IOException {
    PlanCache cache = PlanCache.open(folder).orElseThrow();
    for (int i = 0; i < 5; i++) {
      store(cache, "key" + i, "program");
      Files.setLastModifiedTime(
          folder.resolve("net-1/key" + i), FileTime.from(Instant.ofEpochSecond(1_000 + i)));
    }
    assertThat(cache.find("net-1", "key1")).isPresent(); // now it is the newest
    store(cache, "key5", "program");

    assertThat(folder.resolve("net-1").toFile().list())
        .containsExactlyInAnyOrder("key1", "key3", "key4", "key5");
  }

  @Test
  void aFolderIsMadeForItsOwnerAlone() throws IOException {
    Path made = folder.resolve("cache/plans");

    assertThat(PlanCache.open(made)).isPresent();
    assertThat(Files.getPosixFilePermissions(made))
        .isEqualTo(PosixFilePermissions.fromString("rwx------"));
  }

  @Test
  void aFolderThatOthersCanWriteIsNotTrusted() throws IOException {
    Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxrwxr-x"));

    assertThat(PlanCache.open(folder)).isEmpty();
  }

  @Test
  void whereNothingCanBeWrittenThereIsNoCache() throws IOException {
    Path file = Files.createFile(folder.resolve("file"));

    assertThat(PlanCache.open(file.resolve("cache"))).isEmpty();
  }

  private static void store(PlanCache cache, String key, String program) throws IOException {
    Path archive = Files.writeString(cache.workspace().resolve("a.pt"), program);
    cache.store("net-1", key, archive, REPORT);
    Files.delete(archive.getParent());
  }
}
