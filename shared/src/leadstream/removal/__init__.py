from leadstream.removal.holdings import NOTHING, Holdings, Step
from leadstream.removal.remover import Remover
from leadstream.removal.router import removal_router

__all__ = ["NOTHING", "Holdings", "Remover", "Step", "removal_router"]
