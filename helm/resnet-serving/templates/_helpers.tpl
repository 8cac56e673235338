{{- define "resnet.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-" -}}
{{- end -}}

{{- define "resnet.fullname" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 63 | trimSuffix "-" -}}
{{- else if contains (include "resnet.name" .) .Release.Name -}}
{{- .Release.Name | trunc 63 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name (include "resnet.name" .) | trunc 63 | trimSuffix "-" -}}
{{- end -}}
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
- name: RESNET_CACHE_DIR
  value: /cache
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

{{- define "resnet.mounts" -}}
- name: models
  mountPath: /models
- name: cache
  mountPath: /cache
- name: tmp
  mountPath: /tmp
{{- end -}}

{{- define "resnet.claim" -}}
{{- default (printf "%s-models" (include "resnet.fullname" .)) .Values.persistence.existingClaim -}}
{{- end -}}

{{- define "resnet.singleWriter" -}}
{{- if and .Values.persistence.enabled (not (has "ReadWriteMany" .Values.persistence.accessModes)) -}}true{{- end -}}
{{- end -}}

{{- define "resnet.queueQuery" -}}
{{- $s := printf "namespace=%q,service=%q" .Release.Namespace (include "resnet.fullname" .) -}}
1000 * sum(rate(resnet_queue_seconds_sum{{ "{" }}{{ $s }}{{ "}" }}[1m])) / (sum(rate(resnet_queue_seconds_count{{ "{" }}{{ $s }}{{ "}" }}[1m])) > 0) or vector(0)
{{- end -}}
