"""What crux.yaml says about one model, as the seam needs it."""

from __future__ import annotations

from typing import Any, Self
from urllib.parse import urlsplit

from pydantic import Field, field_validator, model_validator

from cruxbank.config.settings import OURS, SECRET
from cruxbank.frozen import Frozen
from cruxbank.models.answer_schema import Structured
from cruxbank.models.prices import Price

ASSUMED_OUTPUT = 2_048
"""Output tokens reserved for a call whose parameters set no maximum."""


class ModelSpec(Frozen):
    """One model behind an OpenAI-compatible endpoint. `params` go into the request body as they are."""

    id: str = Field(min_length=1)
    base_url: str
    model: str = Field(min_length=1)
    api_key_env: str | None = None
    params: dict[str, Any] = Field(default_factory=dict)
    price_in: float = Field(default=0.0, ge=0, allow_inf_nan=False)
    """USD per million input tokens; `price_out` likewise."""
    price_out: float = Field(default=0.0, ge=0, allow_inf_nan=False)
    account: str = ""
    """Models of one account at one endpoint share its rate limit."""
    family: str = ""
    structured: Structured = "json_schema"
    in_flight: int = Field(default=100, ge=1)
    timeout_s: float = Field(default=120.0, gt=0, allow_inf_nan=False)
    retries: int = Field(default=6, ge=0)
    send_seed: bool | None = None
    """Send the repeat index as `seed`. None: yes for in-process endpoints, no for others."""

    @field_validator("base_url")
    @classmethod
    def _plain_url(cls, url: str) -> str:
        parts = urlsplit(url)
        if not parts.scheme or not parts.netloc:
            raise ValueError(f"{url!r} is no URL; write for example https://api.openai.com/v1")
        if parts.username or parts.password or parts.query:
            raise ValueError("keys do not belong into a URL (it is stored with every call); use api_key_env")
        return url.rstrip("/")

    @field_validator("params")
    @classmethod
    def _no_reserved(cls, params: dict[str, Any]) -> dict[str, Any]:
        for name in params:
            if name in OURS:
                raise ValueError(f"{name!r} is set by Cruxbank itself; leave it out")
            if SECRET.search(name):
                raise ValueError(f"{name!r} looks like a secret, and parameters are stored; use api_key_env")
        return params

    @model_validator(mode="after")
    def _named_family(self) -> Self:
        if not self.family:
            object.__setattr__(self, "family", self.id)
        return self

    @property
    def scheme(self) -> str:
        """`https`, `http`, or the name of an in-process transport (`sim`)."""
        return urlsplit(self.base_url).scheme

    @property
    def in_process(self) -> bool:
        """Whether the endpoint is a transport that was handed in."""
        return self.scheme not in {"http", "https"}

    @property
    def provider(self) -> str:
        """First part of a call's key."""
        return self.scheme if self.in_process else "openai"

    @property
    def seeded(self) -> bool:
        """Whether the repeat index goes out as `seed`."""
        return self.in_process if self.send_seed is None else self.send_seed

    @property
    def price(self) -> Price:
        """USD per million tokens."""
        return Price(input=self.price_in, output=self.price_out)

    @property
    def max_output(self) -> int:
        """Output tokens that one answer can have at most, as far as the parameters say."""
        said = self.params.get("max_completion_tokens", self.params.get("max_tokens"))
        return said if isinstance(said, int) and said > 0 else ASSUMED_OUTPUT
