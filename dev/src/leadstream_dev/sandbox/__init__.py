"""The provider sandbox: one server that stands for every third-party API, and the judge of what was sent."""

from leadstream_dev.sandbox.control import Control, ControlError
from leadstream_dev.sandbox.entry import Entry
from leadstream_dev.sandbox.ledger import Ledger
from leadstream_dev.sandbox.process import Sandbox, SandboxError

__all__ = ["Control", "ControlError", "Entry", "Ledger", "Sandbox", "SandboxError"]
