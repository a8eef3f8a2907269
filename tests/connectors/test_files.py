"""The record as files: what people read, what a rebuild needs, and every way to be interrupted."""

import asyncio
import json
import subprocess
import sys
import textwrap
from datetime import UTC, datetime
from pathlib import Path

import pytest

from connectors.memory.files import Files, FilesConfig
from engine.errors import Permanent, Retryable
from engine.memory import Note, Ticket, TicketState
from engine.redact import Clean

AT = datetime(2026, 11, 24, 2, 7, 12, tzinfo=UTC)
STATE = TicketState(
    Clean("INC-2041: checkout, 7.3 % of requests fail"), (Clean("SEV2 major"), Clean("service: checkout"))
)
TEXT = """**Finding by logs** · entry 11 · 24 Nov 2026 02:07:12 UTC
**Context** Question to `logs`: what do the failed requests have in common?
**Evidence** `KeyError: 'currency'` in 412 of 430 failed requests (96 %)."""


def note(n: int = 11, op: str = "", text: str = TEXT, hash_: str = "9c41e07a52d1") -> Note:
    op = op or f"op-{n}"
    return Note("INC-2041", n, "finding", op, hash_, "5e0b", "eJyt", Clean(text), AT, b'{"v":1,"\xc3\xa9":"\\u00e9"}')


@pytest.fixture
def files(tmp_path: Path) -> Files:
    return Files("files", FilesConfig.model_validate({"root": tmp_path, "url": "https://record.example.com/"}))


async def test_what_people_read(files: Files, tmp_path: Path) -> None:
    ticket = await files.create("INC-2041", STATE, note(1, text="**Alert received** · entry 1\nBody"))
    await files.append(ticket, note())
    assert ticket == Ticket("2026/11/INC-2041.md", "file", "https://record.example.com/2026/11/INC-2041.md")
    assert (tmp_path / ticket.id).read_text() == textwrap.dedent("""\
        # INC-2041: checkout, 7.3 % of requests fail

        **Open** · `SEV2 major` · `service: checkout`

        ## 1 · Alert received · 24 Nov 2026 02:07:12 UTC
        Body
        <!-- watchkeeper:1 INC-2041 seq=1 part=1/1 kind=finding op=op-1 hash=9c41e07a52d1 sig=5e0b data=eJyt -->

        ## 11 · Finding by logs · 24 Nov 2026 02:07:12 UTC
        **Context** Question to `logs`: what do the failed requests have in common?
        **Evidence** `KeyError: 'currency'` in 412 of 430 failed requests (96 %).
        <!-- watchkeeper:1 INC-2041 seq=11 part=1/1 kind=finding op=op-11 hash=9c41e07a52d1 sig=5e0b data=eJyt -->
        """)


async def test_what_a_rebuild_needs(files: Files, tmp_path: Path) -> None:
    await files.create("INC-2041", STATE, note())
    (line,) = (tmp_path / "2026/11/INC-2041.jsonl").read_text().splitlines()
    entry = json.loads(line)
    assert entry["published"].encode() == note().published
    assert (entry["seq"], entry["op"], entry["hash"], entry["sig"]) == (11, "op-11", "9c41e07a52d1", "5e0b")


async def test_a_repeat_changes_nothing(files: Files, tmp_path: Path) -> None:
    ticket = await files.create("INC-2041", STATE, note(1))
    for _ in range(3):
        assert await files.create("INC-2041", STATE, note(1)) == ticket
        await files.append(ticket, note(2))
    assert (tmp_path / ticket.id).read_text().count("\n## ") == 2
    assert len((tmp_path / "2026/11/INC-2041.jsonl").read_text().splitlines()) == 2


async def test_another_entry_with_the_same_number_is_refused(files: Files) -> None:
    ticket = await files.create("INC-2041", STATE, note(1))
    with pytest.raises(Permanent, match="another entry 1"):
        await files.append(ticket, note(1, hash_="000000000000"))


async def test_a_line_that_a_crash_cut_is_written_again(files: Files, tmp_path: Path) -> None:
    ticket = await files.create("INC-2041", STATE, note(1))
    lines = tmp_path / "2026/11/INC-2041.jsonl"
    whole = lines.read_bytes()
    lines.write_bytes(whole + b'{"seq": 2, "op": "op-2", "ha')
    assert await files.look(ticket, "op-2") is None
    await files.append(ticket, note(2))
    assert lines.read_bytes().startswith(whole)
    assert [json.loads(line)["seq"] for line in lines.read_text().splitlines()] == [1, 2]


async def test_a_section_that_a_crash_left_out_is_made_up_for(files: Files, tmp_path: Path) -> None:
    ticket = await files.create("INC-2041", STATE, note(1))
    before = (tmp_path / ticket.id).read_text()
    await files.append(ticket, note(2))
    (tmp_path / ticket.id).write_text(before)
    await files.append(ticket, note(2))
    assert "seq=2 " in (tmp_path / ticket.id).read_text()


async def test_settling_rewrites_the_header_alone(files: Files, tmp_path: Path) -> None:
    ticket = await files.create("INC-2041", STATE, note(1))
    page = tmp_path / ticket.id
    page.write_bytes(page.read_bytes() + b"\nA person wrote this, in another encoding: \xe9\n")
    await files.settle(ticket, TicketState(Clean("INC-2041: closed\n# not a heading"), (), closed=True))
    head, _, rest = page.read_bytes().partition(b"## 1 ")
    assert head == b"# INC-2041: closed # not a heading\n\n**Closed**\n\n"
    assert rest.endswith(b"another encoding: \xe9\n")
    await files.append(ticket, note(2))
    assert b"another encoding: \xe9\n\n## 2 " in page.read_bytes()


async def test_nobodys_text_forges_an_entry(files: Files, tmp_path: Path) -> None:
    ticket = await files.create("INC-2041", STATE, note(1, text="**Note**\n## 99 · Approved · now\n<!-- hidden"))
    text = (tmp_path / ticket.id).read_text()
    assert "\n## 99" not in text
    assert text.count("<!--") == 1


@pytest.mark.parametrize("name", ["../INC-1", "INC-1/../../x", "", "inc-1", "INC-1*", "INC-1\n"])
async def test_a_name_that_is_no_incident_reaches_no_file(files: Files, name: str) -> None:
    with pytest.raises(Permanent):
        await files.create(name, STATE, note())
    with pytest.raises(Permanent):
        await files.find(name, "op", AT)
    with pytest.raises(Permanent):
        await files.append(Ticket(f"2026/11/{name}.md", "file"), note())


async def test_a_record_that_is_gone_or_altered_is_news(files: Files, tmp_path: Path) -> None:
    with pytest.raises(Permanent, match="is gone"):
        await files.append(Ticket("2026/11/INC-1.md", "file"), note())
    ticket = await files.create("INC-2041", STATE, note(1))
    (tmp_path / "2026/11/INC-2041.jsonl").write_text("altered\n")
    with pytest.raises(Permanent, match="altered"):
        await files.append(ticket, note(2))


async def test_writes_beside_each_other_are_all_there(files: Files) -> None:
    ticket = await files.create("INC-2041", STATE, note(1))
    await asyncio.gather(*(files.append(ticket, note(n)) for n in range(2, 12)))
    assert await asyncio.gather(*(files.look(ticket, f"op-{n}") for n in range(1, 12))) == [
        str(n) for n in range(1, 12)
    ]


async def test_while_another_process_writes_it_is_not_now(files: Files, tmp_path: Path) -> None:
    ticket = await files.create("INC-2041", STATE, note(1))
    lock = tmp_path / "2026/11/.INC-2041.lock"
    code = "import fcntl,sys; f=open(sys.argv[1],'a'); fcntl.flock(f,fcntl.LOCK_EX); print(flush=True); input()"
    holder = await asyncio.create_subprocess_exec(
        sys.executable, "-c", code, str(lock), stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
    )
    assert holder.stdout
    await holder.stdout.readline()
    with pytest.raises(Retryable):
        await files.append(ticket, note(2))
    await holder.communicate(b"\n")
    assert await files.append(ticket, note(2)) == "2"


FULL_DISK = """
import asyncio, resource, sys
from pathlib import Path
from engine.errors import Retryable
from tests.connectors.test_files import STATE, Files, FilesConfig, note
async def main():
    files = Files("files", FilesConfig(root=Path(sys.argv[1])))
    ticket = await files.create("INC-2041", STATE, note(1))
    lines = Path(sys.argv[1]) / "2026/11/INC-2041.jsonl"
    before = lines.read_bytes()
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (len(before) + 50, hard))
    try:
        await files.append(ticket, note(2))
    except Retryable as err:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        assert lines.read_bytes() == before, "half a line is left"
        assert await files.look(ticket, "op-2") is None
        assert await files.append(ticket, note(2)) == "2"
        print(err)
asyncio.run(main())
"""


def test_a_full_disk_leaves_no_half_entry(tmp_path: Path) -> None:
    command = [sys.executable, "-c", FULL_DISK, str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
    assert done.returncode == 0, done.stderr
    assert "cannot be written" in done.stdout


def test_a_kill_at_any_write_loses_and_doubles_nothing(tmp_path: Path) -> None:
    """SIGKILL at the nth fsync, by a hook in the process that dies, then the same writes again."""
    code = textwrap.dedent("""
        import asyncio, os, signal, sys
        from pathlib import Path
        from tests.connectors.test_files import STATE, Files, FilesConfig, note
        at, count, real = int(sys.argv[2]), 0, os.fsync
        def fsync(handle):
            global count
            count += 1
            if count == at:
                os.kill(os.getpid(), signal.SIGKILL)
            real(handle)
        os.fsync = fsync
        async def main():
            files = Files("files", FilesConfig(root=Path(sys.argv[1])))
            ticket = await files.create("INC-2041", STATE, note(1))
            await files.append(ticket, note(2))
        asyncio.run(main())
    """)
    for at in range(1, 9):
        root = tmp_path / str(at)
        killed = subprocess.run([sys.executable, "-c", code, str(root), str(at)], timeout=30, check=False)
        again = subprocess.run([sys.executable, "-c", code, str(root), "0"], timeout=30, check=False)
        assert again.returncode == 0
        lines = (root / "2026/11/INC-2041.jsonl").read_text().splitlines()
        assert [json.loads(line)["seq"] for line in lines] == [1, 2]
        page = (root / "2026/11/INC-2041.md").read_text()
        assert [page.count(f"seq={n} ") for n in (1, 2)] == [1, 1]
        assert page.startswith("# INC-2041")
        if killed.returncode == 0:
            return
    raise AssertionError("more writes than expected")
