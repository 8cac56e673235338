package io.github.resnetserving.cli;

import io.github.resnetserving.cli.options.ConsoleCommand;
import io.github.resnetserving.cli.options.ModelsFolder;
import io.github.resnetserving.confidence.ConfidenceFile;
import io.github.resnetserving.models.ModelException;
import io.github.resnetserving.models.ModelRepository;
import io.github.resnetserving.models.ModelSpec;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

@Command(
    name = "verify",
    description =
        "Checks weights, and what calibrate --labels stored with them, against their digests; fails"
            + " when one differs.",
    mixinStandardHelpOptions = true)
final class ModelsVerifyCommand extends ConsoleCommand {

  @Mixin private ModelsFolder folder = new ModelsFolder();

  @Parameters(paramLabel = "NAME", arity = "0..*", description = "Models (default: all).")
  private List<String> names = new ArrayList<>();

  @Override
  public Integer call() throws Exception {
    PrintWriter out = out();
    PrintWriter err = err();
    ModelRepository repository = folder.repository();
    // A name that is not there is found before the first, perhaps long, digest.
    Map<String, List<String>> asked = new LinkedHashMap<>();
    for (String name : names.isEmpty() ? repository.names() : names) {
      asked.put(name, folder.versions(name, null));
    }
    int failures = 0;
    for (Map.Entry<String, List<String>> entry : asked.entrySet()) {
      for (String version : entry.getValue()) {
        String model = entry.getKey() + " " + version;
        try {
          ModelSpec spec = repository.find(entry.getKey(), version).orElseThrow();
          ModelRepository.verify(spec);
          var _ = ConfidenceFile.find(spec);
          out.printf(Locale.ROOT, "%s: ok%n", model);
        } catch (ModelException e) {
          err.printf(Locale.ROOT, "%s: %s%n", model, e.getMessage());
          failures++;
        }
      }
    }
    out.flush();
    err.flush();
    return failures == 0 ? 0 : 1;
  }
}
