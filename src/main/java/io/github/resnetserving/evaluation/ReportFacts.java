package io.github.resnetserving.evaluation;

import io.github.resnetserving.models.ModelSpec;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.LinkedHashMap;
import java.util.SequencedMap;

/** Where the numbers of a report come from, as rows of a table. */
public final class ReportFacts {

  private static final Path CPUINFO = Path.of("/proc/cpuinfo");

  private ReportFacts() {}

  /**
   * Names the model, this machine, the time and a command. More rows can be added.
   *
   * @param command that made the numbers, as it was typed
   */
  public static SequencedMap<String, String> of(ModelSpec model, String command) {
    SequencedMap<String, String> rows = new LinkedHashMap<>();
    rows.put("model", model.name());
    rows.put("version", model.version());
    rows.put("digest of the weights", model.digest());
    rows.put("classes", String.valueOf(model.labels().count()));
    rows.put("preprocessing", model.preprocessing().id());
    rows.put(
        "processor",
        "%s, %d threads".formatted(processor(), Runtime.getRuntime().availableProcessors()));
    rows.put("date", Instant.now().truncatedTo(ChronoUnit.SECONDS).toString());
    rows.put("command", command);
    return rows;
  }

  /** This machine's processor as Linux names it; elsewhere the architecture. */
  public static String processor() {
    String architecture = System.getProperty("os.arch", "unknown");
    try {
      return Files.readAllLines(CPUINFO).stream()
          .filter(line -> line.startsWith("model name"))
          .findFirst()
          .map(line -> line.substring(line.indexOf(':') + 1).strip())
          .orElse(architecture);
    } catch (IOException e) {
      return architecture; // not Linux
    }
  }
}
