"""The grow graph: rounds of slots side by side, committed in order, until a budget ends."""

from __future__ import annotations

from langgraph.graph import END, START, StateGraph

from cruxbank.graphs.context import GrowContext
from cruxbank.graphs.round_nodes import choose, commit
from cruxbank.graphs.routes import fan_out
from cruxbank.graphs.slot import build_slot
from cruxbank.graphs.state import GrowState


def build() -> StateGraph[GrowState, GrowContext, GrowState, GrowState]:
    """The uncompiled builder: choose -> slots (one task each) -> commit -> choose ..."""
    graph = StateGraph(GrowState, context_schema=GrowContext)
    graph.add_node("choose", choose)
    graph.add_node("slot", build_slot().compile(checkpointer=False))
    graph.add_node("commit", commit)
    graph.add_edge(START, "choose")
    graph.add_conditional_edges("choose", fan_out, ["slot", END])
    graph.add_edge("slot", "commit")
    graph.add_edge("commit", "choose")
    return graph
