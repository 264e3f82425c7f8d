{{/*
Most helpers take a "scope": (dict "root" $ "name" "discovery"), made by leadstream.scope for one service.
*/}}

{{/* Short enough for the longest that follows it: a Job's name is a label of its pods, and those end at 63. */}}
{{- define "leadstream.fullname" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 38 | trimSuffix "-" -}}
{{- else -}}
{{- $name := default .Chart.Name .Values.nameOverride -}}
{{- ternary .Release.Name (printf "%s-%s" .Release.Name $name) (contains $name .Release.Name) | trunc 38 | trimSuffix "-" -}}
{{- end -}}
{{- end }}

{{/* The names of the services that are on, in the order of the pipeline; a JSON list. */}}
{{- define "leadstream.enabled" -}}
{{- $on := list -}}
{{- range list "discovery" "enrichment" "delivery" "platform-upload" "scheduler" -}}
{{- if (index $.Values.services .).enabled -}}{{- $on = append $on . -}}{{- end -}}
{{- end -}}
{{- toJson $on -}}
{{- end }}

{{/* All that has a Deployment: the services that are on, and the console. */}}
{{- define "leadstream.processes" -}}
{{- $on := include "leadstream.enabled" . | fromJsonArray -}}
{{- if .Values.console.enabled -}}{{- $on = append $on "console" -}}{{- end -}}
{{- toJson $on -}}
{{- end }}

{{/* The values of a service, or of the console; as JSON. */}}
{{- define "leadstream.own" -}}
{{- if eq .name "console" -}}{{- toJson .root.Values.console -}}{{- else -}}{{- index .root.Values.services .name | toJson -}}{{- end -}}
{{- end }}

{{- define "leadstream.facts.of" -}}
{{- index (include "leadstream.facts" . | fromYaml) .name | toJson -}}
{{- end }}

{{/* A service's settings: its own over those of all, as JSON. */}}
{{- define "leadstream.settings" -}}
{{- $facts := include "leadstream.facts.of" . | fromJson -}}
{{- $own := include "leadstream.own" . | fromJson -}}
{{- $all := deepCopy .root.Values.settings -}}
{{- if $facts.settings -}}
{{- range $name, $_ := .root.Values.settings -}}{{- if not (has $name $facts.settings) -}}{{- $_ := unset $all $name -}}{{- end -}}{{- end -}}
{{- end -}}
{{- mergeOverwrite $all (deepCopy $own.settings) | toJson -}}
{{- end }}

{{/* Numbers in values are floats by the time a template sees them: 2592000 must not become 2.592e+06. */}}
{{- define "leadstream.text" -}}
{{- if and (kindIs "float64" .) (eq (floor .) .) -}}{{- int64 . -}}{{- else -}}{{- . -}}{{- end -}}
{{- end }}

{{- define "leadstream.chart" -}}
{{- printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" -}}
{{- end }}

{{- define "leadstream.releaseSelector" -}}
app.kubernetes.io/name: {{ default .Chart.Name .Values.nameOverride }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{/* Scope: root, component. */}}
{{- define "leadstream.selector" -}}
{{ include "leadstream.releaseSelector" .root }}
app.kubernetes.io/component: {{ .component }}
{{- end }}

{{/* Scope: root, and component unless it belongs to all. */}}
{{- define "leadstream.labels" -}}
helm.sh/chart: {{ include "leadstream.chart" .root }}
{{ include "leadstream.releaseSelector" .root }}
{{- with .component }}
app.kubernetes.io/component: {{ . }}
{{- end }}
app.kubernetes.io/version: {{ default .root.Chart.AppVersion .root.Values.image.tag | quote }}
app.kubernetes.io/part-of: leadstream
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
{{- end }}

{{/* Without the chart's version: a new chart alone is no reason to start pods again. */}}
{{- define "leadstream.podLabels" -}}
{{ include "leadstream.selector" . }}
app.kubernetes.io/version: {{ default .root.Chart.AppVersion .root.Values.image.tag | quote }}
app.kubernetes.io/part-of: leadstream
{{- end }}

{{- define "leadstream.image" -}}
{{- $image := .root.Values.image -}}
{{- $path := printf "%s/%s" $image.repository .name -}}
{{- if $image.registry -}}{{- $path = printf "%s/%s" $image.registry $path -}}{{- end -}}
{{- $digest := (include "leadstream.own" . | fromJson).imageDigest -}}
{{- if $digest -}}{{ $path }}@{{ $digest }}{{- else -}}{{ $path }}:{{ default .root.Chart.AppVersion $image.tag }}{{- end -}}
{{- end }}

{{/* The Secret that a service's variables are read from. */}}
{{- define "leadstream.secretName" -}}
{{- if .root.Values.secrets -}}
{{- include "leadstream.fullname" .root -}}{{- if .hook -}}-hooks{{- end -}}
{{- else -}}
{{- default .root.Values.existingSecret (include "leadstream.own" . | fromJson).existingSecret -}}
{{- end -}}
{{- end }}

{{- define "leadstream.databaseVariable" -}}
{{- if .root.Values.database.perService -}}
{{- printf "%s_DATABASE_URL" (.name | replace "-" "_" | upper) -}}
{{- else -}}
DATABASE_URL
{{- end -}}
{{- end }}

{{/* Scope: variable, secret, optional. */}}
{{- define "leadstream.secretVariable" -}}
- name: {{ .variable }}
  valueFrom:
    secretKeyRef:
      name: {{ .secret }}
      key: {{ default .variable .key }}
      {{- if .optional }}
      optional: true
      {{- end }}
{{- end }}

{{- define "leadstream.kafkaEnv" -}}
{{- $kafka := .root.Values.kafka -}}
- name: KAFKA_BOOTSTRAP_SERVERS
  value: {{ $kafka.bootstrapServers | quote }}
- name: KAFKA_SECURITY_PROTOCOL
  value: {{ $kafka.securityProtocol }}
{{- if hasPrefix "SASL_" $kafka.securityProtocol }}
{{- $secret := default (include "leadstream.secretName" .) $kafka.sasl.existingSecret }}
- name: KAFKA_SASL_MECHANISM
  value: {{ $kafka.sasl.mechanism }}
{{- if $kafka.sasl.username }}
- name: KAFKA_SASL_USERNAME
  value: {{ $kafka.sasl.username | quote }}
{{- else }}
{{ include "leadstream.secretVariable" (dict "variable" "KAFKA_SASL_USERNAME" "secret" $secret "key" $kafka.sasl.usernameKey) }}
{{- end }}
{{ include "leadstream.secretVariable" (dict "variable" "KAFKA_SASL_PASSWORD" "secret" $secret "key" $kafka.sasl.passwordKey) }}
{{- end }}
{{- if include "leadstream.usesKafkaTls" .root }}
{{- if $kafka.tls.caKey }}
- name: KAFKA_SSL_CAFILE
  value: /etc/leadstream/kafka/{{ $kafka.tls.caKey }}
{{- end }}
{{- if $kafka.tls.certKey }}
- name: KAFKA_SSL_CERTFILE
  value: /etc/leadstream/kafka/{{ $kafka.tls.certKey }}
- name: KAFKA_SSL_KEYFILE
  value: /etc/leadstream/kafka/{{ $kafka.tls.keyKey }}
{{- end }}
{{- end }}
{{- end }}

{{- define "leadstream.usesKafkaTls" -}}
{{- if and (hasSuffix "SSL" .Values.kafka.securityProtocol) .Values.kafka.tls.existingSecret -}}true{{- end -}}
{{- end }}

{{/*
All that a service is configured by, for its worker and its migration alike: a service starts only with a complete
configuration. Plain settings are values of the pod template, so that a change of one rolls the pods.
*/}}
{{- define "leadstream.env" -}}
{{- $facts := include "leadstream.facts.of" . | fromJson -}}
{{- $settings := include "leadstream.settings" . | fromJson -}}
{{- $secret := include "leadstream.secretName" . -}}
{{- $service := index .root.Values.services .name -}}
{{ include "leadstream.secretVariable" (dict "variable" (include "leadstream.databaseVariable" .) "secret" $secret) }}
{{ include "leadstream.kafkaEnv" . }}
{{- if and $facts.consumes (not .hook) }}
- name: KAFKA_SESSION_TIMEOUT
  value: {{ include "leadstream.text" .root.Values.kafka.sessionTimeout | quote }}
{{- if .root.Values.kafka.staticMembership }}
- name: KAFKA_INSTANCE_ID
  valueFrom:
    fieldRef:
      fieldPath: metadata.name
{{- end }}
{{- end }}
- name: HTTP_HOST
  value: {{ .root.Values.httpHost | quote }}
- name: HTTP_PORT
  value: {{ include "leadstream.text" $service.port | quote }}
{{ include "leadstream.secretVariable" (dict "variable" "ADMIN_TOKENS" "secret" $secret "optional" true) }}
{{- range $facts.secrets }}
{{ include "leadstream.secretVariable" (dict "variable" . "secret" $secret) }}
{{- end }}
{{- range $facts.optionalSecrets }}
{{ include "leadstream.secretVariable" (dict "variable" . "secret" $secret "optional" true) }}
{{- end }}
{{- range $facts.required }}
{{- if eq (toString (default "" (get $settings .))) "" }}
{{ include "leadstream.secretVariable" (dict "variable" . "secret" $secret) }}
{{- end }}
{{- end }}
{{- range $facts.optional }}
{{- if eq (toString (default "" (get $settings .))) "" }}
{{ include "leadstream.secretVariable" (dict "variable" . "secret" $secret "optional" true) }}
{{- end }}
{{- end }}
{{- if and (eq .name "delivery") .root.Values.console.publicUrl }}
- name: CONSOLE_PUBLIC_URL
  value: {{ .root.Values.console.publicUrl | quote }}
{{- end }}
{{- include "leadstream.settingsEnv" $settings }}
{{- with concat .root.Values.extraEnv $service.extraEnv }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{- define "leadstream.settingsEnv" -}}
{{- range $name, $value := . }}
{{- if and (not (kindIs "invalid" $value)) (ne (toString $value) "") }}
- name: {{ $name }}
  value: {{ include "leadstream.text" $value | quote }}
{{- end }}
{{- end }}
{{- end }}

{{/* The console's: where the services are, and no Postgres, no Kafka, nobody's secrets. */}}
{{- define "leadstream.consoleEnv" -}}
{{- $console := .root.Values.console -}}
{{- $settings := include "leadstream.settings" . | fromJson -}}
- name: HTTP_HOST
  value: {{ .root.Values.httpHost | quote }}
- name: HTTP_PORT
  value: {{ include "leadstream.text" $console.port | quote }}
{{ include "leadstream.secretVariable" (dict "variable" "ENCRYPTION_KEYS" "secret" (include "leadstream.secretName" .)) }}
{{- range $name := include "leadstream.enabled" .root | fromJsonArray }}
{{- $variable := printf "%s_URL" ($name | replace "-" "_" | upper) }}
{{- if not (get $settings $variable) }}
- name: {{ $variable }}
  value: http://{{ include "leadstream.fullname" $.root }}-{{ $name }}:{{ include "leadstream.text" (index $.root.Values.services $name).port }}
{{- end }}
{{- end }}
{{- with $console.publicUrl }}
- name: CONSOLE_PUBLIC_URL
  value: {{ . | quote }}
{{- end }}
{{- include "leadstream.settingsEnv" $settings }}
{{- with concat .root.Values.extraEnv $console.extraEnv }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{- define "leadstream.podSecurityContext" -}}
runAsNonRoot: true
runAsUser: {{ include "leadstream.text" .Values.runAsUser }}
runAsGroup: {{ include "leadstream.text" .Values.runAsUser }}
fsGroup: {{ include "leadstream.text" .Values.runAsUser }}
fsGroupChangePolicy: OnRootMismatch
seccompProfile:
  type: RuntimeDefault
{{- end }}

{{- define "leadstream.securityContext" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
runAsNonRoot: true
capabilities:
  drop: [ALL]
seccompProfile:
  type: RuntimeDefault
{{- end }}

{{/* `db init` and the console are those that have nothing to do with Kafka. */}}
{{- define "leadstream.mountsKafkaTls" -}}
{{- if not (has .component (list "db-init" "console")) -}}{{- include "leadstream.usesKafkaTls" .root -}}{{- end -}}
{{- end }}

{{/* /tmp is the one place that is written to; nothing in it outlives the pod. */}}
{{- define "leadstream.volumes" -}}
- name: tmp
  emptyDir:
    sizeLimit: 64Mi
{{- if include "leadstream.mountsKafkaTls" . }}
- name: kafka-tls
  secret:
    secretName: {{ .root.Values.kafka.tls.existingSecret }}
    defaultMode: 0440
{{- end }}
{{- end }}

{{- define "leadstream.volumeMounts" -}}
- name: tmp
  mountPath: /tmp
{{- if include "leadstream.mountsKafkaTls" . }}
- name: kafka-tls
  mountPath: /etc/leadstream/kafka
  readOnly: true
{{- end }}
{{- end }}

{{/* Where pods may run, for services and hooks alike. */}}
{{- define "leadstream.placement" -}}
{{- with .Values.image.pullSecrets }}
imagePullSecrets:
  {{- range . }}
  - name: {{ . }}
  {{- end }}
{{- end }}
{{- with .Values.priorityClassName }}
priorityClassName: {{ . }}
{{- end }}
{{- with .Values.nodeSelector }}
nodeSelector:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.tolerations }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}

{{/*
Seconds that Kubernetes waits between asking a pod to end and killing it: the sleep before SIGTERM, the time that running
jobs have, and what else a drain may take (abandoned jobs 1 s, HTTP 3 s, outbox 3 s, Postgres 5 s, leaving Kafka), doubled.
*/}}
{{- define "leadstream.gracePeriod" -}}
{{- $settings := include "leadstream.settings" . | fromJson -}}
{{- $own := (include "leadstream.own" . | fromJson).terminationGracePeriodSeconds -}}
{{- $drain := addf (float64 .root.Values.preStopSeconds) (float64 $settings.DRAIN_TIMEOUT) | ceil | int -}}
{{- if $own -}}
{{- if le (int $own) $drain -}}
{{- fail (printf "services.%s.terminationGracePeriodSeconds is %d: it must be more than preStopSeconds and DRAIN_TIMEOUT together (%d), or running jobs are cut off" .name (int $own) $drain) -}}
{{- end -}}
{{- int $own -}}
{{- else -}}
{{- add $drain 25 -}}
{{- end -}}
{{- end }}

{{/*
The most replicas that are of use, whatever autoscaling.maxReplicas asks for. A provider's limit holds for all replicas
together: it keeps busy no more calls than rate × PROVIDER_TIMEOUT, at their slowest, and a process makes `concurrency` of
them. More than there are partitions can't consume.
*/}}
{{- define "leadstream.replicaCap" -}}
{{- $facts := include "leadstream.facts.of" . | fromJson -}}
{{- $settings := include "leadstream.settings" . | fromJson -}}
{{- $cap := int .root.Values.kafka.partitions -}}
{{- if $facts.rate -}}
{{- $calls := mulf (float64 (get $settings $facts.rate)) (float64 $settings.PROVIDER_TIMEOUT) -}}
{{- $cap = min $cap (divf $calls (float64 (get $settings $facts.concurrency)) | ceil | int) -}}
{{- end -}}
{{- max 1 $cap -}}
{{- end }}

{{- define "leadstream.maxReplicas" -}}
{{- min (int (index .root.Values.services .name).autoscaling.maxReplicas) (int (include "leadstream.replicaCap" .)) -}}
{{- end }}

{{- define "leadstream.minReplicas" -}}
{{- min (int (index .root.Values.services .name).autoscaling.minReplicas) (int (include "leadstream.maxReplicas" .)) -}}
{{- end }}

{{/* "true" where something else than the chart decides on the number of replicas. The scheduler and the console have nothing to scale on. */}}
{{- define "leadstream.scales" -}}
{{- $on := or .root.Values.autoscaling.hpa.enabled .root.Values.autoscaling.keda.enabled -}}
{{- $scaling := default dict (include "leadstream.own" . | fromJson).autoscaling -}}
{{- if and $on $scaling.enabled -}}true{{- end -}}
{{- end }}

{{/* The fewest replicas there will be. */}}
{{- define "leadstream.fewest" -}}
{{- if include "leadstream.scales" . -}}{{- include "leadstream.minReplicas" . -}}{{- else -}}{{- int (index .root.Values.services .name).replicas -}}{{- end -}}
{{- end }}
