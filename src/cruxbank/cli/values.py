"""`crux values`: the value systems that there are, one in full, and a check of one's own file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from cruxbank.cli.console import guarded, out, out_json, printable, say
from cruxbank.cli.options import AsJson
from cruxbank.display import plural

if TYPE_CHECKING:
    from cruxbank.values.systems import ValueSystem

values = typer.Typer(help="Value systems: list them, show one, check your own file.", no_args_is_help=True)

Name = Annotated[
    str, typer.Argument(help="A shipped system or your YAML file; NAME+OPTION adds a dimension, NAME@LEVEL a view.")
]


@values.command("list")
@guarded
def list_(as_json: AsJson = False) -> None:
    """List the shipped value systems with their options and views.

    Example: crux values list
    """
    from cruxbank.values.systems import load_system, load_whole, shipped
    from cruxbank.values.views import levels, options

    rows = []
    for name in shipped():
        whole, system = load_whole(name), load_system(name)
        more = {"options": list(options(whole)), "views": list(levels(whole))}
        rows.append({"id": name, "name": system.name, "dimensions": len(system.ids), "reader": _reader(system), **more})
    if as_json:
        out_json({"systems": rows, "count": len(rows)})
        return
    from cruxbank.cli.values_tables import listed

    listed(rows)
    say(f"{plural(len(rows), 'system')}; values: in crux.yaml takes one of them, or the path of a YAML file")


@values.command()
@guarded
def show(name: Name, as_json: AsJson = False) -> None:
    """Show a value system: what every dimension means, its groups, its circle, and which local reader reads it.

    Example: crux values show moral-foundations+liberty
    """
    from cruxbank.values.systems import load_system

    system = load_system(name)
    if as_json:
        out_json(_plain(system))
        return
    from cruxbank.cli.values_tables import shown

    shown(system, _reader(system))


@values.command()
@guarded
def check(
    file: Annotated[str, typer.Argument(metavar="FILE", help="The YAML file of your value system.")],
    as_json: AsJson = False,
) -> None:
    """Check a value system's file: exit code 2 and one line with the field and the value where something is wrong.

    Example: crux values check my-values.yaml
    """
    from cruxbank.values.systems import load_system, load_whole
    from cruxbank.values.views import levels, options

    whole, system = load_whole(file), load_system(file)
    if as_json:
        more = {"options": list(options(whole)), "views": list(levels(whole)), "ok": True, "file": file}
        out_json({**_plain(system), **more})
        return
    kinds = [plural(len(system.ids), "dimension"), plural(len(system.groups), "group")]
    kinds += [f"{plural(len(system.wedges), 'wedge')} on a circle"] if system.circular else []
    kinds += [f"option +{name}" for name in options(whole)] + [f"view @{name}" for name in levels(whole)]
    out(f"{printable(file)}: {printable(system.id)} can be used ({', '.join(kinds)})")
    say(f"read without a language model by: {_reader(system)}")


def _reader(system: ValueSystem) -> str:
    from cruxbank.recogniser.readers import reader_name

    return reader_name(system)


def _plain(system: ValueSystem) -> dict[str, Any]:
    from cruxbank.values.systems import digest

    made = {"digest": digest(system), "angles": system.angles, "reader": _reader(system)}
    return {**system.model_dump(mode="json"), **made}
