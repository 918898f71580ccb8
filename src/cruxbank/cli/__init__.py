"""The command `crux`: one command a file, arguments and printing only."""

from cruxbank.cli.main import app, main

__all__ = ["app", "main"]
