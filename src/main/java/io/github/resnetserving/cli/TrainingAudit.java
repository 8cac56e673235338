package io.github.resnetserving.cli;

import io.github.resnetserving.audit.Audit;
import io.github.resnetserving.audit.AuditReport;
import io.github.resnetserving.audit.Findings;
import io.github.resnetserving.audit.LabelCheck;
import io.github.resnetserving.audit.LabelCheck.Suspect;
import io.github.resnetserving.audit.SuspectsFile;
import io.github.resnetserving.cli.DataCommand.AuditProgress;
import io.github.resnetserving.models.ModelException;
import io.github.resnetserving.models.ModelRepository;
import io.github.resnetserving.resnet.ResNet;
import io.github.resnetserving.training.Curation;
import io.github.resnetserving.training.DataSource;
import io.github.resnetserving.training.TrainingRun;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The options of {@code train} that say how it looks at its images first, and what follows. */
final class TrainingAudit {

  /** Short edge up to which the model for small images is asked. */
  private static final int SMALL = 48;

  private static final String AUTO = "auto";

  /** How closely images are looked at. */
  private enum Depth {
    FULL,
    QUICK,
    OFF
  }

  @Option(
      names = "--audit",
      paramLabel = "full|quick|off",
      defaultValue = "full",
      description =
          "How images are looked at first: quick finds unreadable ones, copies and leaks; full also"
              + " asks a network for labels that are likely wrong (default: ${DEFAULT-VALUE}).")
  private Depth depth = Depth.FULL;

  @Option(
      names = "--audit-model",
      paramLabel = "NAME",
      description =
          "The network that full asks (default: "
              + ModelRepository.BUNDLED
              + ", or "
              + ModelRepository.BUNDLED_SMALL
              + " for images of up to 48 pixels).")
  private @Nullable String model;

  @Option(
      names = "--allow-leaks",
      description =
          "Trains even where images to learn from, or copies of them, are among those for"
              + " validation or testing.")
  private boolean allowLeaks;

  @Option(
      names = "--drop-suspects",
      paramLabel = "auto|FILE",
      description =
          "Does not learn from images whose labels are likely wrong: those that the audit finds, or"
              + " those in the first column of a CSV such as labels.csv of data check. Files stay.")
  private @Nullable String drop;

  @Option(
      names = "--down-weight-suspects",
      paramLabel = "auto|FILE",
      description = "Learns a quarter as much from them: an epoch shows one of four.")
  private @Nullable String downWeight;

  /**
   * Looks at the images, prints and writes what it finds, and says what is to be done about it.
   *
   * @param run the run's folder
   * @throws IOException if images leak that must not
   * @throws IllegalArgumentException if options contradict each other
   */
  Curation curate(DataSource data, Path run, ModelRepository repository, PrintWriter err)
      throws IOException {
    check();
    if (depth == Depth.OFF) {
      return new Curation(
          positions(drop, data, run, Optional.empty()),
          positions(downWeight, data, run, Optional.empty()),
          List.of(),
          List.of());
    }
    Findings findings = findings(data, repository);
    AuditReport report = new AuditReport(data, findings);
    report.summary().forEach(err::println);
    err.flush();
    Optional<String> refusal = report.refusal();
    if (refusal.isPresent() && !allowLeaks) {
      throw new IOException(refusal.get());
    }
    Path folder = run.resolve("audit");
    Set<Integer> dropped = positions(drop, data, run, findings.labels());
    Set<Integer> weighted = positions(downWeight, data, run, findings.labels());
    if (!TrainingRun.isBegun(run)) {
      report.write(folder);
    }
    return new Curation(dropped, weighted, findings.groups(), report.sections(folder));
  }

  private void check() {
    if (drop != null && downWeight != null) {
      throw new IllegalArgumentException(
          "--drop-suspects and --down-weight-suspects exclude each other: what is left out has no"
              + " weight");
    }
    if (depth != Depth.FULL && (AUTO.equals(drop) || AUTO.equals(downWeight))) {
      throw new IllegalArgumentException(
          "auto needs --audit full: without a network nothing is suspected; name a CSV instead");
    }
  }

  private Findings findings(DataSource data, ModelRepository repository) throws IOException {
    try (AuditProgress progress = new AuditProgress()) {
      Audit audit = Audit.look(data, progress);
      if (depth == Depth.QUICK) {
        return audit.findings(Optional.empty());
      }
      String name = model;
      if (name == null) {
        name = audit.shortEdge() <= SMALL ? ModelRepository.BUNDLED_SMALL : ModelRepository.BUNDLED;
      }
      var found = repository.find(name);
      if (found.isEmpty()) {
        throw new ModelException(
            "there is no model %s; there are: %s"
                .formatted(name, String.join(", ", repository.names())));
      }
      try (ResNet network = ResNet.builder().open(found.get())) {
        return audit.findings(Optional.of(network));
      }
    }
  }

  /** A run that goes on leaves out what it left out before, even if rounding differs. */
  private static Set<Integer> positions(
      @Nullable String choice, DataSource data, Path run, Optional<LabelCheck> labels)
      throws IOException {
    if (choice == null) {
      return Set.of();
    }
    Path before = run.resolve("audit").resolve(AuditReport.LABELS);
    if (!choice.equals(AUTO) || (TrainingRun.isBegun(run) && Files.exists(before))) {
      return SuspectsFile.positions(choice.equals(AUTO) ? before : Path.of(choice), data);
    }
    Set<Integer> positions = new HashSet<>();
    labels.map(LabelCheck::found).orElse(List.of()).stream()
        .map(Suspect::position)
        .forEach(positions::add);
    return positions;
  }
}
