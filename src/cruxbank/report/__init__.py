"""The report of a run: one HTML file that people look at. `run_report` reads the record and writes it."""

from cruxbank.report.page import render, run_report

__all__ = ["render", "run_report"]
