"""Run `watchkeeper` as a person does: another process, its words and its exit code."""

import asyncio
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True, slots=True)
class Ran:
    code: int
    said: str  # both streams, as on a terminal


async def started(*words: str, cwd: Path, environ: Mapping[str, str] | None = None) -> asyncio.subprocess.Process:
    """The process itself; both its streams are in `stdout`."""
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-W",
        "error",
        "-m",
        "bot",
        *words,
        cwd=cwd,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "COLUMNS": "100", **(environ or {})},
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )


async def watchkeeper(*words: str, cwd: Path, environ: Mapping[str, str] | None = None) -> Ran:
    process = await started(*words, cwd=cwd, environ=environ)
    said, _ = await process.communicate()
    return Ran(process.returncode or 0, said.decode())
