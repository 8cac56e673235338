package io.github.resnetserving.cluster;

import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.ContainerPort;
import io.fabric8.kubernetes.api.model.IntOrString;
import io.fabric8.kubernetes.api.model.LabelSelector;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.api.model.SecretKeySelector;
import io.fabric8.kubernetes.api.model.Volume;
import io.fabric8.kubernetes.api.model.autoscaling.v2.HorizontalPodAutoscalerBehavior;
import java.util.List;
import java.util.Map;

/**
 * The fields in use of resources that are no part of Kubernetes, after the documented types of
 * Prometheus Operator (monitoring.coreos.com/v1), KEDA (keda.sh/v1alpha1), the Gateway API
 * (gateway.networking.k8s.io/v1) and KServe (serving.kserve.io). A field that is not here fails the
 * reading of a manifest: look it up there before adding it.
 */
final class CustomResources {

  private CustomResources() {}

  record ServiceMonitor(String apiVersion, String kind, ObjectMeta metadata, MonitorSpec spec) {}

  record MonitorSpec(LabelSelector selector, List<Endpoint> endpoints) {}

  record Endpoint(
      String port,
      String path,
      String interval,
      Authorization authorization,
      List<Relabeling> relabelings) {}

  record Authorization(String type, SecretKeySelector credentials) {}

  record Relabeling(String targetLabel, String replacement) {}

  record PodMonitor(String apiVersion, String kind, ObjectMeta metadata, PodMonitorSpec spec) {}

  record PodMonitorSpec(LabelSelector selector, List<Endpoint> podMetricsEndpoints) {}

  record Route(String apiVersion, String kind, ObjectMeta metadata, RouteSpec spec) {}

  record RouteSpec(
      List<ParentReference> parentRefs, List<String> hostnames, List<RouteRule> rules) {}

  record ParentReference(String name, String namespace, String sectionName) {}

  record RouteRule(List<BackendReference> backendRefs) {}

  record BackendReference(String name, int port) {}

  record PrometheusRule(String apiVersion, String kind, ObjectMeta metadata, RuleSpec spec) {}

  record RuleSpec(List<RuleGroup> groups) {}

  record RuleGroup(String name, List<Map<String, Object>> rules) {}

  record ScaledObject(String apiVersion, String kind, ObjectMeta metadata, ScaledSpec spec) {}

  record ScaledSpec(
      ScaleTarget scaleTargetRef,
      int minReplicaCount,
      int maxReplicaCount,
      int cooldownPeriod,
      Fallback fallback,
      Advanced advanced,
      List<Trigger> triggers) {}

  record Fallback(int failureThreshold, int replicas, String behavior) {}

  record Advanced(HorizontalPodAutoscalerConfig horizontalPodAutoscalerConfig) {}

  record HorizontalPodAutoscalerConfig(HorizontalPodAutoscalerBehavior behavior) {}

  record ScaleTarget(String name) {}

  record Trigger(
      String type,
      String metricType,
      Map<String, String> metadata,
      AuthenticationReference authenticationRef) {}

  record AuthenticationReference(String name) {}

  record ClusterServingRuntime(
      String apiVersion, String kind, ObjectMeta metadata, RuntimeSpec spec) {}

  record RuntimeSpec(
      Map<String, String> annotations,
      List<SupportedModelFormat> supportedModelFormats,
      List<String> protocolVersions,
      boolean multiModel,
      List<Container> containers,
      List<Volume> volumes) {}

  record SupportedModelFormat(String name, IntOrString version, boolean autoSelect) {}

  record InferenceService(
      String apiVersion, String kind, ObjectMeta metadata, InferenceServiceSpec spec) {}

  record InferenceServiceSpec(Predictor predictor) {}

  record Predictor(int minReplicas, int maxReplicas, PredictorModel model) {}

  record PredictorModel(
      ModelFormat modelFormat,
      String runtime,
      String protocolVersion,
      String storageUri,
      List<ContainerPort> ports) {}

  record ModelFormat(String name) {}
}
