"""The remeasure graph: batches of items, each asked, read, weighed and committed, until nothing is left or a budget ends."""

from __future__ import annotations

from langgraph.graph import END, START, StateGraph

from cruxbank.graphs import remeasure_nodes as nodes
from cruxbank.graphs.remeasure_context import RemeasureContext
from cruxbank.graphs.remeasure_state import BatchFull, RemeasureState, RemeasureUpdate


def build() -> StateGraph[RemeasureState, RemeasureContext, RemeasureState, RemeasureState]:
    """The uncompiled builder: choose -> batch -> choose ... The record knows what is done, so no checkpoint is needed."""
    graph = StateGraph(RemeasureState, context_schema=RemeasureContext)
    graph.add_node("choose", nodes.choose)
    graph.add_node("batch", build_batch().compile(checkpointer=False))
    graph.add_edge(START, "choose")
    graph.add_conditional_edges("choose", after_choose, ["batch", END])
    graph.add_edge("batch", "choose")
    return graph


def build_batch() -> StateGraph[BatchFull, RemeasureContext, RemeasureState, RemeasureUpdate]:
    """The uncompiled builder of one batch. Without a checkpointer: the ledger replays a batch that was cut off."""
    graph = StateGraph(
        BatchFull, context_schema=RemeasureContext, input_schema=RemeasureState, output_schema=RemeasureUpdate
    )
    for name, node in (
        ("ask", nodes.ask),
        ("read", nodes.read),
        ("weigh", nodes.weigh_batch),
        ("update", nodes.update),
    ):
        graph.add_node(name, node)
    for first, second in ((START, "ask"), ("ask", "read"), ("read", "weigh"), ("weigh", "update"), ("update", END)):
        graph.add_edge(first, second)
    return graph


def after_choose(state: RemeasureState) -> str:
    """A batch, or the end."""
    return "batch" if state["plan"] else END
