{{- define "resnet.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-" -}}
{{- end -}}

{{/* A name of a Service: without dots, which a release's name may have. */}}
{{- define "resnet.fullname" -}}
{{- $name := .Values.fullnameOverride -}}
{{- if not $name -}}
{{- $name = .Release.Name -}}
{{- if not (contains (include "resnet.name" .) .Release.Name) -}}
{{- $name = printf "%s-%s" .Release.Name (include "resnet.name" .) -}}
{{- end -}}
{{- end -}}
{{- if regexMatch "^[0-9]" $name -}}
{{- $name = printf "r%s" $name -}}
{{- end -}}
{{- $name | replace "." "-" | trunc 63 | trimSuffix "-" -}}
{{- end -}}

{{/* Never anything that changes with a version: a Deployment's selector cannot be changed. */}}
{{- define "resnet.selector" -}}
app.kubernetes.io/name: {{ include "resnet.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "resnet.labels" -}}
{{ include "resnet.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{- with .Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{- define "resnet.serviceAccount" -}}
{{- default (ternary (include "resnet.fullname" .) "default" .Values.serviceAccount.create) .Values.serviceAccount.name -}}
{{- end -}}

{{- define "resnet.image" -}}
{{- if .Values.image.digest -}}
{{ .Values.image.repository }}@{{ .Values.image.digest }}
{{- else -}}
{{ .Values.image.repository }}:{{ default .Chart.AppVersion .Values.image.tag }}
{{- end -}}
{{- end -}}

{{- define "resnet.securityContext" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities:
  drop: [ALL]
{{- end -}}

{{/* What both the server and the init containers need to fetch models. */}}
{{- define "resnet.fetchEnv" -}}
- name: RESNET_MODELS_DIR
  value: /models
# A folder below the mount: the kubelet lets everybody write into the mount itself, and plans are read
# from no such folder. Pods that share a volume share plans.
- name: RESNET_CACHE_DIR
  value: {{ ternary "/models/.plans" "/cache/plans" (and .Values.persistence.enabled (not (include "resnet.readOnlyModels" .))) }}
- name: JAVA_TOOL_OPTIONS
  value: -XX:MaxRAMPercentage={{ .Values.heapPercent }}
{{- with .Values.models.mirror }}
- name: RESNET_MIRROR
  value: {{ . | quote }}
{{- end }}
{{- with .Values.models.hubEndpoint }}
- name: HF_ENDPOINT
  value: {{ . | quote }}
{{- end }}
{{- with .Values.models.hubTokenSecret }}
- name: HF_TOKEN
  valueFrom:
    secretKeyRef:
      name: {{ . }}
      key: HF_TOKEN
{{- end }}
{{- end -}}

{{- define "resnet.serverEnv" -}}
{{ include "resnet.fetchEnv" . }}
- name: SPRING_PROFILES_ACTIVE
  value: production
- name: SPRING_CONFIG_ADDITIONALLOCATION
  value: file:/etc/resnet-serving/config/,optional:file:/etc/resnet-serving/secret/
- name: RESNET_DEFAULT_MODEL
  value: {{ .Values.models.default | quote }}
{{- with .Values.models.extra }}
- name: RESNET_MODELS
  value: {{ join "," . | quote }}
{{- end }}
- name: RESNET_OFFLINE
  value: {{ ne .Values.models.fetch "start" | quote }}
- name: SPRING_GRPC_SERVER_ENABLED
  value: {{ .Values.grpc.enabled | quote }}
{{- with .Values.management.port }}
- name: MANAGEMENT_SERVER_PORT
  value: {{ . | quote }}
{{- end }}
{{- end -}}

{{/* The chart's variables without those that extraEnv names, and then extraEnv: a name given twice is refused by the server. */}}
{{- define "resnet.env" -}}
{{- $given := dict -}}
{{- range .root.Values.extraEnv -}}
{{- $_ := set $given .name true -}}
{{- end -}}
{{- $env := list -}}
{{- range fromYamlArray (include .variables .root) -}}
{{- if not (hasKey $given .name) -}}
{{- $env = append $env . -}}
{{- end -}}
{{- end -}}
{{- toYaml (concat $env .root.Values.extraEnv) -}}
{{- end -}}

{{/* The models can be read only: from an image, or from a volume for many readers and no writer. */}}
{{- define "resnet.readOnlyModels" -}}
{{- if or .Values.models.imageVolume (and .Values.persistence.enabled (not (without .Values.persistence.accessModes "ReadOnlyMany"))) -}}true{{- end -}}
{{- end -}}

{{- define "resnet.mounts" -}}
- name: models
  mountPath: /models
  {{- if include "resnet.readOnlyModels" . }}
  readOnly: true
  {{- end }}
- name: cache
  mountPath: /cache
- name: tmp
  mountPath: /tmp
{{- end -}}

{{/* Fetches one model; "name" tells the container. */}}
{{- define "resnet.fetchContainer" -}}
- name: {{ .name }}
  image: {{ include "resnet.image" .root }}
  imagePullPolicy: {{ .root.Values.image.pullPolicy }}
  args: [models, fetch, {{ .model | quote }}, --models-dir=/models]
  env: {{- include "resnet.env" (dict "root" .root "variables" "resnet.fetchEnv") | nindent 4 }}
  {{- with .root.Values.extraEnvFrom }}
  envFrom: {{- toYaml . | nindent 4 }}
  {{- end }}
  resources: {{- toYaml .root.Values.resources | nindent 4 }}
  securityContext: {{- include "resnet.securityContext" .root | nindent 4 }}
  volumeMounts:
    {{- include "resnet.mounts" .root | nindent 4 }}
    {{- with .root.Values.extraVolumeMounts }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
{{- end -}}

{{- define "resnet.isInside" -}}
{{- if has . (list "imagenette-resnet18" "cifar10-resnet20") -}}true{{- end -}}
{{- end -}}

{{- define "resnet.podSecurityContext" -}}
runAsNonRoot: true
runAsUser: 10001
runAsGroup: 10001
fsGroup: 10001
fsGroupChangePolicy: OnRootMismatch
seccompProfile:
  type: RuntimeDefault
{{- end -}}

{{/* The folders that every pod has. */}}
{{- define "resnet.volumes" -}}
- name: models
  {{- if .Values.models.imageVolume }}
  image:
    reference: {{ .Values.models.imageVolume }}
    pullPolicy: {{ .Values.image.pullPolicy }}
  {{- else if .Values.persistence.enabled }}
  persistentVolumeClaim:
    claimName: {{ include "resnet.claim" . }}
    {{- if include "resnet.readOnlyModels" . }}
    readOnly: true
    {{- end }}
  {{- else }}
  emptyDir:
    sizeLimit: {{ .Values.persistence.size }}
  {{- end }}
- name: cache
  emptyDir:
    sizeLimit: 2Gi
- name: tmp
  emptyDir:
    sizeLimit: 256Mi
{{- end -}}

{{/* What pods may reach. */}}
{{- define "resnet.egress" -}}
{{- $https := and .Values.networkPolicy.allowHttpsEgress (ne .Values.models.fetch "never") }}
{{- if or $https .Values.networkPolicy.extraEgress }}
egress:
  - ports:
      - port: 53
        protocol: UDP
      - port: 53
        protocol: TCP
  {{- if $https }}
  - ports:
      - port: 443
        protocol: TCP
  {{- end }}
  {{- with .Values.networkPolicy.extraEgress }}{{ toYaml . | nindent 2 }}{{ end }}
{{- else }}
egress: []
{{- end }}
{{- end -}}

{{/* A Job cannot be changed: one that does something else has another name. */}}
{{- define "resnet.batchName" -}}
{{- printf "%s-%s" (include "resnet.fullname" . | trunc 56 | trimSuffix "-") (ternary "merge" "batch" .Values.batch.merge) -}}
{{- end -}}

{{/* Pods of the Job: others than the service's. */}}
{{- define "resnet.batchSelector" -}}
app.kubernetes.io/name: {{ printf "%s-batch" (include "resnet.name" . | trunc 57 | trimSuffix "-") }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "resnet.claim" -}}
{{- default (printf "%s-models" (include "resnet.fullname" . | trunc 56 | trimSuffix "-")) .Values.persistence.existingClaim -}}
{{- end -}}

{{- define "resnet.singlePod" -}}
{{- if and .Values.persistence.enabled (not (has "ReadWriteMany" .Values.persistence.accessModes)) (not (has "ReadOnlyMany" .Values.persistence.accessModes)) -}}true{{- end -}}
{{- end -}}

{{/* The labels that tell this release's metrics from others'. Both monitors give every series these two. */}}
{{- define "resnet.scope" -}}
{{- printf "namespace=%q,service=%q" .Release.Namespace (include "resnet.fullname" .) -}}
{{- end -}}

{{- define "resnet.queueQuery" -}}
{{- $scope := include "resnet.scope" . -}}
{{- printf "1000 * sum(rate(resnet_queue_seconds_sum{%s}[1m])) / (sum(rate(resnet_queue_seconds_count{%s}[1m])) > 0) or vector(0)" $scope $scope -}}
{{- end -}}

{{/* Of monitors and rules. */}}
{{- define "resnet.metricsLabels" -}}
{{ include "resnet.labels" . }}
{{- with .Values.metrics.labels }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{- define "resnet.metricsPort" -}}
{{- ternary "management" "http" (gt (int .Values.management.port) 0) -}}
{{- end -}}
