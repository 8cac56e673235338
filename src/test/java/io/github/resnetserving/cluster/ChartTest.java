package io.github.resnetserving.cluster;

import static io.github.resnetserving.cluster.Chart.environment;
import static io.github.resnetserving.cluster.Chart.example;
import static io.github.resnetserving.cluster.Chart.pod;
import static io.github.resnetserving.cluster.Chart.render;
import static io.github.resnetserving.cluster.Chart.server;
import static io.github.resnetserving.cluster.Chart.template;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import com.marcnuri.helm.Helm;
import com.marcnuri.helm.LintResult;
import com.marcnuri.helm.TemplateCommand;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.PodSpec;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.ServicePort;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.autoscaling.v2.HorizontalPodAutoscaler;
import io.fabric8.kubernetes.api.model.networking.v1.Ingress;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicy;
import io.fabric8.kubernetes.api.model.policy.v1.PodDisruptionBudget;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class ChartTest {

  private static final Path PLAIN = Path.of("k8s", "resnet-serving.yaml");

  static List<Path> examples() throws IOException {
    try (Stream<Path> files = Files.list(Chart.FOLDER.resolve("examples"))) {
      return files.sorted().toList();
    }
  }

  @Test
  void theChartPassesHelmsOwnChecks() {
    LintResult result = new Helm(Chart.FOLDER).lint().strict().call();

    assertThat(result.isFailed()).as("%s", result.getMessages()).isFalse();
  }

  @ParameterizedTest
  @MethodSource("examples")
  void everyExampleRendersToObjectsOfKnownFieldsInOneNamespace(Path example) {
    String rendered = template().withValuesFile(example).call();

    assertThat(Manifests.parse(rendered).all(Deployment.class)).hasSize(1);
    assertThat(rendered).doesNotContain("namespace: default");
  }

  @ParameterizedTest
  @MethodSource("examples")
  void everyContainerIsAsRestrictedAsPodSecurityStandardsAsk(Path example) {
    PodSpec pod = pod(render(template().withValuesFile(example)));

    assertThat(pod.getSecurityContext().getRunAsNonRoot()).isTrue();
    assertThat(pod.getSecurityContext().getSeccompProfile().getType()).isEqualTo("RuntimeDefault");
    assertThat(pod.getAutomountServiceAccountToken()).isFalse();
    assertThat(Stream.concat(pod.getInitContainers().stream(), pod.getContainers().stream()))
        .allSatisfy(container -> {
          assertThat(container.getSecurityContext().getAllowPrivilegeEscalation()).isFalse();
          assertThat(container.getSecurityContext().getReadOnlyRootFilesystem()).isTrue();
          assertThat(container.getSecurityContext().getCapabilities().getDrop())
              .containsExactly("ALL");
          assertThat(container.getResources().getLimits()).containsKey("memory");
        });
  }

  @ParameterizedTest
  @MethodSource("examples")
  void anUpgradeKeepsTheSelector(Path example) {
    Deployment installed = render(template()).only(Deployment.class);
    Deployment upgraded = render(template().withValuesFile(example)).only(Deployment.class);

    assertThat(upgraded.getSpec().getSelector()).isEqualTo(installed.getSpec().getSelector());
    assertThat(upgraded.getSpec().getSelector().getMatchLabels())
        .isEqualTo(
            Map.of(
                "app.kubernetes.io/name", "resnet-serving", "app.kubernetes.io/instance", "vision"))
        .allSatisfy((name, value) ->
            assertThat(upgraded.getSpec().getTemplate().getMetadata().getLabels())
                .containsEntry(name, value));
  }

  @Test
  void aPodIsSentNothingUntilItIsReadyAndAnswersUntilNothingIsSent() {
    Manifests rendered = render(template());
    PodSpec pod = pod(rendered);
    Container server = pod.getContainers().getFirst();

    assertThat(server.getStartupProbe().getHttpGet().getPath()).isEqualTo("/readyz");
    assertThat(
            server.getStartupProbe().getPeriodSeconds()
                * server.getStartupProbe().getFailureThreshold())
        .isEqualTo(900);
    assertThat(server.getReadinessProbe().getHttpGet().getPath()).isEqualTo("/readyz");
    assertThat(server.getLivenessProbe().getHttpGet().getPath()).isEqualTo("/livez");
    assertThat(pod.getTerminationGracePeriodSeconds()).isEqualTo(60);
    assertThat(rendered.only(PodDisruptionBudget.class).getSpec().getMaxUnavailable().getIntVal())
        .isEqualTo(1);
  }

  @Test
  void theServiceLeadsToThePortThatTheContainerNames() {
    Manifests rendered = render(template());

    assertThat(rendered.only(Service.class).getSpec().getPorts())
        .extracting(ServicePort::getPort, port -> port.getTargetPort().getStrVal())
        .containsExactly(tuple(80, "http"), tuple(9000, "grpc"));
    assertThat(pod(rendered).getContainers().getFirst().getPorts())
        .extracting(port -> port.getName() + ":" + port.getContainerPort())
        .containsExactly("http:8080", "grpc:9000");
    assertThat(environment(server(rendered))).containsEntry("SPRING_GRPC_SERVER_ENABLED", "true");
  }

  @Test
  void grpcMayHaveAnotherPortOfTheServiceButNotOfThePod() {
    Manifests rendered = render(template().set("grpc.port", 443));

    assertThat(rendered.only(Service.class).getSpec().getPorts())
        .extracting(ServicePort::getPort)
        .containsExactly(80, 443);
    assertThat(pod(rendered).getContainers().getFirst().getPorts().get(1).getContainerPort())
        .isEqualTo(9000);
    assertThat(rendered.only(NetworkPolicy.class).getSpec().getIngress().getFirst().getPorts())
        .extracting(port -> port.getPort().getIntVal())
        .containsExactly(8080, 9000);
  }

  @Test
  void withoutGrpcNothingListensForItAndNothingLeadsThere() {
    Manifests rendered = render(template().set("grpc.enabled", "false"));

    assertThat(rendered.only(Service.class).getSpec().getPorts()).hasSize(1);
    assertThat(pod(rendered).getContainers().getFirst().getPorts()).hasSize(1);
    assertThat(environment(server(rendered))).containsEntry("SPRING_GRPC_SERVER_ENABLED", "false");
  }

  @Test
  void byDefaultTheServerFetchesResNet50AtItsStart() {
    PodSpec pod = pod(render(template()));

    assertThat(pod.getInitContainers()).isEmpty();
    assertThat(environment(pod.getContainers().getFirst()))
        .containsEntry("RESNET_DEFAULT_MODEL", "resnet50")
        .containsEntry("SPRING_PROFILES_ACTIVE", "production")
        .containsEntry("RESNET_MODELS_DIR", "/models")
        .containsEntry("RESNET_OFFLINE", "false");
  }

  @Test
  void initContainersFetchEachPublishedModelOnceAndTheServerIsOffline() {
    Manifests rendered = render(template().withValuesFile(example("hpa-volume")));
    PodSpec pod = pod(rendered);

    assertThat(pod.getInitContainers())
        .extracting(Container::getArgs)
        .containsExactly(
            List.of("models", "fetch", "resnet50", "--models-dir=/models"),
            List.of("models", "fetch", "resnet18", "--models-dir=/models"));
    assertThat(environment(pod.getContainers().getFirst()))
        .containsEntry("RESNET_MODELS", "resnet18,cifar10-resnet20")
        .containsEntry("RESNET_OFFLINE", "true");
    assertThat(rendered.only(PersistentVolumeClaim.class).getMetadata().getName())
        .isEqualTo(pod.getVolumes().getFirst().getPersistentVolumeClaim().getClaimName())
        .isEqualTo("vision-resnet-serving-models");
    assertThat(rendered.only(HorizontalPodAutoscaler.class).getSpec().getMetrics())
        .extracting(metric -> metric.getType())
        .containsExactly("Resource");
    assertThat(rendered.only(Deployment.class).getSpec().getReplicas()).isNull();
  }

  @Test
  void withoutInternetOnlyTheMirrorCanBeReached() {
    Manifests rendered = render(template().withValuesFile(example("air-gapped")));

    assertThat(environment(pod(rendered).getInitContainers().getFirst()))
        .containsEntry("RESNET_MIRROR", "http://mirror.artifacts.svc:8080/models");
    assertThat(rendered.only(NetworkPolicy.class).getSpec().getEgress())
        .flatExtracting(rule -> rule.getPorts())
        .extracting(port -> port.getPort().getIntVal())
        .containsExactly(53, 53, 8080);
  }

  @Test
  void theModelInsideNeedsNoNetworkAtAll() {
    Manifests rendered = render(template().withValuesFile(example("bundled")));

    assertThat(rendered.only(NetworkPolicy.class).getSpec().getEgress()).isEmpty();
    assertThat(rendered.only(Deployment.class).getSpec().getStrategy().getType())
        .isEqualTo("Recreate");
  }

  @Test
  void aGpuIsALimitBesideTheOthers() {
    PodSpec pod = pod(render(template().withValuesFile(example("gpu"))));

    assertThat(pod.getContainers().getFirst().getResources().getLimits())
        .isEqualTo(Map.of("memory", new Quantity("2Gi"), "nvidia.com/gpu", new Quantity("1")));
    assertThat(pod.getContainers().getFirst().getImage()).isEqualTo("resnet-serving:0.1.0-gpu");
  }

  @Test
  void kedaAsksPrometheusForTheQueueTimeOfThisRelease() {
    Manifests rendered = render(template().withValuesFile(example("keda")));

    assertThat(rendered.only(CustomResources.ScaledObject.class).spec().triggers())
        .extracting(CustomResources.Trigger::type)
        .containsExactly("cpu", "prometheus");
    assertThat(
            rendered.only(CustomResources.ScaledObject.class).spec().triggers().get(1).metadata())
        .containsEntry("threshold", "100")
        .containsEntry(
            "query",
            """
            1000 * sum(rate(resnet_queue_seconds_sum{namespace="ml",service="vision-resnet-serving"}[1m])) \
            / (sum(rate(resnet_queue_seconds_count{namespace="ml",service="vision-resnet-serving"}[1m])) > 0) \
            or vector(0)\
            """);
    assertThat(
            rendered.only(CustomResources.PrometheusRule.class).spec().groups().getFirst().rules())
        .extracting(rule -> rule.get("alert"))
        .containsExactly(
            "ResNetModelFailed",
            "ResNetImagesRejected",
            "ResNetRequestsSlow",
            "ResNetBatchesFailing",
            "ResNetSaturated",
            "ResNetAnswersDrift");
  }

  @Test
  void anIngressEndsTlsForItsHosts() {
    Ingress ingress = render(template().withValuesFile(example("ingress-tls"))).only(Ingress.class);

    assertThat(ingress.getSpec().getTls().getFirst().getSecretName()).isEqualTo("resnet-tls");
    assertThat(ingress.getSpec().getRules().getFirst().getHost()).isEqualTo("resnet.example.com");
  }

  @Test
  void oneVolumeForOnePodIsRefusedForTwo() {
    TemplateCommand command = template().withValuesFile(example("bundled")).set("replicaCount", 2);

    assertThatThrownBy(command::call).hasMessageContaining("set replicaCount=1");
  }

  @Test
  void aMisspelledValueIsRefused() {
    TemplateCommand command = template().set("replicaCuont", "3");

    assertThatThrownBy(command::call).hasMessageContaining("replicaCuont");
  }

  @Test
  void aMisspelledFieldIsFoundAtAnyDepth() {
    String rendered = template().call().replace("failureThreshold", "failureTreshold");

    assertThatThrownBy(() -> Manifests.parse(rendered)).hasMessageContaining("failureTreshold");
  }

  @Test
  void theSchemaKnowsExactlyTheValuesThatThereAre() throws IOException {
    Map<String, Object> schema = Chart.yaml(Chart.FOLDER.resolve("values.schema.json"));
    Set<String> known = properties("", schema);
    Set<String> values = Chart.values();

    assertThat(known).contains("global"); // Helm's own
    assertThat(known)
        .filteredOn(name -> !name.equals("global"))
        .allSatisfy(name ->
            assertThat(values)
                .anyMatch(
                    value -> value.equals(name) || isBelow(value, name) || isBelow(name, value)));
    assertThat(values)
        .allSatisfy(value ->
            assertThat(known)
                .anyMatch(
                    name -> value.equals(name) || isBelow(value, name) || isBelow(name, value)));
  }

  /** The paths of all that has no properties of its own. */
  private static Set<String> properties(String path, Map<String, Object> schema) {
    Set<String> properties = new TreeSet<>();
    asValues(Objects.requireNonNull((Map<?, ?>) schema.get("properties")))
        .forEach((key, value) -> {
          Map<String, Object> property = asValues((Map<?, ?>) value);
          if (property.containsKey("properties")) {
            assertThat(property).as(key).containsEntry("additionalProperties", false);
            properties.addAll(properties(path + key + ".", property));
          } else {
            properties.add(path + key);
          }
        });
    return properties;
  }

  private static Map<String, Object> asValues(Map<?, ?> map) {
    Map<String, Object> values = new TreeMap<>();
    map.forEach((key, value) -> values.put((String) key, value));
    return values;
  }

  private static boolean isBelow(String path, String parent) {
    return path.startsWith(parent + ".");
  }

  @Test
  void theAlertsAskForMetricsThatAreDocumented() throws IOException {
    String operations = Files.readString(Path.of("docs/operations.md"));
    String alerts = Files.readString(Chart.FOLDER.resolve("files").resolve("alerts.yml"));
    Matcher metric = Pattern.compile("\\bresnet_[a-z_]+").matcher(alerts);

    assertThat(metric.results().map(found -> stem(found.group())))
        .isNotEmpty()
        .allSatisfy(name -> assertThat(operations).contains(name));
  }

  /** Without what Prometheus adds to a histogram's name, or the document leaves out. */
  private static String stem(String metric) {
    return metric.equals("resnet_batch_failed_batches_total")
        ? "resnet_batch_failed_batches_total"
        : metric.replaceAll("_(bucket|sum|count)$", "");
  }

  /** {@code -Dmanifests=write} writes the file anew. */
  @Test
  void thePlainManifestsAreTheChartsDefault() throws IOException {
    String rendered =
        "# The chart's default values, rendered: helm/resnet-serving has the choices.\n"
            + template("resnet-serving", "default").call();
    rendered =
        rendered
            .lines()
            .filter(line -> !line.contains("namespace: default"))
            .reduce("", (a, b) -> a + b.stripTrailing() + "\n");
    rendered = rendered.replaceAll("(?s)---\n# Source: [^\n]*/tests/.*?(?=---\n|$)", "");
    if ("write".equals(System.getProperty("manifests"))) {
      Files.writeString(PLAIN, rendered);
    }

    assertThat(Files.readString(PLAIN)).isEqualTo(rendered);
    assertThat(Manifests.parse(rendered).only(Deployment.class).getMetadata().getName())
        .isEqualTo("resnet-serving");
  }

  @Test
  void kservesManifestsHaveKnownFieldsAndSpeakTheSecondProtocol() throws IOException {
    CustomResources.ClusterServingRuntime runtime =
        Manifests.parse(Files.readString(Path.of("k8s/kserve/clusterservingruntime.yaml")))
            .only(CustomResources.ClusterServingRuntime.class);
    CustomResources.InferenceService service =
        Manifests.parse(Files.readString(Path.of("k8s/kserve/inferenceservice.yaml")))
            .only(CustomResources.InferenceService.class);

    CustomResources.InferenceService overGrpc =
        Manifests.parse(Files.readString(Path.of("k8s/kserve/inferenceservice-grpc.yaml")))
            .only(CustomResources.InferenceService.class);

    assertThat(runtime.spec().protocolVersions()).containsExactly("v2", "grpc-v2");
    assertThat(runtime.spec().containers().getFirst().getPorts())
        .as("each service says which; Knative allows one alone")
        .isEmpty();
    assertThat(overGrpc.spec().predictor().model().protocolVersion()).isEqualTo("grpc-v2");
    assertThat(overGrpc.spec().predictor().model().ports())
        .extracting(port -> port.getName() + ":" + port.getContainerPort())
        .containsExactly("h2c:9000");
    assertThat(runtime.spec().containers().getFirst().getName()).isEqualTo("kserve-container");
    assertThat(service.spec().predictor().model().runtime())
        .isEqualTo(runtime.metadata().getName());
    assertThat(service.spec().predictor().model().modelFormat().name())
        .isEqualTo(runtime.spec().supportedModelFormats().getFirst().name());
  }
}
