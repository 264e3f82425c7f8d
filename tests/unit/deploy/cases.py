"""What the chart is rendered with."""

from support.helm import Values, values_file

# What a person may install it with.
FILES: dict[str, Values] = {
    "default": {},
    "production": values_file("values-production.yaml"),
    "minimal": values_file("values-minimal.yaml"),
}
# Services that others than operators reach, if it is asked for, and the paths they are asked for.
PUBLIC = {
    "discovery": ["/api/sources/"],
    "enrichment": ["/webhooks/clay/"],
    "delivery": ["/u/", "/webhooks/resend"],
}
# Every part of the chart at once.
EVERYTHING: Values = {
    "kafka": {
        "securityProtocol": "SASL_SSL",
        "tls": {"existingSecret": "kafka-tls", "certKey": "tls.crt", "keyKey": "tls.key"},
    },
    "image": {"registry": "registry.example", "tag": "1.2.3", "pullSecrets": ["registry"]},
    "settings": {"EGRESS_ALLOW": "10.1.0.0/16, fd00::/64"},
    "services": {
        service: {"public": {"enabled": True, "from": [{"podSelector": {}}]}} for service in PUBLIC
    },
    "console": {
        "publicUrl": "https://leads.acme.example",
        "ingress": {
            "enabled": True,
            "className": "nginx",
            "annotations": {"example.com/size": "1m"},
            "tlsSecret": "leads-tls",
        },
        "networkPolicy": {"from": [{"podSelector": {"matchLabels": {"app": "ingress"}}}]},
    },
    "dbInit": {"enabled": True, "existingSecret": "postgres-admin"},
    "autoscaling": {"hpa": {"enabled": True}},
    "monitoring": {
        "labels": {"release": "prometheus"},
        "serviceMonitor": {"enabled": True},
        "prometheusRule": {"enabled": True},
        "dashboards": {"enabled": True},
    },
    "extraEnv": [{"name": "TZ", "value": "UTC"}],
    "podAnnotations": {"example.com/team": "leads"},
    "podLabels": {"team": "leads"},
    "priorityClassName": "high",
    "nodeSelector": {"kubernetes.io/arch": "amd64"},
    "tolerations": [{"key": "leads", "operator": "Exists"}],
}
SECRETS = {
    "DATABASE_URL": "postgresql://u:p@postgres/leadstream",
    "DATASHOPPER_API_KEY": "a",
    "DATASHOPPER_API_URL": "https://api.datashopper.example",
    "CLAY_API_KEY": "b",
    "CLAY_API_URL": "https://clay.example",
    "RESEND_API_KEY": "c",
    "RESEND_FROM": "Leads <leads@acme.example>",
    "ENCRYPTION_KEYS": "one:" + "A" * 43 + "=",
}
# Secrets in the values themselves.
INLINE: Values = {"existingSecret": "", "database": {"perService": False}, "secrets": SECRETS}
