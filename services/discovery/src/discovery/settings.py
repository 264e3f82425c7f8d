from datetime import timedelta
from typing import Annotated, Any

from pydantic import AfterValidator, Field, ValidationInfo, field_validator

from leadstream.accounts import Account, WrongAccountError, provider_named
from leadstream.accounts.catalogue import checked_settings
from leadstream.settings import (
    ApiKey,
    BillingRetention,
    HttpUrl,
    Keyless,
    LeadRetention,
    Seconds,
    ServiceSettings,
    needed_with,
    one_of,
    seconds,
)
from leadstream.settings.keys import OptionalKeys


def _as_of_an_account(value: dict[str, Any]) -> dict[str, Any]:
    try:
        return checked_settings(provider_named("g2"), value)
    except WrongAccountError as exc:
        raise ValueError(f"{exc.field.removeprefix('settings.')}: {exc}") from None


G2Settings = Annotated[dict[str, Any], AfterValidator(_as_of_an_account)]


class Settings(ServiceSettings, service="discovery"):
    encryption_keys: OptionalKeys
    g2_api_token: ApiKey | None = Field(
        default=None, description="A token of G2's API, with the scope `buyer_intent.read`."
    )
    g2_api_url: HttpUrl = Field(
        default="https://data.g2.com/api", description="Where G2's API is, its sandbox below it."
    )
    g2_per_second: float = Field(
        default=20,
        gt=0,
        le=100,
        description="Calls a second, all replicas together. Above 100 from one address, G2 answers nothing for "
        "a minute.",
    )
    g2_settings: G2Settings = Field(
        default={},
        description="What the token's account asks for, as an account of a workspace has it: JSON with `products` and, "
        "where wanted, `strengths`, `scores` and `days`.",
    )
    g2_pages: int = Field(
        default=4, ge=1, le=20, description="Pages of 250 rows that one search asks for at most."
    )
    keyless: Keyless
    # After G2's, because which of them is there decides whether it may be missing.
    datashopper_api_key: ApiKey | None = Field(
        default=None,
        validate_default=True,
        description="DataShopper's bearer key. It or G2_API_TOKEN must be there, unless KEYLESS=true; workspaces may "
        "have keys of their own.",
    )
    datashopper_api_url: HttpUrl | None = Field(
        default=None,
        validate_default=True,
        description="DataShopper's API, up to `/companies/search`; needed with DATASHOPPER_API_KEY.",
    )
    datashopper_per_second: float = Field(
        default=5, gt=0, le=1000, description="Searches a second, all replicas together."
    )
    datashopper_pages: int = Field(
        default=3,
        ge=1,
        le=20,
        description="Pages that one search asks for at most, while they bring only what is known.",
    )
    run_query_concurrency: int = Field(
        default=10, ge=1, le=200, description="Searches side by side in one process."
    )

    push_per_second: float = Field(
        default=10,
        gt=0,
        le=1000,
        description="Requests a second that a source may push, all replicas together; twice as many at once.",
    )
    push_secret_overlap: Seconds = Field(
        default=seconds(86_400),
        description="Seconds that a source's old secret is good after a rotation (a day).",
    )

    lead_retention: LeadRetention
    billing_retention: BillingRetention

    @property
    def attempt_timeout(self) -> timedelta:
        """A little more than the call may take, so that the call says what went wrong."""
        return self.provider_timeout + timedelta(seconds=5)

    @property
    def accounts(self) -> list[Account]:
        """The deployment's own, which all workspaces may use."""
        found = []
        if key := self.datashopper_api_key:
            credentials = {"api_key": key.get_secret_value()}
            found.append(Account(provider="datashopper", credentials=credentials))
        if token := self.g2_api_token:
            credentials = {"api_token": token.get_secret_value()}
            found.append(Account(provider="g2", credentials=credentials, settings=self.g2_settings))
        return found

    @field_validator("datashopper_api_key")
    @classmethod
    def _finds_companies(cls, value: ApiKey | None, info: ValidationInfo) -> ApiKey | None:
        return one_of(value, info, "g2_api_token")

    @field_validator("datashopper_api_url")
    @classmethod
    def _is_with_its_key(cls, value: str | None, info: ValidationInfo) -> str | None:
        return needed_with(value, info, "datashopper_api_key")
