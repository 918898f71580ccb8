"""LangGraph wiring: the only place where agents and memory meet."""
