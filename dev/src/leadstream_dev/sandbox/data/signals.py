"""Intent signals, drawn so that about 20 % of the companies are hot, 35 % warm and 45 % cold."""

from datetime import UTC, date, datetime, timedelta
from random import Random

from leadstream_dev.sandbox.data.draw import chance, stream
from leadstream_dev.sandbox.data.words import WORDS
from leadstream_dev.sandbox.exchange import JsonObject

HOT, WARM = 0.20, 0.55

_TYPES = WORDS.signals.model_dump()


def signals(*, seed: int, domain: str, day: date, topic: str) -> list[JsonObject]:
    """What a company showed by `day`. Strengths and times don't depend on the topic."""
    random = stream("signals", seed, domain, day)
    heat = chance("heat", seed, domain, day)
    strengths = _strengths(random, heat)
    random.shuffle(strengths)
    midnight = datetime(day.year, day.month, day.day, tzinfo=UTC)
    found = []
    for number, strength in enumerate(strengths):
        # An hour of its own for each, so that no two are the same signal.
        seen = midnight - timedelta(hours=1 + number * 24, minutes=random.randint(0, 59))
        found.append(
            {
                "signal_type": random.choice(_TYPES[strength]).format(topic=topic),
                "signal_strength": strength,
                "detected_at": seen.strftime("%Y-%m-%dT%H:%M:%SZ"),
                "source": random.choice(WORDS.sources),
            }
        )
    return found


def _strengths(random: Random, heat: float) -> list[str]:
    low = ["low"] * random.randint(0, 3)
    if heat < HOT:
        high, medium = random.choice(((3, 0), (3, 2), (4, 1), (2, 3)))
    elif heat < WARM:
        high, medium = random.choice(((1, 0), (1, 2), (2, 1), (2, 2), (0, 4)))
    else:
        high, medium = random.choice(((0, 0), (0, 1), (0, 2), (0, 3)))
    return ["high"] * high + ["medium"] * medium + low
