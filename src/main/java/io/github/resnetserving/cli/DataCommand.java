package io.github.resnetserving.cli;

import io.github.resnetserving.audit.Audit;
import io.github.resnetserving.audit.AuditReport;
import io.github.resnetserving.audit.Findings;
import io.github.resnetserving.cli.options.ConsoleCommand;
import io.github.resnetserving.cli.options.DeviceChoice;
import io.github.resnetserving.cli.options.ModelChoice;
import io.github.resnetserving.resnet.ResNet;
import io.github.resnetserving.training.DataSource;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Optional;
import me.tongfei.progressbar.ProgressBar;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
    name = "data",
    description = "Looks at labelled images.",
    mixinStandardHelpOptions = true,
    synopsisSubcommandLabel = "COMMAND",
    subcommands = DataCommand.Check.class)
final class DataCommand {

  @Command(
      name = "check",
      description = {
        "Tells what is wrong with labelled images: files that cannot be read, copies, leaks between"
            + " training, validation and test, uneven classes, odd sizes and colours, and labels"
            + " that are likely wrong.",
        "Nothing is changed. train DATA begins with the same."
      },
      mixinStandardHelpOptions = true,
      sortOptions = false)
  static final class Check extends ConsoleCommand {

    @Parameters(
        paramLabel = "DATA",
        description =
            "A folder or tar with one folder a class, perhaps below train, val and test; a CSV of"
                + " path,label; or CIFAR's binary archive.")
    private Path data = Path.of("");

    @Mixin private ModelChoice choice = new ModelChoice();
    @Mixin private DeviceChoice device = new DeviceChoice();

    @Option(
        names = "--quick",
        description =
            "Asks no network: copies are found by their looks alone, and labels are not compared.")
    private boolean quick;

    @Option(
        names = "--output",
        paramLabel = "DIR",
        description =
            "Writes a CSV for each kind of finding there, and contact sheets of copies and of"
                + " labels that are likely wrong.")
    private @Nullable Path output;

    @Override
    public Integer call() throws Exception {
      PrintWriter out = out();
      try (DataSource source = DataSource.open(data);
          @Nullable ResNet network =
              quick ? null : ResNet.builder().device(device.setting()).open(choice.find());
          AuditProgress progress = new AuditProgress()) {
        Findings findings = Audit.look(source, progress).findings(Optional.ofNullable(network));
        progress.close();
        AuditReport report = new AuditReport(source, findings);
        report.summary().forEach(out::println);
        if (output != null) {
          report.write(output);
          out.println(output);
        }
        out.flush();
      }
      return 0;
    }
  }

  /** A bar for each thing that an audit does. */
  static final class AuditProgress implements Audit.Progress, AutoCloseable {

    private @Nullable ProgressBar bar;

    @Override
    public synchronized void onBegin(String what, int images) {
      close();
      bar = TrainingProgress.bar(what, images);
    }

    @Override
    public synchronized void onImages(int more) {
      if (bar != null) {
        bar.stepBy(more);
      }
    }

    @Override
    public synchronized void close() {
      if (bar != null) {
        bar.close();
        bar = null;
      }
    }
  }
}
