"""The vocabulary of the sample data, from `words.toml`."""

import tomllib
from importlib.resources import files

from pydantic import BaseModel, ConfigDict


class Title(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    seniority: str
    department: str


class Signals(BaseModel):
    model_config = ConfigDict(extra="forbid")

    high: list[str]
    medium: list[str]
    low: list[str]


class Words(BaseModel):
    model_config = ConfigDict(extra="forbid")

    syllables: list[str]
    endings: list[str]
    second_words: dict[str, list[str]]
    other_second_words: list[str]
    industries: dict[str, int]
    tlds: dict[str, int]
    technologies: list[str]
    first_names: list[str]
    last_names: list[str]
    titles: list[Title]
    signals: Signals
    sources: list[str]


WORDS = Words.model_validate(
    tomllib.loads(files(__package__).joinpath("words.toml").read_text(encoding="utf-8"))
)
