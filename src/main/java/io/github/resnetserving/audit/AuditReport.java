package io.github.resnetserving.audit;

import io.github.resnetserving.audit.Findings.ClassSize;
import io.github.resnetserving.audit.Findings.Copy;
import io.github.resnetserving.audit.Findings.Odd;
import io.github.resnetserving.audit.LabelCheck.Suspect;
import io.github.resnetserving.evaluation.ContactSheet;
import io.github.resnetserving.evaluation.ContactSheet.Cell;
import io.github.resnetserving.evaluation.Csv;
import io.github.resnetserving.evaluation.ReportSection;
import io.github.resnetserving.training.DataSource;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Function;

/** What an audit has found, for people and for programs. */
public final class AuditReport {

  /** The table of labels that are likely wrong, within the folder of {@link #write}. */
  public static final String LABELS = "labels.csv";

  private static final String COPIES_SHEET = "copies.png";
  private static final String LABELS_SHEET = "labels.png";

  /** Findings of a kind that are printed; the tables have them all. */
  private static final int PRINTED = 5;

  /** Rows of a contact sheet, and of a table in a report. */
  private static final int SHOWN = 25;

  private final DataSource data;
  private final Findings findings;

  public AuditReport(DataSource data, Findings findings) {
    this.data = data;
    this.findings = findings;
  }

  /** Some lines that say what was found, a few examples of each kind. */
  public List<String> summary() {
    List<String> lines = new ArrayList<>();
    lines.add("%,d images of %d classes".formatted(data.count(), data.classes().size()));
    add(
        lines,
        "unreadable",
        findings.unreadable().size(),
        List.copyOf(findings.unreadable().entrySet()),
        entry -> entry.getKey() + ": " + entry.getValue());
    add(lines, "copies", findings.copies().size(), findings.copies(), this::copy);
    add(lines, "leaks", findings.leaks().size(), findings.leaks(), this::leak);
    List<ClassSize> uneven =
        findings.classes().stream().filter(one -> !one.note().isEmpty()).toList();
    add(
        lines,
        "classes",
        uneven.size(),
        uneven,
        one ->
            "%s has %,d images to learn from: %s"
                .formatted(one.name(), one.training(), one.note()));
    add(
        lines,
        "odd images",
        findings.odd().size(),
        findings.odd(),
        one -> data.name(one.position()) + ": " + one.what());
    findings
        .labels()
        .ifPresentOrElse(
            labels -> addLabels(lines, labels),
            () -> lines.add("labels      not compared: there is no network"));
    return lines;
  }

  private void addLabels(List<String> lines, LabelCheck labels) {
    switch (labels) {
      case LabelCheck.Skipped(var reason) -> lines.add("labels      not compared: " + reason);
      case LabelCheck.Checked checked -> {
        add(lines, "labels", checked.suspects().size(), checked.suspects(), this::suspect);
        lines.add("            " + basis(checked));
      }
    }
  }

  private static String basis(LabelCheck.Checked checked) {
    return String.format(
        Locale.ROOT,
        "likely wrong of %,d, by the features of %s: a classifier that has not learnt from an image"
            + " names the label of %.1f %%",
        checked.images(),
        checked.network(),
        100 * checked.accuracy());
  }

  private static <T> void add(
      List<String> lines, String kind, int count, List<T> all, Function<T, String> text) {
    lines.add("%-11s %,d".formatted(kind, count));
    all.stream().limit(PRINTED).forEach(one -> lines.add("            " + text.apply(one)));
    if (count > PRINTED) {
      lines.add("            …");
    }
  }

  private String copy(Copy copy) {
    boolean differ = data.label(copy.first()) != data.label(copy.second());
    return "%s = %s (%s)%s"
        .formatted(
            data.name(copy.first()),
            data.name(copy.second()),
            copy.how(),
            differ
                ? ", labels differ: %s, %s".formatted(label(copy.first()), label(copy.second()))
                : "");
  }

  private String leak(Copy copy) {
    return "%s (%s) = %s (%s), %s"
        .formatted(
            data.name(copy.first()),
            part(copy.first()),
            data.name(copy.second()),
            part(copy.second()),
            copy.how());
  }

  private String suspect(Suspect suspect) {
    return String.format(
        Locale.ROOT,
        "%s is %s (%.1f %%), rather %s (%.1f %%)",
        data.name(suspect.position()),
        label(suspect.position()),
        100 * suspect.probability(),
        data.classes().get(suspect.better()),
        100 * suspect.betterProbability());
  }

  /**
   * Why the data cannot be learnt from as it is.
   *
   * @return empty where nothing leaks
   */
  public Optional<String> refusal() {
    List<Copy> leaks = findings.leaks();
    if (leaks.isEmpty()) {
      return Optional.empty();
    }
    StringBuilder text = new StringBuilder();
    text.append(
        "%,d images are there to learn from and to be tested with, or copies of such are:%n"
            .formatted(leaks.size()));
    leaks.forEach(leak -> text.append("  ").append(leak(leak)).append(System.lineSeparator()));
    text.append("Remove one of each, or train with --allow-leaks and believe less of the result.");
    return Optional.of(text.toString());
  }

  /**
   * Writes a CSV for each kind of finding, and contact sheets of copies and of labels that are
   * likely wrong where there are any. Files of the same names are overwritten.
   *
   * @param folder is created where it is not there
   */
  public void write(Path folder) throws IOException {
    try {
      Files.createDirectories(folder);
    } catch (FileAlreadyExistsException e) {
      throw new IOException("%s is a file: the findings need a folder".formatted(folder), e);
    }
    Csv unreadable = new Csv("image", "reason");
    findings.unreadable().forEach((name, reason) -> unreadable.row(name, reason));
    Files.writeString(folder.resolve("unreadable.csv"), unreadable.toString());
    Files.writeString(folder.resolve("copies.csv"), copies(findings.copies()));
    Files.writeString(folder.resolve("leaks.csv"), copies(findings.leaks()));
    Csv classes = new Csv("class", "training", "validation", "test", "note");
    for (ClassSize one : findings.classes()) {
      classes.row(one.name(), one.training(), one.validation(), one.test(), one.note());
    }
    Files.writeString(folder.resolve("classes.csv"), classes.toString());
    Csv odd = new Csv("image", "class", "what");
    for (Odd one : findings.odd()) {
      odd.row(data.name(one.position()), label(one.position()), one.what());
    }
    Files.writeString(folder.resolve("odd.csv"), odd.toString());
    sheet(folder.resolve(COPIES_SHEET), copiesSheet());
    List<Suspect> suspects = findings.labels().map(LabelCheck::found).orElse(List.of());
    if (findings.labels().isPresent()) {
      Files.writeString(folder.resolve(LABELS), labels(suspects));
    }
    sheet(folder.resolve(LABELS_SHEET), labelsSheet(suspects));
  }

  private static void sheet(Path file, List<List<Cell>> rows) throws IOException {
    if (rows.isEmpty()) {
      Files.deleteIfExists(file);
    } else {
      ContactSheet.write(file, rows);
    }
  }

  private String copies(List<Copy> copies) {
    Csv csv =
        new Csv("image", "class", "part", "other", "other_class", "other_part", "how", "agreement");
    for (Copy copy : copies) {
      csv.row(
          data.name(copy.first()),
          label(copy.first()),
          part(copy.first()),
          data.name(copy.second()),
          label(copy.second()),
          part(copy.second()),
          copy.how(),
          copy.agreement());
    }
    return csv.toString();
  }

  private String labels(List<Suspect> suspects) {
    Csv csv = new Csv("image", "class", "part", "probability", "rather", "rather_probability");
    for (Suspect suspect : suspects) {
      csv.row(
          data.name(suspect.position()),
          label(suspect.position()),
          part(suspect.position()),
          suspect.probability(),
          data.classes().get(suspect.better()),
          suspect.betterProbability());
    }
    return csv.toString();
  }

  private List<List<Cell>> copiesSheet() {
    return findings.groups().stream()
        .limit(SHOWN)
        .map(group ->
            group.stream()
                .limit(ContactSheet.COLUMNS)
                .map(at -> cell(at, label(at) + ", " + part(at)))
                .toList())
        .toList();
  }

  private List<List<Cell>> labelsSheet(List<Suspect> suspects) {
    return ContactSheet.rows(
        suspects.stream()
            .limit((long) SHOWN * ContactSheet.COLUMNS / 2)
            .map(one ->
                cell(
                    one.position(),
                    "%s → %s".formatted(label(one.position()), data.classes().get(one.better()))))
            .toList());
  }

  private Cell cell(int position, String second) {
    return new Cell(() -> data.read(position), data.name(position), second);
  }

  /**
   * The findings as parts of a training's report.
   *
   * @param folder that {@link #write} wrote to
   */
  public List<ReportSection> sections(Path folder) {
    List<ReportSection> sections = new ArrayList<>();
    sections.add(
        new ReportSection(
            "Data",
            "What the audit found before training. The tables in %s have every finding."
                .formatted(folder),
            List.of("finding", "images"),
            List.of(
                row("unreadable", findings.unreadable().size()),
                row("pairs of copies", findings.copies().size()),
                row("leaks between training, validation and test", findings.leaks().size()),
                row("odd sizes and colours", findings.odd().size())),
            figure(folder.resolve(COPIES_SHEET))));
    findings.labels().ifPresent(labels -> sections.add(section(labels, folder)));
    return sections;
  }

  private ReportSection section(LabelCheck labels, Path folder) {
    String title = "Labels that are likely wrong";
    return switch (labels) {
      case LabelCheck.Skipped(var reason) ->
          new ReportSection(
              title, "They were not compared: " + reason, List.of(), List.of(), Optional.empty());
      case LabelCheck.Checked checked ->
          new ReportSection(
              title,
              "%,d labels are %s (confident learning, Northcutt et al. 2021)."
                  .formatted(checked.suspects().size(), basis(checked)),
              List.of("image", "class", "probability", "rather", "probability"),
              checked.suspects().stream()
                  .limit(SHOWN)
                  .map(one ->
                      List.of(
                          data.name(one.position()),
                          label(one.position()),
                          percent(one.probability()),
                          data.classes().get(one.better()),
                          percent(one.betterProbability())))
                  .toList(),
              figure(folder.resolve(LABELS_SHEET)));
    };
  }

  private static Optional<Path> figure(Path file) {
    return Files.exists(file) ? Optional.of(file) : Optional.empty();
  }

  private static List<String> row(String name, int count) {
    return List.of(name, "%,d".formatted(count));
  }

  private static String percent(double share) {
    return String.format(Locale.ROOT, "%.1f %%", 100 * share);
  }

  private String label(int position) {
    return data.classes().get(data.label(position));
  }

  private String part(int position) {
    return data.part(position).name().toLowerCase(Locale.ROOT);
  }
}
