"""Many texts in one pass through a model: one after the other in one long row, without padding.

Linear layers see the tokens of all texts as the rows of one matrix; attention looks at each text by itself. So nothing
is computed for padding, and a text's numbers do not depend on what it is packed with, as long as two things hold. A
linear layer must give a row the same bits in any number of rows: see `PackedLinear`. Attention must be computed for a
text in a way that depends on that text alone: whoever writes an `Attention` sees to it.
"""

# transformers and torch leave most of their types open.
# pyright: reportUnknownMemberType=false

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import groupby
from typing import Any, Protocol, cast

import torch
from torch import Tensor
from torch.nn import functional
from transformers import AttentionInterface

from . import half

_NAME = "planlang_packed"
_ROWS = (1, 2, 3, 4, 5, 8, 12, 16, 17, 24, 32, 33, 48)
"""Numbers of rows at which layers are tried; the last is the reference."""
_LAID_OUT = (torch.float32, torch.bfloat16)
_COMMON = 16
"""The fewest rows to compute where no number was found from which on they agree."""


class Attention(Protocol):
    """How the tokens of one pass look at each other: (heads, tokens, numbers) in, (tokens, heads, numbers) out."""

    def __call__(self, layer: int, query: Tensor, key: Tensor, value: Tensor, scale: float) -> Tensor:
        """The attention of layer number `layer`. Keys and values may have fewer heads than queries."""
        ...


class UnpackableError(Exception):
    """The model does something between its tokens that packing does not know."""


def _attend(  # noqa: PLR0913, PLR0917 - the signature is that of transformers
    module: Any,
    query: Tensor,
    key: Tensor,
    value: Tensor,
    _mask: Any,
    scaling: float | None = None,
    attention: Attention | None = None,
    **options: Any,
) -> tuple[Tensor, None]:
    if attention is None or any(options.get(name) is not None for name in _UNKNOWN):
        raise UnpackableError
    scale = query.shape[-1] ** -0.5 if scaling is None else scaling
    return attention(getattr(module, "layer_idx", 0), query[0], key[0], value[0], scale)[None], None


_UNKNOWN = ("sliding_window", "softcap", "position_bias", "s_aux", "head_mask")
AttentionInterface.register(_NAME, _attend)


class Apart:
    """Each text of a pass looks at all of itself. Neighbours of one length are computed together."""

    def __init__(self, lengths: Sequence[int]) -> None:
        """`lengths` of the texts in their order in the row."""
        self._runs = [(length, len(list(same))) for length, same in groupby(lengths)]

    def __call__(self, layer: int, query: Tensor, key: Tensor, value: Tensor, scale: float) -> Tensor:  # noqa: ARG002 - as declared
        """Attention without a mask."""
        tokens = [states.transpose(0, 1) for states in (query, key, value)]
        parts: list[Tensor] = []
        start = 0
        for length, count in self._runs:
            end = start + length * count
            q, k, v = (t[start:end].unflatten(0, (count, length)).transpose(1, 2) for t in tokens)
            found = functional.scaled_dot_product_attention(q, k, v, scale=scale)
            parts.append(found.transpose(1, 2).flatten(0, 1))
            start = end
        return torch.cat(parts)


class PackedLinear(torch.nn.Module):
    """A linear layer that gives a row the same bits whatever other rows there are, where the machine allows it.

    Measured (x86 with AVX-512, one thread): the plain layer has three ways to compute, for one row, for 2 to 15 and for
    16 or more. oneDNN with weights that were laid out for it has one way for all numbers of rows, or two, where one row
    alone is another; and it is quicker by a third at 4 to 32 rows, since nothing is laid out anew at each call.
    """

    def __init__(self, plain: torch.nn.Linear) -> None:
        """The same layer as `plain`."""
        super().__init__()
        self.in_features, self.out_features = plain.in_features, plain.out_features
        self._bias = cast("Tensor | None", plain.bias)
        self._weight, self._multiply = _multiplier(plain.weight.detach(), plain.bias)
        self._multiply_in_half: _Multiply | None = None
        self.least = 1
        """With fewer rows than this, rows of zeros are added."""

    def forward(self, states: Tensor) -> Tensor:
        """The layer's outputs for each row of `states`."""
        rows = states.reshape(-1, self.in_features)
        if half.asked():
            return self._in_half(rows).view(*states.shape[:-1], self.out_features)
        count = rows.shape[0]
        if count < self.least:
            rows = functional.pad(rows, (0, 0, 0, self.least - count))
        return self._multiply(rows)[:count].view(*states.shape[:-1], self.out_features)

    def _in_half(self, rows: Tensor) -> Tensor:
        if self._multiply_in_half is None:  # weights are laid out in half precision too once that is asked for
            plain = self._weight.to_dense() if self._weight.is_mkldnn else self._weight
            bias = self._bias.detach().bfloat16() if self._bias is not None else None
            self._multiply_in_half = _multiplier(plain.bfloat16(), bias)[1]
        return self._multiply_in_half(rows.bfloat16()).float()


_Multiply = Callable[[Tensor], Tensor]


def _multiplier(weight: Tensor, bias: Tensor | None) -> tuple[Tensor, _Multiply]:
    """`weight` as it is kept, laid out for oneDNN if that is there, and the product with it."""
    bias = None if bias is None else bias.detach()

    def plain(rows: Tensor) -> Tensor:
        return functional.linear(rows, weight, bias)

    if not (torch.backends.mkldnn.is_available() and weight.dtype in _LAID_OUT and weight.device.type == "cpu"):
        return weight, plain
    try:
        laid_out = torch.ops.mkldnn._reorder_linear_weight(weight)  # noqa: SLF001 - there is no other door to it
        multiply = torch.ops.mkldnn._linear_pointwise  # noqa: SLF001 - the same
        multiply(weight.new_zeros(1, weight.shape[1]), laid_out, bias, "none", [], "")
    except (AttributeError, RuntimeError, TypeError):  # another torch may have them no more
        return weight, plain
    return laid_out, lambda rows: multiply(rows, laid_out, bias, "none", [], "")


def pack(model: Any) -> bool:
    """Make `model` (of transformers) ready for packed passes, in place; whether its rows agree in any number.

    From then on its forward takes `attention=` and needs `position_ids=`.
    """
    # set_attn_implementation refuses models that it cannot vouch for; whoever calls this compares what comes out.
    model.config._attn_implementation = _NAME  # noqa: SLF001 - see above
    layers = [(parent, name, child) for parent in model.modules() for name, child in parent.named_children()]
    least: dict[tuple[int, int], int | None] = {}
    for parent, name, child in layers:
        if type(child) is torch.nn.Linear:
            packed = PackedLinear(child)
            shape = (packed.in_features, packed.out_features)
            if shape not in least:
                least[shape] = _least_rows(packed)
            packed.least = least[shape] or _COMMON
            setattr(parent, name, packed)
            child.weight = child.bias = None  # pyright: ignore[reportAttributeAccessIssue] - lets go of it now
    for parameter in model.parameters():
        parameter.data = parameter.data.clone()  # the last that needed the file's pages in memory
    return None not in least.values()


def _least_rows(layer: PackedLinear) -> int | None:
    """The smallest number of rows from which on all that are tried give equal bits; None where there is none."""
    chance = torch.Generator().manual_seed(1)
    rows = torch.randn(_ROWS[-1], layer.in_features, generator=chance)
    with torch.inference_mode():
        whole = layer(rows)
        agree = [torch.equal(layer(rows[:count]), whole[:count]) for count in _ROWS]
    disagreeing = [count for count, same in zip(_ROWS, agree, strict=True) if not same]
    if not disagreeing:
        return 1
    return next((count for count in _ROWS[:-1] if count > disagreeing[-1]), None)
