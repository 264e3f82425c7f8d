from leadstream.retention.keeper import Keeper
from leadstream.retention.rules import SMALL_BATCH, Rule, shared_rules

__all__ = ["SMALL_BATCH", "Keeper", "Rule", "shared_rules"]
