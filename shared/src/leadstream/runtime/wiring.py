"""From settings to what the parts of a process are given."""

from leadstream.kafka.client import KafkaConfig
from leadstream.observability.tracing import Tracer
from leadstream.settings import ServiceSettings


def kafka_config(settings: ServiceSettings) -> KafkaConfig:
    password = settings.kafka_sasl_password
    uses_sasl = settings.kafka_security_protocol.startswith("SASL_")
    return KafkaConfig(
        bootstrap_servers=settings.kafka_bootstrap_servers,
        security_protocol=settings.kafka_security_protocol,
        sasl_mechanism=settings.kafka_sasl_mechanism if uses_sasl else None,
        sasl_username=settings.kafka_sasl_username,
        sasl_password=password.get_secret_value() if password else None,
        ssl_cafile=settings.kafka_ssl_cafile,
        ssl_certfile=settings.kafka_ssl_certfile,
        ssl_keyfile=settings.kafka_ssl_keyfile,
    )


def make_tracer(settings: ServiceSettings, service: str) -> Tracer | None:
    """None: tracing is off, and OpenTelemetry's SDK stays out of the process."""
    if settings.otel_traces_exporter == "none":
        return None
    from leadstream.observability.tracing.otel import OtelTracer, otlp_processor  # noqa: PLC0415

    headers = settings.otel_exporter_otlp_headers
    processor = otlp_processor(
        settings.otel_exporter_otlp_endpoint, headers.get_secret_value() if headers else None
    )
    return OtelTracer(processor, service=service, share=settings.otel_traces_sampler_arg)
