package io.github.resnetserving.auth;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AdminKeyFileTest {

  @TempDir private Path folder;

  @Test
  void onlyTheUserOfTheServerCanReadTheKey() throws IOException {
    Path made = folder.resolve("cache/resnet-serving");

    AdminKeyFile file = AdminKeyFile.write(made, 8080, "secret");

    assertThat(file.file()).isEqualTo(made.resolve("admin-8080.header").toAbsolutePath());
    assertThat(file.file()).content().isEqualTo("Authorization: Bearer secret\n");
    assertThat(permissions(file.file())).isEqualTo("rw-------");
    assertThat(permissions(made)).isEqualTo("rwx------");
  }

  @Test
  void aFileThatLiesThereAlreadyLendsItsPermissionsToNoKey() throws IOException {
    Path readable = Files.writeString(folder.resolve("admin-1.header"), "left behind");
    Files.setPosixFilePermissions(readable, PosixFilePermissions.fromString("rw-rw-rw-"));
    Path target = Files.writeString(folder.resolve("elsewhere"), "untouched");
    Files.createSymbolicLink(folder.resolve("admin-2.header"), target);

    AdminKeyFile.write(folder, 1, "one");
    AdminKeyFile.write(folder, 2, "two");

    assertThat(permissions(readable)).isEqualTo("rw-------");
    assertThat(target).content().isEqualTo("untouched");
    assertThat(folder.resolve("admin-2.header")).isRegularFile();
    try (Stream<Path> files = Files.list(folder)) {
      assertThat(files.map(Path::getFileName).map(Path::toString))
          .containsExactlyInAnyOrder("admin-1.header", "admin-2.header", "elsewhere");
    }
  }

  @Test
  void theFileGoesWithTheServerThatWroteIt() throws IOException {
    AdminKeyFile first = AdminKeyFile.write(folder, 8080, "first");
    AdminKeyFile second = AdminKeyFile.write(folder, 8080, "second");

    first.close();
    assertThat(second.file()).content().contains("second");

    second.close();
    assertThat(second.file()).doesNotExist();
    second.close();
  }

  private static String permissions(Path file) throws IOException {
    return PosixFilePermissions.toString(Files.getPosixFilePermissions(file));
  }
}
