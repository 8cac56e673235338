package io.github.resnetserving;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.resnetserving.SettingsCheck.UnknownSettingException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.env.YamlPropertySourceLoader;
import org.springframework.core.env.MapPropertySource;
import org.springframework.core.env.StandardEnvironment;
import org.springframework.core.env.SystemEnvironmentPropertySource;
import org.springframework.core.io.ClassPathResource;

class SettingsCheckTest {

  private static final Pattern VARIABLE = Pattern.compile("RESNET_[A-Z0-9_]*[A-Z0-9]");

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "resnet.batching.max-bach | resnet.batching.max-batch",
        "resnet.batchin.max-batch | resnet.batching.max-batch",
        "resnet.maxBatch | resnet.batching.max-batch",
        "resnet.limits.maxbody-bytes | resnet.limits.max-body",
        "resnet.precison | resnet.precision",
        "resnet.default-modle | resnet.default-model",
        "resnet.model | resnet.models",
        "resnet.engine.thread | resnet.engine.threads",
        "resnet.access.key[0].name | resnet.access.keys.*.name",
        "Resnet.Offlin | resnet.offline"
      })
  void aMisspelledPropertyEndsTheStartAndTheNearestIsNamed(String misspelled, String nearest) {
    assertThatThrownBy(() -> check(Map.of(misspelled, "1"), Map.of()))
        .isInstanceOf(UnknownSettingException.class)
        .hasMessageStartingWith("there is no property %s, but there is ".formatted(misspelled))
        .hasMessageContaining(nearest);
  }

  @ParameterizedTest
  @CsvSource({
    "RESNET_BATCHING_MAX_BACH, RESNET_BATCHING_MAX_BATCH",
    "RESNET_BATCH_MAX_BATCH, RESNET_BATCHING_MAX_BATCH",
    "RESNET_MODEL_DIR, RESNET_MODELS_DIR",
    "RESNET_DEFAULTMODELL, RESNET_DEFAULT_MODEL",
    "RESNET_ACCESS_ANONYMUS, RESNET_ACCESS_ANONYMOUS",
    "RESNET_GRPC_PROT, RESNET_GRPC_PORT",
    "RESNET_CORS_ALLOWED_ORIGIN, RESNET_CORS_ALLOWED_ORIGINS"
  })
  void aMisspelledVariableEndsTheStartAndTheNearestIsNamed(String misspelled, String nearest) {
    assertThatThrownBy(() -> check(Map.of(), Map.of(misspelled, "1")))
        .isInstanceOf(UnknownSettingException.class)
        .hasMessageStartingWith(
            "there is no environment variable %s, but there is %s".formatted(misspelled, nearest));
  }

  @Test
  void everyMisspellingIsTold() {
    assertThatThrownBy(
            () -> check(Map.of("resnet.xyz.qqqqqqqqqq", "1"), Map.of("RESNET_QQQQ", "1")))
        .hasMessageContaining("there is no property resnet.xyz.qqqqqqqqqq")
        .hasMessageContaining("there is no environment variable RESNET_QQQQ");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "resnet.batching.max-batch",
        "resnet.batching.maxBatch",
        "resnet.batching.max_batch",
        "resnet.batching.weights.my-model.v2",
        "resnet.access.keys[0].name",
        "resnet.access.keys[12].rights[1]",
        "resnet.models[0]",
        "resnet.url.allowed-hosts",
        "resnet.url.allowed-hosts[0]",
        "server.prot",
        "resnetserving.any"
      })
  void aSettingThatSpringBindsPasses(String name) {
    assertThatCode(() -> check(Map.of(name, "1"), Map.of())).doesNotThrowAnyException();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "RESNET_BATCHING_MAX_BATCH",
        "RESNET_BATCHING_MAXBATCH",
        "RESNET_ACCESS_KEYS_0_SHA256",
        "RESNET_ACCESS_KEYS_0_RIGHTS",
        "RESNET_BATCHING_WEIGHTS_RESNET50",
        "RESNET_GRPC_PORT",
        "RESNET_SHUTDOWN_TIMEOUT",
        "RESNET_KEY",
        "RESNETS",
        "RESNET_SERVICE_HOST",
        "RESNET_SERVICE_PORT",
        "RESNET_SERVICE_PORT_HTTP",
        "RESNET_SERVING_SERVICE_HOST",
        "RESNET_SERVING_GRPC_SERVICE_PORT",
        "RESNET_PORT",
        "RESNET_PORT_8080_TCP",
        "RESNET_SERVING_PORT_8080_TCP_ADDR",
        "RESNET_SERVING_PORT_9000_TCP_PROTO",
        "RESNET_SERVING_PORT"
      })
  void aVariableThatMeansSomethingPasses(String name) {
    assertThatCode(() -> check(Map.of(), Map.of(name, "1"))).doesNotThrowAnyException();
  }

  @ParameterizedTest
  @MethodSource("documentedVariables")
  void everyVariableOfTheDocumentsAndTheChartPasses(String name) {
    assertThatCode(() -> check(Map.of(), Map.of(name, "1"))).doesNotThrowAnyException();
  }

  static List<String> documentedVariables() throws Exception {
    TreeSet<String> names = new TreeSet<>();
    for (String place :
        List.of(
            "docs",
            "helm",
            "k8s",
            "docker",
            "README.md",
            "Dockerfile",
            "Dockerfile.gpu",
            "docker-compose.yml")) {
      try (Stream<Path> files = Files.walk(Path.of(place))) {
        for (Path file : files.filter(Files::isRegularFile).toList()) {
          if (file.toString().matches(".*(\\.(md|ya?ml|tpl)|Dockerfile.*)")) {
            VARIABLE
                .matcher(Files.readString(file))
                .results()
                .forEach(found -> names.add(found.group()));
          }
        }
      }
    }
    assertThat(names).contains("RESNET_MODELS_DIR", "RESNET_GRPC_PORT");
    return List.copyOf(names);
  }

  @ParameterizedTest
  @CsvSource({
    "RESNET_MODELS, 'a,b', 'models=[a, b]'",
    "RESNET_MODELS_DIR, /elsewhere, modelsDir=/elsewhere",
    "RESNET_DEFAULT_MODEL, net, defaultModel=net",
    "RESNET_CACHE_DIR, /cache, cacheDir=/cache",
    "RESNET_PRE_STOP, 3s, preStop=PT3S",
    "RESNET_ENGINE_WORKERS, 3, workers=3",
    "RESNET_BATCHING_MAX_BATCH, 5, maxBatch=5",
    "RESNET_BATCHING_TARGET_P99, 50ms, targetP99=PT0.05S",
    "RESNET_BATCHING_WEIGHTS_NET, 4, 'weights={net=4}'",
    "RESNET_IMAGE_SANDBOX, all, sandbox=ALL",
    "RESNET_LIMITS_BODY_TIMEOUT, 7s, bodyTimeout=PT7S",
    "RESNET_LIMITS_BYTES_IN_FLIGHT, 3MB, bytesInFlight=3145728B",
    "RESNET_GRPC_MAX_CALLS, 6, maxCalls=6",
    "RESNET_ACCESS_ADMIN_KEY_DIR, /keys, adminKeyDir=/keys",
    "RESNET_ACCESS_OPEN_METRICS, true, openMetrics=true",
    "RESNET_CORS_ALLOWED_ORIGINS, 'https://a,https://b', 'allowedOrigins=[https://a, https://b]'",
    "RESNET_URL_ALLOWED_HOSTS, 'a.example,b.example', 'allowedHosts=[a.example, b.example]'",
    "RESNET_WATCH_EXIT_AFTER, 9s, exitAfter=PT9S"
  })
  void aVariableSetsItsProperty(String name, String value, String expected) throws Exception {
    Binder binder = Binder.get(environment(Map.of(), Map.of(name, value)));

    assertThat(SettingsCheck.SETTINGS)
        .extracting(type -> String.valueOf(binder.bindOrCreate(SettingNames.prefix(type), type)))
        .anyMatch(bound -> bound.contains(expected));
  }

  /** docker-compose's variable for the image's name reads as the prefix of the images' settings. */
  @Test
  void aVariableOfTheToolsThatReadsAsAGroupOfSettingsIsPassedOver() throws Exception {
    StandardEnvironment environment =
        environment(Map.of(), Map.of("RESNET_IMAGE", "resnet-serving"));

    assertThatCode(
            () -> new SettingsCheck().postProcessEnvironment(environment, new SpringApplication()))
        .doesNotThrowAnyException();
  }

  private static void check(Map<String, Object> properties, Map<String, Object> variables)
      throws Exception {
    SettingsCheck.requireKnown(environment(properties, variables));
  }

  private static StandardEnvironment environment(
      Map<String, Object> properties, Map<String, Object> variables) throws Exception {
    StandardEnvironment environment = new StandardEnvironment();
    environment
        .getPropertySources()
        .replace(
            StandardEnvironment.SYSTEM_ENVIRONMENT_PROPERTY_SOURCE_NAME,
            new SystemEnvironmentPropertySource(
                StandardEnvironment.SYSTEM_ENVIRONMENT_PROPERTY_SOURCE_NAME, variables));
    environment.getPropertySources().addFirst(new MapPropertySource("given", properties));
    for (String file : List.of("application.yml", "application-production.yml")) {
      new YamlPropertySourceLoader()
          .load(file, new ClassPathResource(file))
          .forEach(environment.getPropertySources()::addLast);
    }
    return environment;
  }
}
