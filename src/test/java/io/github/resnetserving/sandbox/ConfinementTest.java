package io.github.resnetserving.sandbox;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.resnetserving.image.ImageException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a helper cannot do, even if an image makes its decoder try. */
@EnabledOnOs(OS.LINUX)
@Timeout(120)
class ConfinementTest {

  private static final Helpers HELPERS = Helpers.faulty(Duration.ofSeconds(5));

  @TempDir private Path folder;

  @BeforeAll
  static void start() throws Exception {
    HELPERS.prepare("good");
  }

  @AfterAll
  static void close() {
    HELPERS.close();
  }

  @Test
  void whatHoldsItInIsTold() {
    assertThat(HELPERS.pool.confinement())
        .matches(
            "(seccomp|no system call filter \\(.+\\)), (Landlock \\d+|no Landlock \\(.+\\)), nice"
                + " 10, \\d+ MiB of address space, 64 descriptors");
  }

  @ParameterizedTest
  @CsvSource({
    "socket 1 1 0", // a UNIX one
    "socket 2 1 0", // TCP
    "socket 2 2 0", // UDP over IPv4
    "socket 10 1 0", // TCP over IPv6
    "socket 16 3 0", // netlink
    "socketpair 1 1 0 0",
    "fork",
    "vfork",
    "kill 1 0",
    "kill -1 0",
    "kill 0 0", // its own group, the service's
    "ptrace 16 1 0 0", // attach
    "setuid 0",
    "unshare 268435456", // a user namespace
    "memfd_create 0 0",
    "prctl 22 1 0", // strict mode of seccomp
    "prctl 4 1", // dumpable
    "dup 0",
    "mlockall 3",
    "setpriority 0 0 -20",
    "personality 0"
  })
  void itCallsNothingThatItDoesNotNeed(String function) throws Exception {
    refused("seccomp", "function " + function);
  }

  @ParameterizedTest
  @ValueSource(strings = {"/bin/true", "/bin/sh", "/usr/bin/env"})
  void itStartsNoProgram(String program) throws Exception {
    refused("seccomp", "execute " + program);
  }

  @Test
  void itWritesNoFile() throws Exception {
    refused("seccomp", "write " + folder.resolve("new"));
    Path old = Files.writeString(folder.resolve("old"), "as it was");
    refused("seccomp", "write " + old);
    refused("seccomp", "delete " + old);

    assertThat(old).hasContent("as it was");
    assertThat(folder.resolve("new")).doesNotExist();
  }

  @Test
  void itReadsNoFileOfTheService() throws Exception {
    refused("Landlock", "read " + Files.writeString(folder.resolve("secret"), "key"));
    refused("Landlock", "read /proc/%d/environ".formatted(ProcessHandle.current().pid()));
    refused("Landlock", "read /proc/%d/mem".formatted(ProcessHandle.current().pid()));
    refused("Landlock", "read /etc/passwd");
    refused("Landlock", "list /");
    refused("Landlock", "list " + folder);
  }

  @Test
  void itReadsWhatTheJvmNeeds() {
    Path release = Path.of(System.getProperty("java.home"), "release");

    assertThat(catchThrowable(() -> HELPERS.prepare("read " + release)))
        .isInstanceOf(ImageException.Unreadable.class)
        .hasMessageStartingWith("read ");
  }

  /** Nothing of it is the service's business, and some of it could be a secret. */
  @Test
  void itsEnvironmentHasNothingOfTheServicesButWhereLibrariesAre() {
    assertThat(
            HelperCommand.environment(
                Map.of(
                    "AWS_SECRET_ACCESS_KEY", "x",
                    "HF_TOKEN", "x",
                    "JAVA_TOOL_OPTIONS", "-javaagent:x",
                    "JDK_JAVA_OPTIONS", "x",
                    "LD_PRELOAD", "libmimalloc.so.2.0",
                    "LD_LIBRARY_PATH", "/opt/lib",
                    "SystemRoot", "C:\\Windows",
                    "Path", "C:\\bin",
                    "RESNET_ACCESS_KEYS_0_SHA256", "x")))
        .containsOnly(
            Map.entry("LD_LIBRARY_PATH", "/opt/lib"),
            Map.entry("SystemRoot", "C:\\Windows"),
            Map.entry("Path", "C:\\bin"),
            Map.entry("MALLOC_ARENA_MAX", "1"));
  }

  /**
   * @param guard what refuses it; skipped where the kernel does not have that
   */
  private static void refused(String guard, String attempt) throws Exception {
    HELPERS.prepare("good");
    String confinement = HELPERS.pool.confinement();
    assumeTrue(!confinement.contains("no " + guard) && confinement.contains(guard), confinement);
    int starts = HELPERS.starts.get();

    Throwable refusal = catchThrowable(() -> HELPERS.prepare(attempt));

    assertThat(refusal).as(attempt).isInstanceOf(ImageException.Unreadable.class);
    assertThat(refusal.getMessage())
        .doesNotStartWith("gives ")
        .doesNotMatch("(?s)(read|found|ran) \\d.*");
    assertThat(HELPERS.starts).as("the helper goes on").hasValue(starts);
  }
}
