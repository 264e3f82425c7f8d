"""The search of Clay's Public API, in filters mode: an iterator that tells each page once."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final
from urllib.parse import quote

import httpx

from enrichment.adapters.calling import document_in
from enrichment.adapters.clay import CONTACT_FILTERS
from enrichment.adapters.clay_public_answers import named_in, read_fields, read_found
from enrichment.adapters.clay_public_calls import ClayCalls, never, set_up_wrongly
from enrichment.adapters.faults import Asked, Meaning, problem_of
from enrichment.application.ports import CallFault
from enrichment.domain.answer import Answer
from leadstream.accounts import Account
from leadstream.clock import Clock
from leadstream.http import is_foreign
from leadstream.jobs.model import Failed

FILTERS_KEPT: Final = timedelta(days=1)

# What filters have been called; of those that there are, the first is used.
_OF_COMPANIES: Final = ("company_identifier", "company_domains", "company_domain")
_OF_TITLES: Final = ("job_title_keywords", "job_titles")
_OF_SENIORITY: Final = ("job_title_seniority_levels_v2", "job_title_seniority_levels")
# Clay's levels for those that are asked for everywhere.
_LEVELS: Final = ("founder", "owner", "c-suite", "vp", "head", "director", "manager")

# By name: the values that a filter takes; any where none are told.
Fields = Mapping[str, frozenset[str]]


class NoCompanyFilterError(ValueError):
    """People can't be looked for at one company."""


@dataclass(slots=True)
class ClaySearch:
    calls: ClayCalls
    clock: Clock
    # By account: since when it is known which filters there are.
    _known: dict[str, tuple[datetime, Fields]] = field(default_factory=dict)

    async def people(self, domain: str, *, limit: int, account: Account) -> Answer:
        """Search once. Nobody is told twice: without an answer, another search has to be made."""
        search_id = await self._create(domain, account)
        asked = Asked(account, "run_search")
        path = f"/search/filters-mode/{quote(search_id, safe='')}/run"
        most = limit
        while True:
            page = await self.calls.post(asked, path, {"limit": most}, answers=_is_too_large)
            if page.status_code != 413:
                document = document_in(page, asked)
                return read_found(document, asked, domain=domain, limit=limit)
            if most == 1:
                raise CallFault(Failed(problem=problem_of(page, asked, Meaning.REFUSED.value)))
            # It was refused before anybody was told: a smaller page of the same search.
            most //= 2

    async def look_up_filters(self, account: Account) -> Fields:
        asked = Asked(account, "fields")
        response = await self.calls.get(asked, "/search/filters-mode/fields?source_type=people")
        found = read_fields(document_in(response, asked), asked)
        try:
            filters_for("example.com", found)
        except NoCompanyFilterError as exc:
            raise set_up_wrongly(account, str(exc), now=self.clock.now()) from exc
        self._known[account.scope] = (self.clock.now(), found)
        return found

    async def _create(self, domain: str, account: Account) -> str:
        asked, path = Asked(account, "create_search"), "/search/filters-mode"
        known = self._remembered(account)
        fields = known or await self.look_up_filters(account)
        response = await self.calls.post(
            asked, path, _search_for(domain, fields), answers=_is_refused if known else never
        )
        if response.status_code == 400:
            # A filter that was remembered may have gone.
            fields = await self.look_up_filters(account)
            response = await self.calls.post(asked, path, _search_for(domain, fields))
        return named_in(document_in(response, asked), "search_id", asked)

    def _remembered(self, account: Account) -> Fields | None:
        since, fields = self._known.get(account.scope, (None, None))
        is_fresh = since is not None and self.clock.now() - since < FILTERS_KEPT
        return fields if is_fresh else None


def filters_for(domain: str, fields: Fields) -> dict[str, list[str]]:
    """The people to look for, as far as there are filters for it. Raises NoCompanyFilterError."""
    company = _first(_OF_COMPANIES, fields)
    if company is None:
        there = ", ".join(sorted(fields)) or "none"
        raise NoCompanyFilterError(f"there is no filter for a company among those offered: {there}")
    filters = {company: [domain]}
    titles, seniority = _first(_OF_TITLES, fields), _first(_OF_SENIORITY, fields)
    if titles:
        filters[titles] = list(CONTACT_FILTERS["job_titles"])
    levels = [one for one in _LEVELS if seniority and one in (fields[seniority] or _LEVELS)]
    if seniority and levels:
        filters[seniority] = levels
    return filters


def _first(names: tuple[str, ...], fields: Fields) -> str | None:
    return next((name for name in names if name in fields), None)


def _search_for(domain: str, fields: Fields) -> dict[str, Any]:
    return {"source_type": "people", "filters": filters_for(domain, fields)}


def _is_refused(response: httpx.Response) -> bool:
    return response.status_code == 400 and not is_foreign(response)


def _is_too_large(response: httpx.Response) -> bool:
    return response.status_code == 413 and not is_foreign(response)
