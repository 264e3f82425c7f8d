from leadstream_dev.services.fleet import Services
from leadstream_dev.services.replica import Replica
from leadstream_dev.services.spec import CONSOLE, SERVICES, ServiceSpec

__all__ = ["CONSOLE", "SERVICES", "Replica", "ServiceSpec", "Services"]
