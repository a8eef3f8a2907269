"""`make test` with every program it starts replaced by one that says how it was called."""

import asyncio
import os
import shutil
from pathlib import Path

import pytest

from tests.bot.command import ROOT

SAYS = '#!/bin/sh\necho "$0 $* certs=$UV_SYSTEM_CERTS"\n'
PROGRAMS = (".tools/bin/uv", *(f".venv/bin/{name}" for name in ("python", "ruff", "mypy", "lint-imports", "pytest")))
PAGES = "check:\n\t@true\n"  # what `check` compares is for tests/bot/test_docs.py


@pytest.fixture
def project(tmp_path: Path) -> Path:
    makefile = (ROOT / "Makefile").read_text("utf-8")
    before, _, after = makefile.partition("check: install")
    (tmp_path / "Makefile").write_text(f"{before}{PAGES}\nformat: install{after.partition('format: install')[2]}")
    for name in ("pyproject.toml", "uv.lock"):
        (tmp_path / name).touch()
    for program in (*PROGRAMS, "tests/needs.sh"):
        path = tmp_path / program
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(SAYS, encoding="utf-8")
        path.chmod(0o755)
    (tmp_path / ".venv/.installed").touch()
    return tmp_path


async def made(folder: Path, *words: str, **environ: str) -> str:
    process = await asyncio.create_subprocess_exec(
        shutil.which("make") or "make",
        *words,
        cwd=folder,
        env={"PATH": os.environ["PATH"], **environ},
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said, _ = await process.communicate()
    assert process.returncode == 0, said.decode()
    return said.decode()


async def test_debian_is_asked_for_what_is_missing_unless_told_otherwise(project: Path) -> None:
    assert "tests/needs.sh" in await made(project, "test")
    assert "tests/needs.sh" not in await made(project, "test", NEEDS="0")
    assert "tests/needs.sh" not in await made(project, "test", "NEEDS=0")


async def test_uv_trusts_what_this_machine_trusts(project: Path) -> None:
    uv = next(line for line in (await made(project, "test")).splitlines() if line.startswith(".tools/bin/uv"))
    assert uv.endswith("certs=1")
    said = await made(project, "test", UV_SYSTEM_CERTS="0")
    assert ".tools/bin/uv sync" in said
    assert "certs=1" not in said


async def test_pytest_ends_with_its_own_last_line(project: Path) -> None:
    assert "pytest -n 4 --dist loadfile --inline-snapshot=disable -k story " in await made(
        project, "test", "ARGS=-k story"
    )
