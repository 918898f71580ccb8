"""What a user says of an exported data set: who made it, under which licence, where it is found."""

from __future__ import annotations

import re
from datetime import date
from urllib.parse import urlsplit

from pydantic import Field, field_validator

from cruxbank.config.section import Section

_SPDX = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9.+-]*[A-Za-z0-9+])?")
_NAME = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_VERSION = re.compile(r"\d+\.\d+\.\d+(?:[-+][0-9A-Za-z.-]+)?")
LONGEST_NAME = 60


class Publishing(Section):
    """What the card of an export says that a bank cannot know. Changes nothing that is grown."""

    name: str = Field(
        "", description="name of the data set: a-z, 0-9 and single hyphens; the bank's folder when left out"
    )
    title: str = Field("", description="title of the card; made from the value system when left out")
    description: str = Field("", description="what the data set is, in a few sentences; said from the bank if left out")
    licence: str = Field(
        "", description="SPDX identifier (CC-BY-4.0) or address of a licence; without one nobody may use the items"
    )
    creator: str = Field("", description="person or organisation that publishes the items")
    url: str = Field("", description="page of the data set, https://...")
    published: str = Field("", description="date of publication, YYYY-MM-DD; that of the last run when left out")
    version: str = Field("1.0.0", description="version of the data set, MAJOR.MINOR.PATCH")
    citation: str = Field("", description="how to cite it, as BibTeX or in words")
    notes: tuple[str, ...] = Field((), description="further known limits, beside those the card finds in the bank")

    @field_validator("name")
    @classmethod
    def _plain_name(cls, name: str) -> str:
        if name and (not _NAME.fullmatch(name) or len(name) > LONGEST_NAME):
            raise ValueError(f"write a-z, 0-9 and single hyphens, at most {LONGEST_NAME} of them")
        return name

    @field_validator("licence")
    @classmethod
    def _known_form(cls, licence: str) -> str:
        if licence and not _SPDX.fullmatch(licence) and not _address(licence):
            raise ValueError("write an SPDX identifier such as CC-BY-4.0, or the licence's https:// address")
        return licence

    @field_validator("url")
    @classmethod
    def _page(cls, url: str) -> str:
        if url and not _address(url):
            raise ValueError("not an address: write https://HOST/PAGE, without a name or password in it")
        return url

    @field_validator("published", mode="before")
    @classmethod
    def _day(cls, day: object) -> str:
        """YAML reads an unquoted day as a date."""
        try:
            return date.fromisoformat(str(day)).isoformat() if day else ""
        except ValueError as error:
            raise ValueError("not a date: write YYYY-MM-DD") from error

    @field_validator("version")
    @classmethod
    def _semantic(cls, version: str) -> str:
        if not _VERSION.fullmatch(version):
            raise ValueError("not a version: write MAJOR.MINOR.PATCH in quotes")
        return version


def _address(text: str) -> bool:
    """A whole http(s) address that holds no secret."""
    if re.search(r"[\s<>\"{}|\\^`]", text):
        return False
    try:
        parts = urlsplit(text)
        return parts.scheme in {"http", "https"} and bool(parts.hostname) and not (parts.username or parts.password)
    except ValueError:
        return False
