"""The expressions that the dashboards are made of.

Every replica of a service looks the same rows up in Postgres: `latest` takes one of them, a sum would count them twice.
"""

RANGE = "$__range"
NOW = "$__rate_interval"


def total(metric: str, *by: str, where: str = "") -> str:
    """How much a counter has grown in the range shown."""
    return _sum(f"increase({_series(metric, where)}[{RANGE}])", by)


def pace(metric: str, *by: str, where: str = "") -> str:
    """A counter's growth in a second, over time."""
    return _sum(f"rate({_series(metric, where)}[{NOW}])", by)


def each_day(metric: str, *by: str, where: str = "") -> str:
    return _sum(f"increase({_series(metric, where)}[1d])", by)


def share(part: str, whole: str) -> str:
    """Nothing at all, which a panel can say in words, where there is no whole."""
    return f"{part} / ({whole} > 0)"


def some(expr: str) -> str:
    """Without the series that are 0: a bar for each thing that did not happen hides those that did."""
    return f"{expr} > 0"


def or_zero(expr: str) -> str:
    """For figures whose series are there only while there is something to count."""
    return f"{expr} or vector(0)"


def mean(histogram: str, *by: str, window: str = RANGE) -> str:
    grown = [
        _sum(f"increase(leadstream_{histogram}_{end}[{window}])", by) for end in ("sum", "count")
    ]
    return share(*grown)


def quantile(q: float, histogram: str, *by: str, where: str = "", window: str = RANGE) -> str:
    buckets = _sum(f"rate({_series(f'{histogram}_bucket', where)}[{window}])", ("le", *by))
    # Without a count a quantile is NaN.
    counts = _sum(f"rate({_series(f'{histogram}_count', where)}[{window}])", by)
    on = f" and on ({', '.join(by)}) ({counts} > 0)" if by else f" and on () ({counts} > 0)"
    return f"histogram_quantile({q:g}, {buckets}){on}"


def latest(gauge: str, *by: str, where: str = "") -> str:
    """A figure that each replica looks up: one of theirs."""
    return f"max by ({', '.join(by)}) ({_series(gauge, where)})"


def latest_sum(gauge: str, *labels: str, by: tuple[str, ...] = (), where: str = "") -> str:
    """Over services and `labels`, each counted once however many replicas there are."""
    return _sum(latest(gauge, "service", *labels, where=where), by)


def _series(metric: str, where: str) -> str:
    return f"leadstream_{metric}{{{where}}}" if where else f"leadstream_{metric}"


def _sum(expr: str, by: tuple[str, ...]) -> str:
    return f"sum by ({', '.join(by)}) ({expr})" if by else f"sum({expr})"
