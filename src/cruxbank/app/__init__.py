"""The composition root: settings in, a running context out. The only package that knows every other.

Nothing is imported here: `crux export` needs no LangGraph, and who wants one module of this package should not wait for all.
"""
