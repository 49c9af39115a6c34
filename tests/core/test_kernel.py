"""Compiled kernels: what is kept compiled is what the sources say."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import mindshare

CALLED = "from mindshare.core.kernel import kernel\n\n\n@kernel\ndef called(x):\n    return x + {}\n"
CALLER = (
    "from mindshare.core.called import called\nfrom mindshare.core.kernel import kernel\n\n\n"
    "@kernel\ndef caller(x):\n    return 10.0 * called(x)\n"
)


def test_a_kernel_is_compiled_anew_when_one_in_another_file_that_it_calls_has_changed(tmp_path: Path) -> None:
    package = tmp_path / "mindshare"
    ours = Path(mindshare.__file__).parent
    shutil.copytree(ours, package, ignore=shutil.ignore_patterns("__pycache__"))
    (package / "core" / "caller.py").write_text(CALLER, encoding="utf-8")
    told = []
    for added in ("1.0", "1.0", "2.0"):
        (package / "core" / "called.py").write_text(CALLED.format(added), encoding="utf-8")
        told.append(called_in_a_process_of_its_own(tmp_path))
    assert told == ["20.0 compiled", "20.0 kept", "30.0 compiled"]


def called_in_a_process_of_its_own(place: Path) -> str:
    script = (
        "from mindshare.core.caller import caller\n"
        "found = caller(1.0)\n"
        "print(found, 'kept' if sum(caller.stats.cache_hits.values()) else 'compiled')"
    )
    env = dict(os.environ) | {"PYTHONPATH": str(place)}
    done = subprocess.run(
        [sys.executable, "-c", script], env=env, capture_output=True, text=True, check=True, timeout=300
    )
    return done.stdout.strip()
