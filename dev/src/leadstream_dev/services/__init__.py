from leadstream_dev.services.fleet import Services
from leadstream_dev.services.replica import Replica
from leadstream_dev.services.spec import SERVICES, ServiceSpec

__all__ = ["SERVICES", "Replica", "ServiceSpec", "Services"]
