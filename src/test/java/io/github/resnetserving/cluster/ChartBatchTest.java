package io.github.resnetserving.cluster;

import static io.github.resnetserving.cluster.Chart.render;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import com.marcnuri.helm.TemplateCommand;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.EnvVar;
import io.fabric8.kubernetes.api.model.PodSpec;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.Volume;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.api.model.batch.v1.PodFailurePolicyRule;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The Job that computes a folder in shards. */
class ChartBatchTest {

  private static final Path PLAIN = Path.of("k8s", "bulk-job.yaml");
  private static final String CLAIMS = "enabled: true, imagesClaim: photos, resultsClaim: rows";

  @Test
  void byDefaultThereIsNone() {
    assertThat(render("{}").all(Job.class)).isEmpty();
  }

  @Test
  void eachPodOfTheJobComputesTheShardOfItsIndex() {
    Job job = job("batch: {%s, shards: 16, parallelism: 3, args: [--layer=layer4]}");

    assertThat(job.getSpec().getCompletionMode()).isEqualTo("Indexed");
    assertThat(job.getSpec().getCompletions()).isEqualTo(16);
    assertThat(job.getSpec().getParallelism()).isEqualTo(3);
    assertThat(job.getSpec().getBackoffLimitPerIndex()).isEqualTo(5);
    assertThat(container(job).getArgs())
        .containsExactly(
            "features",
            "--model=resnet50",
            "--shard=$(JOB_COMPLETION_INDEX)/16",
            "--out=/results/features.npy",
            "--layer=layer4",
            "/images");
    assertThat(container(job).getEnv())
        .extracting(EnvVar::getName)
        .contains("RESNET_MODELS_DIR")
        .doesNotContain("SPRING_PROFILES_ACTIVE");
  }

  @Test
  void anEvictionIsNoFailureAndWrongUsageIsNotTriedAgain() {
    Job job = job("batch: {%s}");

    assertThat(pod(job).getRestartPolicy()).isEqualTo("Never");
    assertThat(job.getSpec().getPodFailurePolicy().getRules())
        .extracting(PodFailurePolicyRule::getAction)
        .containsExactly("Ignore", "FailJob");
    assertThat(job.getSpec().getPodFailurePolicy().getRules().getLast().getOnExitCodes())
        .satisfies(codes -> {
          assertThat(codes.getContainerName()).isEqualTo(container(job).getName());
          assertThat(codes.getValues()).containsExactly(2);
        });
  }

  @Test
  void imagesAreOnlyReadAndPodsAreAsRestrictedAsTheServers() {
    PodSpec pod = pod(job("batch: {%s}"));

    assertThat(pod.getVolumes())
        .filteredOn(volume -> volume.getPersistentVolumeClaim() != null)
        .extracting(Volume::getName, volume -> volume.getPersistentVolumeClaim().getClaimName())
        .containsExactly(tuple("images", "photos"), tuple("results", "rows"));
    assertThat(pod.getSecurityContext().getRunAsNonRoot()).isTrue();
    assertThat(pod.getAutomountServiceAccountToken()).isFalse();
    assertThat(Stream.concat(pod.getInitContainers().stream(), pod.getContainers().stream()))
        .hasSize(2)
        .allSatisfy(container -> {
          assertThat(container.getSecurityContext().getReadOnlyRootFilesystem()).isTrue();
          assertThat(container.getSecurityContext().getCapabilities().getDrop())
              .containsExactly("ALL");
          assertThat(container.getResources().getLimits()).containsKey("memory");
        });
  }

  @Test
  void theServiceSendsItsPodsNothing() {
    Manifests rendered = render("batch: {%s}".formatted(CLAIMS));
    Map<String, String> service = rendered.only(Service.class).getSpec().getSelector();
    Map<String, String> pods =
        rendered.only(Job.class).getSpec().getTemplate().getMetadata().getLabels();
    NetworkPolicy policy = rendered.all(NetworkPolicy.class).getLast();

    assertThat(service).containsEntry("app.kubernetes.io/name", "resnet-serving");
    assertThat(pods).containsEntry("app.kubernetes.io/name", "resnet-serving-batch");
    assertThat(pods).containsAllEntriesOf(policy.getSpec().getPodSelector().getMatchLabels());
    assertThat(policy.getSpec().getIngress()).isEmpty();
    assertThat(policy.getSpec().getEgress())
        .isEqualTo(rendered.all(NetworkPolicy.class).getFirst().getSpec().getEgress());
  }

  @ParameterizedTest
  @CsvSource({
    "resnet50, start, resnet50, 1",
    "resnet50, never, resnet50, 0",
    "microsoft/resnet-50@main, start, microsoft--resnet-50, 1",
    "imagenette-resnet18, start, imagenette-resnet18, 0"
  })
  void theModelIsFetchedWhereItIsNotInside(
      String model, String fetch, String name, int initContainers) {
    Job job = job("{models: {default: '%s', fetch: %s}, batch: {%%s}}".formatted(model, fetch));

    assertThat(container(job).getArgs()).contains("--model=" + name);
    assertThat(pod(job).getInitContainers()).hasSize(initContainers);
  }

  @Test
  void afterwardsAnotherJobPutsTheShardsTogether() {
    Job job = job("batch: {%s, merge: true, out: rows.npy}");

    assertThat(job.getMetadata().getName()).isEqualTo("vision-resnet-serving-merge");
    assertThat(container(job).getArgs()).containsExactly("merge", "/results/rows.npy");
    assertThat(job.getSpec().getCompletionMode()).isNull();
    assertThat(job.getSpec().getBackoffLimit()).isEqualTo(5);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "batch: {enabled: true} | batch.imagesClaim, which holds the images",
        "batch: {enabled: true, imagesClaim: a, resultsClaim: b, command: classify} | ends in"
            + " .ndjson",
        "batch: {command: train} | batch.command",
        "batch: {out: rows.csv} | batch.out",
        "batch: {shards: 0} | batch.shards"
      })
  void valuesThatCannotBeMeantAreRefused(String values, String message) {
    TemplateCommand command = Chart.with(values);

    assertThatThrownBy(command::call)
        .satisfies(
            e -> assertThat(String.valueOf(e.getMessage()).replace('/', '.')).contains(message));
  }

  /** {@code -Dmanifests=write} writes the file anew. */
  @Test
  void thePlainManifestIsTheCharts() throws Exception {
    String rendered =
        Chart.template("resnet-serving", "default")
            .set("batch.enabled", "true")
            .set("batch.imagesClaim", "images")
            .set("batch.resultsClaim", "results")
            .set("serviceAccount.create", "false")
            .call();
    String job =
        Stream.of(rendered.split("(?m)^---\n", -1))
            .filter(document -> document.contains("templates/batch.yaml"))
            .findFirst()
            .orElseThrow()
            .replace("  namespace: default\n", "");
    String file =
        "# Features of all images in the claim \"images\", in eight shards, into the claim"
            + " \"results\": docs/bulk.md explains it.\n"
            + "---\n"
            + job.stripTrailing()
            + "\n";
    if ("write".equals(System.getProperty("manifests"))) {
      Files.writeString(PLAIN, file);
    }

    assertThat(Files.readString(PLAIN)).isEqualTo(file);
    assertThat(Manifests.parse(file).only(Job.class).getSpec().getCompletions()).isEqualTo(8);
  }

  private static Job job(String values) {
    return render(values.formatted(CLAIMS)).only(Job.class);
  }

  private static PodSpec pod(Job job) {
    return job.getSpec().getTemplate().getSpec();
  }

  private static Container container(Job job) {
    return pod(job).getContainers().getFirst();
  }
}
