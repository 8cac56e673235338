package io.github.resnetserving.cluster;

import com.marcnuri.helm.Helm;
import com.marcnuri.helm.TemplateCommand;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.EnvVar;
import io.fabric8.kubernetes.api.model.PodSpec;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.yaml.snakeyaml.Yaml;

/** The Helm chart, rendered as the release {@code vision} in the namespace {@code ml}. */
final class Chart {
  static final Path FOLDER = Path.of("helm", "resnet-serving");
  private static final String OLDEST_KUBERNETES = "1.28.0";

  private Chart() {}

  static TemplateCommand template() {
    return template("vision", "ml");
  }

  static TemplateCommand template(String release, String namespace) {
    return new Helm(FOLDER)
        .template()
        .withName(release)
        .withNamespace(namespace)
        .withKubeVersion(OLDEST_KUBERNETES);
  }

  /** Renders with values that are given as YAML. */
  static Manifests render(String values) {
    return render(with(values));
  }

  static Manifests render(TemplateCommand command) {
    return Manifests.parse(command.call());
  }

  static TemplateCommand with(String values) {
    try {
      Path file = Files.createTempFile("values", ".yaml");
      file.toFile().deleteOnExit();
      return template().withValuesFile(Files.writeString(file, values));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static Path example(String name) {
    return FOLDER.resolve("examples").resolve(name + ".yaml");
  }

  static PodSpec pod(Manifests manifests) {
    return manifests.only(Deployment.class).getSpec().getTemplate().getSpec();
  }

  static Container server(Manifests manifests) {
    return pod(manifests).getContainers().getFirst();
  }

  /** Names and values, where a variable of another source has none. */
  static Map<String, String> environment(Container container) {
    Map<String, String> environment = new LinkedHashMap<>();
    for (EnvVar variable : container.getEnv()) {
      if (environment.containsKey(variable.getName())) {
        throw new IllegalArgumentException(variable.getName() + " is given twice");
      }
      environment.put(variable.getName(), variable.getValue() == null ? "" : variable.getValue());
    }
    return environment;
  }

  /** The paths of all values; an empty map is one, too. */
  static Set<String> values() {
    return leaves("", yaml(FOLDER.resolve("values.yaml")));
  }

  private static Set<String> leaves(String path, Map<?, ?> values) {
    Set<String> leaves = new TreeSet<>();
    values.forEach((key, value) -> {
      if (value instanceof Map<?, ?> map && !map.isEmpty()) {
        leaves.addAll(leaves(path + key + ".", map));
      } else {
        leaves.add(path + key);
      }
    });
    return leaves;
  }

  static Map<String, Object> yaml(Path file) {
    try {
      return new Yaml().load(Files.readString(file));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
