package io.github.resnetserving.sandbox;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SequencedSet;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * How a helper is started, and what it may have.
 *
 * @param compiler whether code that runs much is optimised, which takes memory and time at first
 */
record HelperCommand(HelperProgram program, HelperSettings settings, boolean compiler) {

  private static final long MIB = 1 << 20;

  /** Variables of the service's environment that the system's loader needs to find libraries. */
  private static final Set<String> KEPT_VARIABLES =
      Set.of("LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "PATH", "SYSTEMROOT");

  /** Paths that the system's loader searches, and those that tell the JVM about processors. */
  private static final List<String> SYSTEM_PATHS =
      List.of(
          "/lib",
          "/lib64",
          "/usr/lib",
          "/usr/lib64",
          "/usr/local/lib",
          "/etc/ld.so.cache",
          "/etc/ld-musl-x86_64.path",
          "/etc/ld-musl-aarch64.path",
          "/sys/devices/system/cpu",
          "/dev/null",
          "/dev/random",
          "/dev/urandom");

  /** The whole command line. */
  List<String> words() {
    List<String> words = new ArrayList<>();
    words.add(javaHome().resolve("bin").resolve("java").toString());
    words.addAll(
        List.of(
            "-Xmx%dm".formatted(heapBytes() / MIB),
            "-Xms8m",
            "-XX:MaxNewSize=16m", // large arrays are to find room beside it
            "-XX:MinHeapFreeRatio=10",
            "-XX:MaxHeapFreeRatio=30",
            "-XX:MaxDirectMemorySize=%d".formatted(nativeBytes()),
            "-XX:+UseSerialGC",
            compiler ? "-XX:ReservedCodeCacheSize=48m" : "-XX:ReservedCodeCacheSize=16m",
            "-XX:TieredStopAtLevel=" + (compiler ? 4 : 1),
            "-XX:CompressedClassSpaceSize=16m",
            "-Xss512k",
            "-Xshare:auto",
            "-XX:-UsePerfData",
            "-XX:-UseContainerSupport", // all that it would decide is said here
            "-XX:+DisableAttachMechanism",
            "-XX:+ExitOnOutOfMemoryError",
            "-XX:-CreateCoredumpOnCrash",
            "-XX:+ErrorFileToStderr",
            "-XX:ErrorLogTimeout=1",
            "-XX:+DisplayVMOutputToStderr",
            "-Xlog:disable",
            "-Xlog:all=error:stderr",
            "-Xrs",
            "-Djava.awt.headless=true",
            "--enable-native-access=ALL-UNNAMED"));
    words.addAll(program.words());
    words.addAll(settings.words());
    return words;
  }

  /** Heap for the largest image that is admitted: up to eight bytes a pixel, and its file. */
  private long heapBytes() {
    return 32 * MIB + 8 * settings.policy().maxPixels() + 2L * settings.maxBytes();
  }

  /** Native memory for such an image: its samples, its pixels, and its file. */
  private long nativeBytes() {
    return 16 * MIB + 7 * settings.policy().maxPixels() + settings.maxBytes();
  }

  /**
   * Address space beyond what the JVM has reserved once it has started: native memory, what
   * decoders' libraries allocate themselves, further libraries and threads.
   */
  long moreAddressSpace() {
    return nativeBytes() + 4 * settings.policy().maxPixels() + 128 * MIB;
  }

  /**
   * The helper's environment: nothing of the service's that could be a secret.
   *
   * @param own the service's
   */
  static Map<String, String> environment(Map<String, String> own) {
    Map<String, String> kept = new TreeMap<>();
    own.forEach((name, value) -> {
      if (KEPT_VARIABLES.contains(name.toUpperCase(Locale.ROOT))) {
        kept.put(name, value);
      }
    });
    kept.put("MALLOC_ARENA_MAX", "1"); // each of glibc's takes 64 MB of address space
    return kept;
  }

  /** All files that it may read. */
  Set<Path> readable(Map<String, String> environment) {
    SequencedSet<Path> paths = new LinkedHashSet<>(program.files());
    paths.add(javaHome());
    SYSTEM_PATHS.forEach(path -> paths.add(Path.of(path)));
    Stream.of(environment.getOrDefault("LD_LIBRARY_PATH", "").split(":"))
        .filter(folder -> !folder.isBlank())
        .forEach(folder -> paths.add(Path.of(folder)));
    return paths;
  }

  /** The folder that it runs in. */
  Path folder() {
    return javaHome().getRoot();
  }

  private static Path javaHome() {
    return Path.of(System.getProperty("java.home")).toAbsolutePath();
  }
}
