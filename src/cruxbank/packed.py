"""A BERT encoder over texts laid end to end, without padding. Imports torch: only `encoder.py` imports this, lazily.

Why not the library's own forward pass:
- The bits of a text's vector must not depend on the texts beside it. Rounding does not repair that: of 384 numbers at
  5 places a difference of 1e-7 flips about four. Here every matrix product has one fixed shape (`BLOCK` rows), and
  attention sees one text alone.
- The whole pass is one TorchScript call, so that the interpreter lock is released once and not at each of some 500
  operations. Beside a busy event loop that is 244 texts a second against 17 (one thread, 21 tokens a text).
"""

import warnings
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

BLOCK = 128
"""Tokens in one matrix product. A request's last block is filled up with the padding token."""


class _Layer(nn.Module):  # type: ignore[misc]
    """One transformer layer with fused query, key and value; weights transposed for rows in, rows out."""

    def __init__(self, source: Any, heads: int, block: int) -> None:
        super().__init__()
        own = source.attention.self
        self.heads = heads
        self.block = block
        self.eps: float = source.output.LayerNorm.eps
        _keep(self, "qkv", [own.query, own.key, own.value])
        _keep(self, "out", [source.attention.output.dense])
        _keep(self, "up", [source.intermediate.dense])
        _keep(self, "down", [source.output.dense])
        _keep_norm(self, "norm1", source.attention.output.LayerNorm)
        _keep_norm(self, "norm2", source.output.LayerNorm)

    def forward(self, x: Tensor, counts: list[int], lengths: list[int]) -> Tensor:
        """`x` (tokens, width), a multiple of `block` rows."""
        width = x.size(1)
        qkv = torch.cat([torch.addmm(self.qkv_b, part, self.qkv_w) for part in x.split(self.block)])
        mixed = self.attention(qkv, torch.zeros_like(x), counts, lengths)
        done: list[Tensor] = []
        for part, seen in zip(x.split(self.block), mixed.split(self.block)):  # noqa: B905 (TorchScript: no strict)
            y = torch.addmm(self.out_b, seen, self.out_w) + part
            y = functional.layer_norm(y, [width], self.norm1_w, self.norm1_b, self.eps)
            z = torch.addmm(self.down_b, functional.gelu(torch.addmm(self.up_b, y, self.up_w)), self.down_w) + y
            done.append(functional.layer_norm(z, [width], self.norm2_w, self.norm2_b, self.eps))
        return torch.cat(done)

    def attention(self, qkv: Tensor, into: Tensor, counts: list[int], lengths: list[int]) -> Tensor:
        """Each text attends to itself; texts of one length go together."""
        at, width = 0, into.size(1)
        for group in range(len(counts)):
            rows, length = counts[group] * lengths[group], lengths[group]
            q, k, v = (
                qkv[at : at + rows].view(counts[group], length, 3, self.heads, -1).permute(2, 0, 3, 1, 4).unbind(0)
            )
            seen = functional.scaled_dot_product_attention(q, k, v)
            into[at : at + rows] = seen.transpose(1, 2).reshape(rows, width)
            at += rows
        return into


class PackedBert(nn.Module):  # type: ignore[misc]
    """Token ids of many texts in, the mean over each text's tokens after every layer out."""

    def __init__(self, model: Any, block: int = BLOCK) -> None:
        super().__init__()
        embed = model.embeddings
        self.eps: float = embed.LayerNorm.eps
        self.register_buffer("words", embed.word_embeddings.weight.detach().float())
        places = embed.position_embeddings.weight + embed.token_type_embeddings.weight[0]
        self.register_buffer("places", places.detach().float())
        _keep_norm(self, "norm", embed.LayerNorm)
        heads = model.config.num_attention_heads
        self.layers = nn.ModuleList([_Layer(layer, heads, block) for layer in model.encoder.layer])

    def forward(self, ids: Tensor, places: Tensor, counts: list[int], lengths: list[int]) -> Tensor:
        """Mean-pooled states, shape (texts, layers + 1, width), not normalised.

        Args:
            ids: token ids of all texts end to end, filled up to a multiple of the block.
            places: each token's place in its text.
            counts: how many texts of one length follow one another.
            lengths: that length, for each group.
        """
        x = self.words[ids] + self.places[places]
        x = functional.layer_norm(x, [x.size(1)], self.norm_w, self.norm_b, self.eps)
        states = [self.pool(x, counts, lengths)]
        for layer in self.layers:
            x = layer(x, counts, lengths)
            states.append(self.pool(x, counts, lengths))
        return torch.stack(states, dim=1)

    def pool(self, x: Tensor, counts: list[int], lengths: list[int]) -> Tensor:
        """Mean over the tokens of each text."""
        at = 0
        means: list[Tensor] = []
        for group in range(len(counts)):
            rows = counts[group] * lengths[group]
            means.append(x[at : at + rows].view(counts[group], lengths[group], x.size(1)).mean(1))
            at += rows
        return torch.cat(means)


def _keep(module: Any, name: str, parts: list[Any]) -> None:
    weight = torch.cat([part.weight for part in parts]).detach().float().t().contiguous()
    module.register_buffer(f"{name}_w", weight)
    module.register_buffer(f"{name}_b", torch.cat([part.bias for part in parts]).detach().float())


def _keep_norm(module: Any, name: str, source: Any) -> None:
    module.register_buffer(f"{name}_w", source.weight.detach().float())
    module.register_buffer(f"{name}_b", source.bias.detach().float())


def pack(model: Any, block: int = BLOCK) -> Any:
    """A `transformers` BERT model as one callable. Falls back to the uncompiled module where TorchScript is gone."""
    packed = PackedBert(model, block).eval()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return torch.jit.script(packed)
    except (RuntimeError, NotImplementedError, AttributeError, OSError):
        return packed
