from leadstream.runtime.main import main
from leadstream.runtime.service import Parts, Resources, Service

__all__ = ["Parts", "Resources", "Service", "main"]
