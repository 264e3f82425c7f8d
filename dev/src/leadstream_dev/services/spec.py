from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ServiceSpec:
    # The folder's name, which is also the consumer group's.
    name: str
    package: str
    port: int

    @property
    def url_variable(self) -> str:
        """Return the variable by which the CLI finds the service."""
        return f"{self.name.upper().replace('-', '_')}_URL"


SERVICES = (
    ServiceSpec("discovery", "discovery", 8001),
    ServiceSpec("enrichment", "enrichment", 8002),
    ServiceSpec("delivery", "delivery", 8003),
    ServiceSpec("platform-upload", "platform_upload", 8004),
    ServiceSpec("scheduler", "scheduler", 8005),
)
# Keeps nothing and asks the five: it has neither a schema nor a consumer group.
CONSOLE = ServiceSpec("console", "console", 8000)
