"""What opening a store does to the process."""

from pathlib import Path

import numpy as np
from threadpoolctl import threadpool_info, threadpool_limits

from vectorstore import VectorstoreSettings, open_vectorstore


def test_numpy_computes_in_one_thread(tmp_path: Path) -> None:
    with threadpool_limits(2, user_api="blas"):
        np.ones((2, 2)) @ np.ones((2, 2))
        open_vectorstore(VectorstoreSettings(_env_file=None, path=tmp_path), once=True).close()
        libraries = [found for found in threadpool_info() if found["user_api"] == "blas"]
    assert {found["num_threads"] for found in libraries} == {1}
