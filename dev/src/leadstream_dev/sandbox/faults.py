"""Decides what goes wrong with a call, with seeded dice."""

from collections import deque
from dataclasses import dataclass, field
from itertools import count
from random import Random

from leadstream_dev.sandbox.behaviour import Action, Behaviour, Errors, RateLimit, Script, Step
from leadstream_dev.sandbox.exchange import Answer, Call, JsonObject, json_answer, text_answer
from leadstream_dev.sandbox.limits import SlidingWindow
from leadstream_dev.sandbox.oddly import Odd

_SWITCHES = tuple(name for name in Behaviour.model_fields if name not in Script.model_fields)


@dataclass(slots=True)
class Limiter:
    rule: RateLimit
    window: SlidingWindow


@dataclass(slots=True)
class Plan:
    """What was decided for one call when it came in."""

    action: Action = Action.PASS
    delay: float = 0.0
    answer: Answer | None = None
    fault: str | None = None
    errors: Errors | None = None
    limiter: Limiter | None = None
    quota_exhausted: str | None = None
    revoked: bool = False
    odd: Odd | None = None


@dataclass(slots=True)
class _Active:
    behaviour: Behaviour
    dice: Random
    limiter: Limiter | None


@dataclass(slots=True)
class _Running:
    id: int
    script: Script
    steps: deque[Step]


@dataclass(slots=True)
class Faults:
    seed: int
    _active: dict[str, list[_Active]] = field(default_factory=dict)
    _scripts: dict[str, list[_Running]] = field(default_factory=dict)
    _ids: "count[int]" = field(default_factory=lambda: count(1))

    def behave(self, behaviour: Behaviour) -> None:
        """Switch `behaviour` on, in place of the one for exactly the same calls."""
        limit = behaviour.rate_limit
        limiter = (
            Limiter(limit, SlidingWindow(limit=limit.limit, window=limit.window)) if limit else None
        )
        dice = Random(f"{self.seed}:{behaviour.scope}")  # noqa: S311 - faults, not secrets
        others = [
            active
            for active in self._active.get(behaviour.provider, ())
            if active.behaviour.scope != behaviour.scope
        ]
        # Narrower ones come last, where they override the wider ones.
        self._active[behaviour.provider] = sorted(
            [*others, _Active(behaviour, dice, limiter)],
            key=lambda active: active.behaviour.specificity,
        )

    def play(self, script: Script) -> int:
        steps = deque(step for step in script.steps for _ in range(step.times))
        running = _Running(next(self._ids), script, steps)
        self._scripts.setdefault(script.provider, []).append(running)
        return running.id

    def clear(self, provider: str | None = None, operation: str | None = None) -> None:
        """Switch off what is for `provider` and `operation`, or everything."""
        for name in [provider] if provider else [*self._active, *self._scripts]:
            self._active[name] = [
                active
                for active in self._active.get(name, ())
                if operation not in (None, active.behaviour.operation)
            ]
            self._scripts[name] = [
                running
                for running in self._scripts.get(name, ())
                if operation not in (None, running.script.operation)
            ]

    def plan(self, provider: str, operation: str, call: Call) -> Plan:
        for running in self._scripts.get(provider, ()):
            if running.steps and running.script.matches(operation, call.identity, call.raw):
                return _scripted(running.steps.popleft())
        matching = [
            active
            for active in self._active.get(provider, ())
            if active.behaviour.matches(operation, call.identity, call.raw)
        ]
        return _behaved(matching) if matching else Plan()

    def behaviours(self) -> list[Behaviour]:
        return [active.behaviour for held in self._active.values() for active in held]

    def scripts(self) -> list[JsonObject]:
        """The scripts, and how many calls each is still for."""
        return [
            {**running.script.model_dump(), "id": running.id, "left": len(running.steps)}
            for held in self._scripts.values()
            for running in held
        ]


def literal(*, status: int, body: object, headers: dict[str, str]) -> Answer:
    if isinstance(body, str):
        return text_answer(status, body, headers)
    if body is None:
        return Answer(status=status, headers=headers)
    return json_answer(status, body, headers=headers)


def _scripted(step: Step) -> Plan:
    answer = None
    if step.action is Action.ANSWER:
        answer = literal(status=step.status, body=step.body, headers=step.headers)
    return Plan(
        action=step.action,
        delay=step.delay,
        answer=answer,
        fault=f"script:{step.action}",
        odd=step.odd,
    )


def _behaved(matching: list[_Active]) -> Plan:
    rule = Behaviour(provider="merged")
    owners: dict[str, _Active] = {}
    for active in matching:
        for name in _SWITCHES:
            value = getattr(active.behaviour, name)
            if value is not None:
                setattr(rule, name, value)
                owners[name] = active
    plan = Plan(
        revoked=bool(rule.revoked),
        quota_exhausted=_quota(rule.quota_exhausted),
        odd=rule.odd,
        fault=rule.odd,
    )
    if rule.rate_limit:
        plan.limiter = owners["rate_limit"].limiter
    if rule.latency:
        spread = owners["latency"].dice.uniform(-rule.latency.jitter, rule.latency.jitter)
        plan.delay = max(0.0, rule.latency.seconds + spread)
    if rule.errors and owners["errors"].dice.random() < rule.errors.rate:
        plan.errors = rule.errors
    for action in (Action.LOSE, Action.HALF, Action.DROP, Action.HANG):
        chance: float | None = getattr(rule, action.value)
        if chance is not None and owners[action.value].dice.random() < chance:
            plan.action, plan.fault = action, action.value
    return plan


def _quota(value: str | bool | None) -> str | None:
    if value is None or value is False:
        return None
    return "daily" if value is True else value
