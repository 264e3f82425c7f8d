{{/* Rules of egress, each a list item. */}}

{{- define "leadstream.egress.dns" -}}
- to:
    {{- toYaml .Values.networkPolicy.dns.to | nindent 4 }}
  ports:
    {{- range .Values.networkPolicy.dns.ports }}
    - protocol: UDP
      port: {{ . }}
    - protocol: TCP
      port: {{ . }}
    {{- end }}
{{- end }}

{{/* The brokers' ports: as set, else those of the bootstrap servers. */}}
{{- define "leadstream.kafkaPorts" -}}
{{- $ports := list -}}
{{- range .Values.networkPolicy.kafka.ports -}}{{- $ports = append $ports (int .) -}}{{- end -}}
{{- if not $ports -}}
{{- range splitList "," .Values.kafka.bootstrapServers -}}
{{- $ports = append $ports (splitList ":" . | last | trim | int) -}}
{{- end -}}
{{- end -}}
{{- $ports | uniq | sortAlpha | toJson -}}
{{- end }}

{{- define "leadstream.egress.kafka" -}}
- to:
    {{- toYaml .root.Values.networkPolicy.kafka.to | nindent 4 }}
  ports:
    {{- range include "leadstream.kafkaPorts" .root | fromJsonArray }}
    - protocol: TCP
      port: {{ . }}
    {{- end }}
{{- end }}

{{/* The service's own Postgres: as its own networkPolicy.postgres has it, else as that of all. */}}
{{- define "leadstream.egress.postgres" -}}
{{- $all := .root.Values.networkPolicy.postgres -}}
{{- $own := default dict (index .root.Values.services .name).networkPolicy.postgres -}}
- to:
    {{- toYaml (default $all.to $own.to) | nindent 4 }}
  ports:
    - protocol: TCP
      port: {{ default $all.port $own.port }}
{{- end }}

{{- define "leadstream.egress.collector" -}}
- to:
    {{- toYaml .Values.networkPolicy.collector.to | nindent 4 }}
  ports:
    {{- range .Values.networkPolicy.collector.ports }}
    - protocol: TCP
      port: {{ . }}
    {{- end }}
{{- end }}

{{/* The public Internet, and nothing else: neither private networks, nor what IANA or a cloud has set apart, nor the cluster. */}}
{{- define "leadstream.egress.https" -}}
{{- $special := include "leadstream.specialNetworks" . | fromYaml -}}
{{- $v4 := $special.v4 -}}
{{- $v6 := $special.v6 -}}
{{- range .Values.networkPolicy.clusterNetworks -}}
{{- if contains ":" . -}}{{- $v6 = append $v6 . -}}{{- else -}}{{- $v4 = append $v4 . -}}{{- end -}}
{{- end -}}
- to:
    - ipBlock:
        cidr: 0.0.0.0/0
        except:
          {{- toYaml ($v4 | uniq) | nindent 10 }}
    - ipBlock:
        cidr: 2000::/3
        except:
          {{- toYaml ($v6 | uniq) | nindent 10 }}
  ports:
    - protocol: TCP
      port: 443
    - protocol: TCP
      port: 8443
{{- end }}
