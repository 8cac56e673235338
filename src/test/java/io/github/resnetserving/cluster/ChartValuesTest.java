package io.github.resnetserving.cluster;

import static io.github.resnetserving.cluster.Chart.environment;
import static io.github.resnetserving.cluster.Chart.pod;
import static io.github.resnetserving.cluster.Chart.render;
import static io.github.resnetserving.cluster.Chart.server;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.marcnuri.helm.TemplateCommand;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.ServiceAccount;
import io.fabric8.kubernetes.api.model.ServicePort;
import io.fabric8.kubernetes.api.model.Volume;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.apps.DeploymentSpec;
import io.fabric8.kubernetes.api.model.autoscaling.v2.HorizontalPodAutoscaler;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicy;
import io.github.resnetserving.cluster.CustomResources.Endpoint;
import io.github.resnetserving.cluster.CustomResources.PodMonitor;
import io.github.resnetserving.cluster.CustomResources.PrometheusRule;
import io.github.resnetserving.cluster.CustomResources.Route;
import io.github.resnetserving.cluster.CustomResources.ScaledObject;
import io.github.resnetserving.cluster.CustomResources.ServiceMonitor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.yaml.snakeyaml.Yaml;

/**
 * What the chart makes of values: those that failed on a cluster, and those that platform teams ask
 * for.
 */
class ChartValuesTest {
  private static final Path SETS = Path.of("src/test/resources/cluster/value-sets.yaml");

  static Stream<Arguments> sets() {
    return Chart.yaml(SETS).entrySet().stream()
        .map(set -> Arguments.of(set.getKey(), new Yaml().dump(set.getValue())));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("sets")
  void everySetOfValuesRendersToObjectsOfKnownFields(String name, String values) {
    Manifests rendered = render(values);

    assertThat(rendered.all(Deployment.class)).hasSize(1);
    assertThat(environment(server(rendered))).containsEntry("RESNET_MODELS_DIR", "/models");
  }

  @Test
  void plansAreCachedInAFolderThatNobodyElseMayWriteInto() {
    assertThat(environment(server(render("{}")))).containsEntry("RESNET_CACHE_DIR", "/cache/plans");
    assertThat(environment(server(render("persistence: {enabled: true}"))))
        .as("pods that share a volume share plans")
        .containsEntry("RESNET_CACHE_DIR", "/models/.plans");
  }

  @Test
  void aVariableOfTheChartIsLeftOutWhereAnotherValueIsGiven() {
    Manifests rendered =
        render(
            """
            models: {fetch: init, mirror: "http://mirror"}
            extraEnv: [{name: RESNET_MIRROR, value: "http://other"}, {name: SPRING_PROFILES_ACTIVE, value: ""}]
            """);

    assertThat(environment(server(rendered)))
        .containsEntry("RESNET_MIRROR", "http://other")
        .containsEntry("SPRING_PROFILES_ACTIVE", "");
    assertThat(environment(pod(rendered).getInitContainers().getFirst()))
        .containsEntry("RESNET_MIRROR", "http://other");
  }

  @Test
  void anAutoscalersDeploymentDoesNotSayHowManyPodsThereAre() {
    assertThat(deployment("autoscaling: {kind: hpa}").getReplicas()).isNull();
  }

  @Test
  void anHpaScalesByTheQueueOnlyWhereAnAdapterIsNamed() {
    assertThat(metrics("autoscaling: {kind: hpa}")).containsExactly("Resource");
    assertThat(metrics("autoscaling: {kind: hpa, queueMetric: resnet_queue_milliseconds}"))
        .containsExactly("Resource", "Pods");
  }

  @Test
  void anUpdateIsGivenUpLaterThanItsSlowestStart() {
    assertThat(deployment("{}").getProgressDeadlineSeconds()).isEqualTo(960);
    assertThat(deployment("models: {fetch: init}").getProgressDeadlineSeconds()).isEqualTo(1860);
    assertThat(deployment("startup: {maxSeconds: 60}").getProgressDeadlineSeconds()).isEqualTo(120);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "service: {annotations: {number: 1}}",
        "ingress: {annotations: {number: 1}}",
        "gateway: {annotations: {number: 1}}",
        "serviceAccount: {annotations: {truth: true}}",
        "podAnnotations: {number: 1}",
        "podLabels: {number: 1}",
        "commonLabels: {number: 1}",
        "nodeSelector: {gpu: true}",
        "metrics: {labels: {number: 1}}",
        "metrics: {dashboardLabels: {grafana_dashboard: 1}}"
      })
  void whatHasToBeTextIsRefusedOtherwise(String values) {
    TemplateCommand command = Chart.with(values);

    assertThatThrownBy(command::call).hasMessageContaining("want string");
  }

  @Test
  void aScrapeHasAKeyWhereKeysAreSet() {
    Endpoint endpoint =
        render(
                "metrics: {serviceMonitor: true, authorization: {type: Bearer, credentials: {name:"
                    + " keys, key: metrics}}}")
            .only(ServiceMonitor.class)
            .spec()
            .endpoints()
            .getFirst();

    assertThat(endpoint.authorization().credentials().getName()).isEqualTo("keys");
    assertThat(endpoint.authorization().credentials().getKey()).isEqualTo("metrics");
  }

  @Test
  void alertsAreAboutThisReleaseAlone() {
    Manifests rendered = render("metrics: {prometheusRule: true, podMonitor: true}");
    String scope = "namespace=\"ml\",service=\"vision-resnet-serving\"";

    assertThat(rendered.only(PrometheusRule.class).spec().groups().getFirst().rules())
        .hasSizeGreaterThan(4)
        .allSatisfy(rule -> {
          String expression = String.valueOf(rule.get("expr"));
          assertThat(expression.split("\\bresnet_[a-z_]+", -1))
              .as(expression)
              .hasSizeGreaterThan(1)
              .satisfies(parts ->
                  assertThat(parts)
                      .filteredOn(part -> !part.equals(parts[0]))
                      .allSatisfy(part -> assertThat(part).startsWith("{" + scope)));
        })
        .extracting(rule -> rule.get("expr"))
        .contains(
            "max by (namespace, pod, model) (resnet_model_state{%s,state=~\"failed|unfetched\"}) == 1"
                .formatted(scope));
    assertThat(
            rendered.only(PodMonitor.class).spec().podMetricsEndpoints().getFirst().relabelings())
        .extracting(relabeling -> relabeling.targetLabel() + "=" + relabeling.replacement())
        .containsExactly("service=vision-resnet-serving");
  }

  @Test
  void aTestsPodStaysForItsLogs() throws IOException {
    assertThat(Files.readString(Chart.FOLDER.resolve("templates/tests/answers.yaml")))
        .contains("helm.sh/hook-delete-policy: before-hook-creation\n");
  }

  @ParameterizedTest
  @ValueSource(strings = {"vision.v2", "2vision"})
  void aReleaseWhoseNameIsNoNameOfAServiceGetsOne(String release) {
    Manifests rendered = render(Chart.template(release, "ml"));

    assertThat(rendered.only(Service.class).getMetadata().getName())
        .matches("[a-z]([-a-z0-9]*[a-z0-9])?")
        .contains("vision");
    assertThat(rendered.only(Deployment.class).getSpec().getSelector().getMatchLabels())
        .containsEntry("app.kubernetes.io/instance", release);
  }

  @Test
  void aVolumeForManyReadersIsMountedReadOnly() {
    Manifests rendered =
        render(
            "{models: {fetch: never}, persistence: {enabled: true, existingClaim: models,"
                + " accessModes: [ReadOnlyMany]}}");

    assertThat(server(rendered).getVolumeMounts())
        .filteredOn(mount -> mount.getName().equals("models"))
        .singleElement()
        .satisfies(mount -> assertThat(mount.getReadOnly()).isTrue());
    assertThat(volume(rendered, "models").getPersistentVolumeClaim().getReadOnly()).isTrue();
    assertThat(rendered.only(Deployment.class).getSpec().getStrategy().getType())
        .isEqualTo("RollingUpdate");
  }

  @Test
  void nothingIsFetchedIntoWhatIsReadOnly() {
    TemplateCommand command = Chart.with("models: {imageVolume: \"registry.internal/models:1\"}");

    assertThatThrownBy(command::call).hasMessageContaining("set models.fetch=never");
  }

  @Test
  void modelsMayLieInAnImage() {
    Manifests rendered =
        render("models: {fetch: never, imageVolume: \"registry.internal/models:1\"}");

    assertThat(volume(rendered, "models").getImage().getReference())
        .isEqualTo("registry.internal/models:1");
  }

  @Test
  void managementMayHaveAPortOfItsOwn() {
    Manifests rendered = render("{management: {port: 8081}, metrics: {serviceMonitor: true}}");

    assertThat(environment(server(rendered))).containsEntry("MANAGEMENT_SERVER_PORT", "8081");
    assertThat(rendered.only(Service.class).getSpec().getPorts())
        .extracting(ServicePort::getName)
        .containsExactly("http", "grpc", "management");
    assertThat(rendered.only(NetworkPolicy.class).getSpec().getIngress())
        .flatExtracting(rule -> rule.getPorts())
        .extracting(port -> port.getPort().getIntVal())
        .containsExactly(8080, 9000, 8081);
    assertThat(rendered.only(ServiceMonitor.class).spec().endpoints().getFirst().port())
        .isEqualTo("management");
  }

  @Test
  void routesOfAGatewayLeadToBothPorts() {
    assertThat(render("gateway: {enabled: true, parentRefs: [{name: public}]}").all(Route.class))
        .extracting(route ->
            route.kind()
                + " "
                + route.metadata().getName()
                + " "
                + route.spec().rules().getFirst().backendRefs().getFirst().port())
        .containsExactlyInAnyOrder(
            "HTTPRoute vision-resnet-serving 80", "GRPCRoute vision-resnet-serving-grpc 9000");
    TemplateCommand nowhere = Chart.with("gateway: {enabled: true}");
    assertThatThrownBy(nowhere::call).hasMessageContaining("needs gateway.parentRefs");
  }

  @Test
  void kedaKeepsPodsWhilePrometheusCannotBeAsked() {
    ScaledObject scaled =
        render(
                """
                autoscaling:
                  kind: keda
                  fallback: {failureThreshold: 3, replicas: 4}
                  prometheusAuthentication: {name: prometheus, modes: bearer}
                """)
            .only(ScaledObject.class);

    assertThat(scaled.spec().fallback().replicas()).isEqualTo(4);
    assertThat(scaled.spec().triggers().getLast().authenticationRef().name())
        .isEqualTo("prometheus");
    assertThat(scaled.spec().triggers().getLast().metadata()).containsEntry("authModes", "bearer");
  }

  @Test
  void aServiceAccountMayBeThereAlready() {
    Manifests rendered = render("serviceAccount: {create: false, name: shared}");

    assertThat(rendered.all(ServiceAccount.class)).isEmpty();
    assertThat(pod(rendered).getServiceAccountName()).isEqualTo("shared");
  }

  @Test
  void certificatesAndSidecarsFindTheirPlace() {
    Manifests rendered =
        render(
            """
            extraVolumes: [{name: ca, configMap: {name: ca}}]
            extraVolumeMounts: [{name: ca, mountPath: /etc/ssl/ca}]
            extraContainers: [{name: proxy, image: envoy}]
            priorityClassName: high
            """);

    assertThat(volume(rendered, "ca").getConfigMap().getName()).isEqualTo("ca");
    assertThat(server(rendered).getVolumeMounts().getLast().getMountPath())
        .isEqualTo("/etc/ssl/ca");
    assertThat(pod(rendered).getContainers())
        .extracting(Container::getName)
        .containsExactly("resnet-serving", "proxy");
    assertThat(pod(rendered).getPriorityClassName()).isEqualTo("high");
  }

  @Test
  void theDashboardIsAConfigMapThatGrafanasSidecarFinds() throws IOException {
    Manifests rendered = render("metrics: {dashboard: true}");

    assertThat(rendered.all(ConfigMap.class))
        .filteredOn(map -> map.getMetadata().getLabels().containsKey("grafana_dashboard"))
        .singleElement()
        .satisfies(map ->
            assertThat(map.getData().get("resnet-serving.json"))
                .isEqualToIgnoringNewLines(
                    Files.readString(Chart.FOLDER.resolve("files/dashboard.json"))));
  }

  @Test
  void kserveSpeaksEitherProtocolUnderKnativesRules() throws IOException {
    CustomResources.ClusterServingRuntime runtime =
        Manifests.parse(Files.readString(Path.of("k8s/kserve/clusterservingruntime.yaml")))
            .only(CustomResources.ClusterServingRuntime.class);
    Container container = runtime.spec().containers().getFirst();

    assertThat(environment(container))
        .as("Knative sets PORT, to gRPC's where that is the protocol")
        .containsEntry("SERVER_PORT", "8080")
        .doesNotContainKey("RESNET_CACHE_DIR");
    assertThat(container.getLivenessProbe().getTcpSocket().getPort().getIntVal()).isEqualTo(9000);
    assertThat(container.getReadinessProbe().getHttpGet().getPort().getIntVal()).isEqualTo(8080);
  }

  private static DeploymentSpec deployment(String values) {
    return render(values).only(Deployment.class).getSpec();
  }

  private static Stream<String> metrics(String values) {
    return render(values).only(HorizontalPodAutoscaler.class).getSpec().getMetrics().stream()
        .map(metric -> metric.getType());
  }

  private static Volume volume(Manifests manifests, String name) {
    return pod(manifests).getVolumes().stream()
        .filter(volume -> volume.getName().equals(name))
        .findFirst()
        .orElseThrow();
  }
}
