"""The probe graph: one session with one target, turn after turn, until nothing tells more or a limit is reached."""

from __future__ import annotations

from langgraph.graph import END, START, StateGraph

from cruxbank.graphs import probe_nodes as nodes
from cruxbank.graphs.probe_context import ProbeContext
from cruxbank.graphs.probe_harvest import conclude, harvest
from cruxbank.graphs.probe_routes import after_approve, after_choose, after_compose
from cruxbank.graphs.probe_state import ProbeState


def build() -> StateGraph[ProbeState, ProbeContext, ProbeState, ProbeState]:
    """The uncompiled builder. The record knows every committed turn and the ledger every paid call, so only a session
    with a person in the prober's seat needs a checkpointer, and that one need not outlive the process."""
    graph = StateGraph(ProbeState, context_schema=ProbeContext)
    for name, node in (
        ("choose", nodes.choose),
        ("compose", nodes.compose),
        ("approve", nodes.approve),
        ("ask", nodes.ask),
        ("read", nodes.read),
        ("learn", nodes.learn),
        ("conclude", conclude),
        ("harvest", harvest),
    ):
        graph.add_node(name, node)
    graph.add_edge(START, "choose")
    graph.add_conditional_edges("choose", after_choose, ["compose", "conclude"])
    graph.add_conditional_edges("compose", after_compose, ["approve", "choose"])
    graph.add_conditional_edges("approve", after_approve, ["ask", "compose", "choose", "conclude", END])
    for first, second in (("ask", "read"), ("read", "learn"), ("learn", "choose"), ("conclude", "harvest")):
        graph.add_edge(first, second)
    graph.add_edge("harvest", END)
    return graph
