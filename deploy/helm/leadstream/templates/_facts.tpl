{{/*
What the processes are, as their code has it; a test holds this and the code together.

  secrets           required, and only ever read from a Secret
  optionalSecrets   read from the Secret where it has them
  required          required; from values, or else from the Secret
  optional          from values, or else from the Secret where it has them
  oneOf             of these, which are in the Secret, one at least is needed
  needs             what each of these is of no use without
  calls             whether it calls providers, by HTTPS
  guarded           whether it calls addresses that users gave (EGRESS_ALLOW counts)
  consumes          whether it is a member of a consumer group
  public            the paths that others than its operators call, without a token of ours; such a service has values.public
  settings          those that it reads of `settings`; all of them, if it does not say
  rate, concurrency the settings that say how much its provider takes, and how much one process does at once
*/}}
{{- define "leadstream.facts" -}}
discovery:
  package: discovery
  optionalSecrets: [DATASHOPPER_API_KEY, G2_API_TOKEN, ENCRYPTION_KEYS]
  optional: [DATASHOPPER_API_URL]
  oneOf: [DATASHOPPER_API_KEY, G2_API_TOKEN]
  needs: {DATASHOPPER_API_KEY: DATASHOPPER_API_URL}
  calls: true
  consumes: true
  public: [/api/sources/]
  rate: DATASHOPPER_PER_SECOND
  concurrency: RUN_QUERY_CONCURRENCY
enrichment:
  package: enrichment
  optionalSecrets: [CLAY_API_KEY, PEOPLE_DATA_LABS_API_KEY, CLAY_PUBLIC_V0_API_KEY, CLAY_PUBLIC_V0_WEBHOOK_SECRET, HUNTER_API_KEY, ENCRYPTION_KEYS]
  optional: [CLAY_API_URL]
  oneOf: [CLAY_API_KEY, PEOPLE_DATA_LABS_API_KEY, CLAY_PUBLIC_V0_API_KEY]
  needs: {CLAY_API_KEY: CLAY_API_URL}
  calls: true
  consumes: true
  public: [/webhooks/clay/]
  rate: CLAY_RATE_PER_SECOND
  concurrency: ENRICHMENT_CONCURRENCY
delivery:
  package: delivery
  secrets: [ENCRYPTION_KEYS, RESEND_API_KEY]
  optionalSecrets: [RESEND_WEBHOOK_SECRET, RESEND_WEBHOOK_SECRET_PREVIOUS]
  required: [RESEND_FROM]
  calls: true
  guarded: true
  consumes: true
  public: [/u/, /webhooks/resend]
platform-upload:
  package: platform_upload
  secrets: [ENCRYPTION_KEYS]
  calls: true
  guarded: true
  consumes: true
scheduler:
  package: scheduler
# No service: it has neither a database nor Kafka, and is configured by values.console.
console:
  package: console
  secrets: [ENCRYPTION_KEYS]
  settings: [LOG_LEVEL, LOG_FORMAT, DRAIN_TIMEOUT]
{{- end }}

{{/* Where HTTPS must never lead: the same tables as leadstream.http.networks, which judge each call once more. */}}
{{- define "leadstream.specialNetworks" -}}
v4:
  - 0.0.0.0/8
  - 10.0.0.0/8
  - 100.64.0.0/10
  - 127.0.0.0/8
  - 168.63.129.16/32
  - 169.254.0.0/16
  - 172.16.0.0/12
  - 192.0.0.0/24
  - 192.0.2.0/24
  - 192.31.196.0/24
  - 192.52.193.0/24
  - 192.88.99.0/24
  - 192.168.0.0/16
  - 192.175.48.0/24
  - 198.18.0.0/15
  - 198.51.100.0/24
  - 203.0.113.0/24
  - 224.0.0.0/4
  - 240.0.0.0/4
# Of IPv6 only 2000::/3 is opened at all, so what lies outside it needs no mention.
v6:
  - 2001::/23
  - 2001:db8::/32
  - 2002::/16
  - 2620:4f:8000::/48
  - 3fff::/20
{{- end }}
