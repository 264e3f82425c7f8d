from leadstream.retention.keeper import Keeper
from leadstream.retention.rules import Rule, shared_rules

__all__ = ["Keeper", "Rule", "shared_rules"]
