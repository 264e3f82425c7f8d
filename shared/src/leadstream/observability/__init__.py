from leadstream.observability import metrics
from leadstream.observability.health import Check, Health, Report
from leadstream.observability.logs import configure_logging
from leadstream.observability.redact import Redactor

__all__ = ["Check", "Health", "Redactor", "Report", "configure_logging", "metrics"]
