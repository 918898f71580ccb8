"""The state machine of one slot: generator, critic, memory, panel and judge around one draft after another."""

from __future__ import annotations

from langgraph.graph import END, START, StateGraph

from cruxbank.graphs import routes, slot_nodes as nodes
from cruxbank.graphs.confirm import confirm
from cruxbank.graphs.context import GrowContext
from cruxbank.graphs.reflect import reflect
from cruxbank.graphs.state import Planned, SlotDone, SlotFull
from cruxbank.graphs.translate import translate


def build_slot() -> StateGraph[SlotFull, GrowContext, Planned, SlotDone]:
    """The uncompiled builder. It is compiled without a checkpointer: the ledger replays a slot that was cut off."""
    graph = StateGraph(SlotFull, context_schema=GrowContext, input_schema=Planned, output_schema=SlotDone)
    graph.add_node("open", nodes.open_slot)
    graph.add_node("write", nodes.write)
    graph.add_node("critique", nodes.critique)
    graph.add_node("recall", nodes.recall)
    graph.add_node("ask", nodes.ask)
    graph.add_node("read", nodes.read)
    graph.add_node("weigh", nodes.weigh)
    graph.add_node("reflect", reflect)
    graph.add_node("decide", nodes.decide)
    graph.add_node("confirm", confirm)
    graph.add_node("translate", translate)
    graph.add_node("leave", nodes.leave)
    graph.add_edge(START, "open")
    graph.add_conditional_edges("open", routes.after_open)
    graph.add_conditional_edges("write", routes.after_write)
    graph.add_conditional_edges("critique", routes.after_critique)
    graph.add_conditional_edges("recall", routes.after_recall)
    graph.add_conditional_edges("ask", routes.after_ask)
    graph.add_edge("read", "weigh")
    graph.add_conditional_edges("weigh", routes.after_weigh)
    graph.add_conditional_edges("reflect", routes.after_reflect)
    graph.add_conditional_edges("decide", routes.after_decide)
    graph.add_edge("confirm", "translate")
    graph.add_edge("translate", "leave")
    graph.add_edge("leave", END)
    return graph
