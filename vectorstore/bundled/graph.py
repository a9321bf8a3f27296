"""The encoder as an ONNX graph in 8 bits, made from the weights.

Post-norm BERT (Devlin et al. 2019, arXiv:1810.04805). Nodes of ``com.microsoft`` are ONNX
Runtime's own, fused for speed. Every token's numbers are quantised with a scale of their own (as in
LLM.int8, arXiv:2208.07339), so that a text's vector doesn't depend on what it is embedded with.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from vectorstore.article import Matrix
from vectorstore.bundled.adapters import Adapters, Tensors
from vectorstore.bundled.weights import Weights

_RUNTIME = "com.microsoft"
_OPSET = 21
_IR_VERSION = 10
_LEVELS = 63
"""Weights keep 7 of 8 bits: AVX2 adds two products in 16 bits, which 8 would overflow."""
_ACTIVATION_LEVELS = 127
_ACTIVATION_ZERO = 128


class _Graph:
    """Nodes and constants in the order in which they are added."""

    def __init__(self) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.constants: list[onnx.TensorProto] = []

    def constant(self, name: str, value: np.ndarray) -> str:
        self.constants.append(numpy_helper.from_array(np.ascontiguousarray(value), name))
        return name

    def node(
        self, kind: str, inputs: Sequence[str], outputs: Sequence[str], **attributes: Any
    ) -> str:
        """Add a node, and return its first output."""
        self.nodes.append(helper.make_node(kind, inputs, outputs, name=outputs[0], **attributes))
        return outputs[0]


def encoder(weights: Weights, adapters: Adapters | None = None) -> bytes:
    """A model of ONNX, serialised (22 MB).

    Inputs: ``embedded`` (texts, tokens, width), the sums of word, position and type embeddings;
    ``lengths`` (texts,) in int32, how many tokens of each are its own. Output: ``states`` (texts,
    tokens, width), meaningless beyond the lengths. With ``adapters`` there is one input more,
    ``roles`` (texts, tokens) in int64: which role of theirs each token has.
    """
    graph, shape = _Graph(), weights.shape
    tensors = adapters.added_to(weights) if adapters else weights
    graph.constant("zero", np.array(_ACTIVATION_ZERO, np.uint8))
    graph.constant("one", np.array(1, np.float32))
    graph.constant("levels", np.array(_ACTIVATION_LEVELS, np.float32))
    graph.constant("least", np.array(1e-9, np.float32))
    graph.constant("last_axis", np.array([-1]))
    graph.constant("flat", np.array([-1, shape.width]))
    graph.node("Shape", ["embedded"], ["texts_tokens_width"])
    graph.node("Reshape", ["embedded", "flat"], ["rows"])
    state = _normalised(graph, tensors, "emb.ln", "rows")
    for layer in range(shape.layers):
        if adapters and layer == adapters.first_layer:
            state = _with_roles(graph, adapters.roles, state)
        state = _layer(graph, tensors, f"l{layer}", state)
    graph.node("Reshape", [state, "texts_tokens_width"], ["states"])
    return _serialised(graph, shape.width, roles=adapters is not None)


def _with_roles(graph: _Graph, roles: Matrix, state: str) -> str:
    graph.constant("role_table", roles)
    graph.node("Gather", ["role_table", "roles"], ["roles_texts"], axis=0)
    graph.node("Reshape", ["roles_texts", "flat"], ["roles_rows"])
    return graph.node("Add", [state, "roles_rows"], ["with_roles"])


def _layer(graph: _Graph, tensors: Tensors, layer: str, state: str) -> str:
    context = _attention(graph, tensors, layer, state)
    out = _product(graph, f"{layer}.ao", context, _matrix(tensors, f"{layer}.ao"))
    state = _residual(graph, tensors, layer, ("ao", "aln"), out, state)
    inner = _product(graph, f"{layer}.fi", state, _matrix(tensors, f"{layer}.fi"))
    bias = graph.constant(f"{layer}.fi.bias", tensors.tensor(f"{layer}.fi.b"))
    active = graph.node("BiasGelu", [inner, bias], [f"{layer}.active"], domain=_RUNTIME)
    out = _product(graph, f"{layer}.fo", active, _matrix(tensors, f"{layer}.fo"))
    return _residual(graph, tensors, layer, ("fo", "oln"), out, state)


def _attention(graph: _Graph, tensors: Tensors, layer: str, state: str) -> str:
    names = [f"{layer}.{part}" for part in "qkv"]
    stacked = np.concatenate([_matrix(tensors, name) for name in names], axis=1)
    product = _product(graph, f"{layer}.qkv", state, stacked)
    graph.node("Split", [product], [f"{n}.rows" for n in names], axis=1, num_outputs=len(names))
    parts = [
        graph.node("Reshape", [f"{n}.rows", "texts_tokens_width"], [f"{n}.texts"]) for n in names
    ]
    bias = np.concatenate([tensors.tensor(f"{name}.b") for name in names])
    context = graph.node(
        "MultiHeadAttention",
        [*parts, graph.constant(f"{layer}.qkv.bias", bias), "lengths"],
        [f"{layer}.context"],
        domain=_RUNTIME,
        num_heads=tensors.shape.heads,
    )
    return graph.node("Reshape", [context, "flat"], [f"{layer}.context.rows"])


def _product(graph: _Graph, name: str, rows: str, matrix: Matrix) -> str:
    """Rows times a matrix (in, out) in 8 bits, every row and every column with its own scale."""
    scales = np.maximum(np.abs(matrix).max(axis=0), 1e-9) / _LEVELS
    graph.constant(f"{name}.w", np.rint(matrix / scales).astype(np.int8))
    graph.constant(f"{name}.scales", scales.astype(np.float32))
    size = graph.node("Abs", [rows], [f"{name}.abs"])
    largest = graph.node("ReduceMax", [size, "last_axis"], [f"{name}.max"], keepdims=1)
    least = graph.node("Max", [largest, "least"], [f"{name}.range"])
    step = graph.node("Div", [least, "levels"], [f"{name}.steps"])
    flat = graph.node("Squeeze", [step, "last_axis"], [f"{name}.step"])
    size = graph.node("Shape", [flat], [f"{name}.count"])
    zeros = graph.node("Expand", ["zero", size], [f"{name}.zeros"])
    small = graph.node("QuantizeLinear", [rows, flat, zeros], [f"{name}.u8"], axis=0)
    product = graph.node(
        "MatMulIntegerToFloat",
        [small, f"{name}.w", "one", f"{name}.scales", "zero"],
        [f"{name}.product"],
        domain=_RUNTIME,
    )
    return graph.node("Mul", [product, step], [f"{name}.out"])


def _residual(
    graph: _Graph, tensors: Tensors, layer: str, names: tuple[str, str], out: str, state: str
) -> str:
    # SkipLayerNormalization does the same in one node, at four times the cost.
    linear, norm = (f"{layer}.{name}" for name in names)
    bias = graph.constant(f"{linear}.bias", tensors.tensor(f"{linear}.b"))
    full = graph.node("Add", [out, bias], [f"{linear}.full"])
    total = graph.node("Add", [full, state], [f"{linear}.sum"])
    return _normalised(graph, tensors, norm, total)


def _normalised(graph: _Graph, tensors: Tensors, norm: str, rows: str) -> str:
    parts = [graph.constant(f"{norm}.{part}", tensors.tensor(f"{norm}.{part}")) for part in "wb"]
    return graph.node(
        "LayerNormalization",
        [rows, *parts],
        [f"{norm}.out"],
        axis=-1,
        epsilon=tensors.shape.epsilon,
    )


def _matrix(tensors: Tensors, name: str) -> Matrix:
    """(in, out), as ONNX multiplies."""
    out = len(tensors.tensor(f"{name}.b"))
    return tensors.tensor(f"{name}.w").reshape(out, -1).T


def _serialised(graph: _Graph, width: int, *, roles: bool) -> bytes:
    def value(name: str, kind: int, *sizes: str | int) -> onnx.ValueInfoProto:
        return helper.make_tensor_value_info(name, kind, sizes)

    inputs = [
        value("embedded", TensorProto.FLOAT, "texts", "tokens", width),
        value("lengths", TensorProto.INT32, "texts"),
    ]
    if roles:
        inputs.append(value("roles", TensorProto.INT64, "texts", "tokens"))
    made = helper.make_graph(
        graph.nodes,
        "encoder",
        inputs,
        [value("states", TensorProto.FLOAT, "texts", "tokens", width)],
        graph.constants,
    )
    opsets = [helper.make_opsetid("", _OPSET), helper.make_opsetid(_RUNTIME, 1)]
    model = helper.make_model(made, opset_imports=opsets, ir_version=_IR_VERSION)
    serialised: bytes = model.SerializeToString()
    return serialised
