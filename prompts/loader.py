"""Prompt files: declared variables, sections that become messages, strict rendering, SHA-256 of the file's bytes.

How to write one and how to add a version: docs/prompts.md.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Annotated, Literal, TypeAlias, get_args

import yaml
from jinja2 import StrictUndefined, Template, TemplateError, meta
from jinja2.sandbox import ImmutableSandboxedEnvironment
from pydantic import Field, StringConstraints, ValidationError

from cruxbank.errors import PromptError
from cruxbank.frozen import Frozen
from cruxbank.items import Message, PromptRef, RenderedPrompt, Text

Value: TypeAlias = "str | int | float | Sequence[Value] | Mapping[str, Value]"
"""What a variable may hold: plain data. Objects are refused, so that a template can reach no code."""

Speaker = Literal["system", "user", "assistant"]
Slug = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]*$")]

_GUIDE = "see docs/prompts.md"
_SLUG = re.compile(r"[a-z][a-z0-9-]*")
_FRONT = re.compile(r"\A---\n(?P<header>.*?)\n---\n(?P<body>.*)\Z", re.DOTALL)
_HEADING = re.compile(r"^## +(.*?) *$", re.MULTILINE)
_FILE = re.compile(r"(?P<name>[a-z][a-z0-9-]*)\.v(?P<version>[1-9][0-9]*)\.md")


class Header(Frozen):
    """The front matter of a prompt file."""

    name: Slug
    role: Slug
    version: int = Field(ge=1)
    purpose: Text
    inputs: dict[str, Text]
    """Every variable of the body with a line that says what it holds."""
    output: Text
    failure: Text
    """What happens when the answer cannot be used."""
    changelog: dict[int, Text]


class MoveHeader(Header):
    """The front matter of a move of a probing session: a prompt whose text is put to the target as it is."""

    effect: Literal["same", "reversed", "graded", "pressure", "pair"]
    """What it does to a proposition; see docs/moves.md."""
    wording: Literal["base", "paraphrase", "mirror", "translation"] = "base"
    """Which of the item's wordings it puts; `base` are all that ask the base's way round, the base itself first."""
    languages: tuple[str, ...] = ()
    """Languages that its own words exist in; none: it has no words of its own beside the wording."""
    kinds: tuple[Literal["question", "dilemma"], ...] = ("question", "dilemma")
    ladder: str = ""
    """Id of the ladder that a graded move always takes; none: that of the value which stands against the answer."""


_HEADERS: Mapping[str, type[Header]] = {"move": MoveHeader}


@dataclass(frozen=True)
class Prompt:
    """A prompt file that was read and checked. `label` names it in errors."""

    header: Header
    ref: PromptRef
    label: str
    sections: tuple[tuple[Speaker, Template], ...]

    def render(self, **values: Value) -> RenderedPrompt:
        """The messages. Values are inserted as they are and never rendered themselves: `{{ x }}` in a value stays text.

        Raises:
            PromptError: a declared variable is missing, an undeclared one is given, or one holds no plain data.
        """
        self._check(values)
        messages = [Message(role=role, content=self._fill(template, values)) for role, template in self.sections]
        return RenderedPrompt(messages=tuple(messages), ref=self.ref)

    def _check(self, values: Mapping[str, Value]) -> None:
        declared = self.header.inputs
        for name in sorted(declared.keys() - values.keys()):
            raise PromptError(f"prompt {self.label}: variable '{name}' is missing", hint=declared[name])
        for name in sorted(values.keys() - declared.keys()):
            raise PromptError(f"prompt {self.label}: variable '{name}' is not declared", hint=_declares(declared))
        for name, value in values.items():
            if not _is_plain(value):
                message = f"prompt {self.label}: variable '{name}' holds a {type(value).__name__}"
                raise PromptError(message, hint="give text, numbers, lists or mappings of them")

    def _fill(self, template: Template, values: Mapping[str, Value]) -> str:
        try:
            return template.render(dict(values))
        except (TemplateError, TypeError, ValueError, ArithmeticError) as error:
            raise PromptError(f"prompt {self.label}: {_one_line(error)}", hint=_GUIDE) from error


def load(role: str, name: str, *, version: int, folder: Traversable | None = None) -> Prompt:
    """The prompt `<role>/<name>.v<version>.md` of the package, or of your own folder with the same layout.

    The version is always named: a new one changes what is measured and must be chosen, not met.

    Raises:
        PromptError: no such file, or the file is not valid; names the file and what is wrong.
    """
    label = f"{role}/{name}.v{version}.md"
    if not (_SLUG.fullmatch(role) and _SLUG.fullmatch(name)):
        raise PromptError(f"prompt {label}: not a name", hint="role and name are lower case letters, digits and -")
    place = _own() if folder is None else folder
    file = place.joinpath(role).joinpath(f"{name}.v{version}.md")
    if not file.is_file():
        known = ", ".join(f"{ref.name}.v{ref.version}.md" for ref in refs_in(place)) or "no prompt at all"
        raise PromptError(f"prompt {label}: no such file", hint=f"the folder holds {known}")
    prompt = parse(file.read_bytes(), label)
    stated = f"{prompt.header.role}/{prompt.header.name}.v{prompt.header.version}.md"
    if stated != label:
        raise PromptError(f"prompt {label}: its front matter says {stated}", hint="make path and front matter agree")
    return prompt


def shipped() -> tuple[PromptRef, ...]:
    """Every prompt of the package, all versions, sorted by name and version."""
    return refs_in(_own())


def refs_in(folder: Traversable) -> tuple[PromptRef, ...]:
    """Every file `<role>/<name>.v<version>.md` in a folder, with its SHA-256, sorted by name and version."""
    found = []
    for role in (entry for entry in folder.iterdir() if entry.is_dir()):
        for file in role.iterdir():
            match = _FILE.fullmatch(file.name)
            if match:
                name, version = f"{role.name}/{match['name']}", int(match["version"])
                found.append(PromptRef(name=name, version=version, sha256=_digest(file.read_bytes())))
    return tuple(sorted(found, key=lambda ref: (ref.name, ref.version)))


def parse(data: bytes, label: str) -> Prompt:
    """A prompt from the bytes of its file.

    Raises:
        PromptError: front matter, sections or variables are wrong.
    """
    header, body = _split(data, label)
    environment = _environment()
    sections = tuple((role, _template(environment, source, header, label)) for role, source in _sections(body, label))
    used = meta.find_undeclared_variables(environment.parse(body))
    for name in sorted(header.inputs.keys() - used):
        raise PromptError(f"prompt {label}: variable '{name}' is declared and never used", hint="drop it from inputs")
    ref = PromptRef(name=f"{header.role}/{header.name}", version=header.version, sha256=_digest(data))
    return Prompt(header=header, ref=ref, label=label, sections=sections)


def _split(data: bytes, label: str) -> tuple[Header, str]:
    try:
        match = _FRONT.match(data.decode("utf-8").replace("\r\n", "\n"))
        if match is None:
            raise PromptError(f"prompt {label}: no front matter between two lines '---'", hint=_GUIDE)
        fields = yaml.safe_load(match["header"])
        role = fields.get("role") if isinstance(fields, dict) else None
        return _HEADERS.get(str(role), Header).model_validate(fields), match["body"]
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(str(part) for part in first["loc"]) or "front matter"
        raise PromptError(f"prompt {label}: {field}: {first['msg']}", hint=_GUIDE) from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise PromptError(f"prompt {label}: {_one_line(error)}", hint=_GUIDE) from error


def _sections(body: str, label: str) -> list[tuple[Speaker, str]]:
    """Sections of the source, before any value is inserted: no value can open a section."""
    before, *rest = _HEADING.split(body)
    if before.strip():
        raise PromptError(f"prompt {label}: text before the first section", hint="start with '## system' or '## user'")
    found: list[tuple[Speaker, str]] = []
    for heading, source in zip(rest[::2], rest[1::2], strict=True):
        found.append((_speaker(heading, label), source.strip()))
    roles = [role for role, _ in found]
    if not roles or roles[-1] != "user" or "system" in roles[1:]:
        hint = "one '## system' at most, as the first; '## user' as the last"
        raise PromptError(f"prompt {label}: sections are {', '.join(roles) or 'missing'}", hint=hint)
    return found


def _speaker(heading: str, label: str) -> Speaker:
    for speaker in get_args(Speaker):
        if heading == speaker:
            return speaker  # type: ignore[no-any-return]
    raise PromptError(f"prompt {label}: section '## {heading}'", hint="sections are system, user and assistant")


def _template(environment: ImmutableSandboxedEnvironment, source: str, header: Header, label: str) -> Template:
    try:
        used = meta.find_undeclared_variables(environment.parse(source))
        for name in sorted(used - header.inputs.keys()):
            raise PromptError(f"prompt {label}: variable '{name}' is not declared", hint=_declares(header.inputs))
        return environment.from_string(source)
    except TemplateError as error:
        raise PromptError(f"prompt {label}: {_one_line(error)}", hint=_GUIDE) from error


def _environment() -> ImmutableSandboxedEnvironment:
    environment = ImmutableSandboxedEnvironment(
        undefined=StrictUndefined,
        autoescape=False,  # the output is a prompt, not a page: &lt; would be another text
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["line"] = _one_line
    return environment


def _one_line(value: object) -> str:
    """Whitespace collapsed: what must stay one line of a prompt cannot open another."""
    return " ".join(str(value).split())


def _is_plain(value: object) -> bool:
    if isinstance(value, Mapping):
        return all(isinstance(key, str) and _is_plain(entry) for key, entry in value.items())
    if isinstance(value, (list, tuple)):
        return all(_is_plain(entry) for entry in value)
    return isinstance(value, (str, int, float))


def _declares(declared: Mapping[str, str]) -> str:
    return f"it declares {', '.join(sorted(declared)) or 'no variables'}"


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _own() -> Traversable:
    return files("cruxbank.prompts")
