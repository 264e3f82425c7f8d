"""DataShopper: companies that show intent for a topic."""

from typing import Annotated
from urllib.parse import unquote

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from leadstream_dev.sandbox.data.companies import Filters
from leadstream_dev.sandbox.data.search import Finder, Query
from leadstream_dev.sandbox.data.signals import signals
from leadstream_dev.sandbox.exchange import Answer, Call, JsonObject, json_answer
from leadstream_dev.sandbox.journal import Journal
from leadstream_dev.sandbox.provider import Operation, Options
from leadstream_dev.sandbox.providers.data_api import DataApi, error
from leadstream_dev.sandbox.world import World

Count = Annotated[int, Field(ge=0)]
Money = Annotated[float, Field(ge=0)]


class Catalogue(BaseModel):
    """An exact answer for a topic, in place of made-up companies."""

    model_config = ConfigDict(extra="forbid")

    companies: list[JsonObject]
    ignore_limit: bool = False
    """Answer with all of them although fewer were asked for, as a careless provider would."""
    ignore_page: bool = False
    """Answer with the first page whichever is asked for."""


class DataShopperOptions(Options):
    catalogues: dict[str, Catalogue] = Field(default_factory=dict)
    """By topic."""


class Search(BaseModel):
    """The query string of a search, as the contract has it."""

    model_config = ConfigDict(extra="forbid")

    topic: str = Field(min_length=1, max_length=200)
    country: str | None = None
    state: str | None = None
    city: str | None = None
    min_employees: Count | None = None
    max_employees: Count | None = None
    min_revenue: Money | None = None
    max_revenue: Money | None = None
    industry: list[str] = Field(default_factory=list)
    limit: int = Field(default=50, ge=1, le=50)
    page: int = Field(default=1, ge=1)

    def filters(self) -> Filters:
        return Filters(
            **self.model_dump(exclude={"topic", "industry", "limit", "page"}),
            industries=tuple(sorted(set(self.industry))),
        )


class DataShopper(DataApi):
    name = "datashopper"
    prefix = "/datashopper/v1"
    options_type = DataShopperOptions
    options: DataShopperOptions

    def __init__(self, world: World, journal: Journal) -> None:
        super().__init__(world, journal)
        self._finder = Finder(world.seed)

    def operations(self) -> tuple[Operation, ...]:
        return (
            Operation("search", "GET", "/companies/search", self._search),
            Operation("intent", "GET", "/companies/{domain}/intent", self._intent),
        )

    def identify(self, call: Call) -> JsonObject:
        found = {name: value for name, value in call.arguments if name in ("topic", "page")}
        return found | {name: unquote(value).lower() for name, value in call.params.items()}

    def _search(self, call: Call) -> Answer:
        try:
            search = Search.model_validate(_decoded(call.arguments))
        except ValidationError as exc:
            first = exc.errors()[0]
            where = ".".join(map(str, first["loc"]))
            return error(400, "invalid_parameter", f"{where}: {first['msg']}")
        found, limit = self._companies(search)
        catalogue = self.options.catalogues.get(search.topic)
        page = 1 if catalogue and catalogue.ignore_page else search.page
        start = (page - 1) * search.limit
        return json_answer(
            200,
            {
                "results": found[start : start + limit],
                "total": len(found),
                "page": search.page,
                "per_page": search.limit,
            },
        )

    def _companies(self, search: Search) -> tuple[list[JsonObject], int]:
        """All companies a search finds, and how many go into an answer."""
        catalogue = self.options.catalogues.get(search.topic)
        if catalogue is not None:
            listed = catalogue.companies
            return listed, len(listed) if catalogue.ignore_limit else search.limit
        settings = self.world.settings
        query = Query(search.topic, search.filters(), self.world.today())
        found = self._finder.find(query, results=settings.results, odd=settings.odd)
        return found, search.limit

    def _intent(self, call: Call) -> Answer:
        domain = call.params["domain"].lower()
        found = signals(
            seed=self.world.seed, domain=domain, day=self.world.today(), topic="new vendors"
        )
        return json_answer(200, {"intent_signals": found})


def _decoded(arguments: list[tuple[str, str]]) -> JsonObject:
    """Group the repeated `industry`; of anything else given twice the last counts."""
    decoded: JsonObject = {name: value for name, value in arguments if name != "industry"}
    industries = [value for name, value in arguments if name == "industry"]
    return decoded | ({"industry": industries} if industries else {})
