"""`python -m cruxbank.cli` is `crux`."""

from cruxbank.cli.main import main

main()
