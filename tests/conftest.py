"""Settings for all tests: one thread for PyTorch, no deadlines on a busy machine, no kept runs.

The pages would store runs in the data folder of the user. So they get a new folder.
"""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile

from hypothesis import HealthCheck, settings

os.environ.setdefault("OMP_NUM_THREADS", "1")  # must be set before the first import of PyTorch
settings.register_profile("lab", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("lab")

_data = tempfile.mkdtemp(prefix="gru-lab-tests-")
atexit.register(shutil.rmtree, _data, ignore_errors=True)
os.environ["GRU_LAB_DATA"] = _data
