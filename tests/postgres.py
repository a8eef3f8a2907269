"""A real PostgreSQL server of the tests' own: Debian's binaries, a temporary folder, a free port, fsync on."""

import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path

import psycopg

ANSWERS_WITHIN = 20.0


class Unavailable(Exception):
    """PostgreSQL cannot be started here; the message says what to install."""


def binaries() -> Path:
    """The newest installed server's `bin` folder. Raises `Unavailable`."""
    found = [path.parent for path in Path("/usr/lib/postgresql").glob("[1-9][0-9]/bin/initdb")]
    if not found:
        raise Unavailable("PostgreSQL's server is not installed; on Debian: apt-get install postgresql")
    return max(found, key=lambda path: int(path.parent.name))


def _unprivileged() -> str | None:
    """Whom to run it as: `initdb` and `postgres` refuse root. None = as we are."""
    if os.geteuid() != 0:
        return None
    try:
        return pwd.getpwnam("postgres").pw_name
    except KeyError:
        raise Unavailable("there is no user postgres; on Debian: apt-get install postgresql") from None


class Server:
    """One running server. `stop` ends it and removes its folder."""

    def __init__(self) -> None:
        self._bin = binaries()
        self._user = _unprivileged()
        self._home = Path(tempfile.mkdtemp(prefix="watchkeeper-postgres-", dir="/tmp"))  # its user must get in
        if self._user:
            shutil.chown(self._home, self._user)
        self.port = _free_port()
        try:
            self._initdb()
            self._process = self._start()
        except BaseException:
            shutil.rmtree(self._home, ignore_errors=True)
            raise

    def url(self, database: str) -> str:
        """The URL that Watchkeeper takes as `ledger.url`."""
        return f"postgresql://postgres@127.0.0.1:{self.port}/{database}"

    def create_database(self) -> str:
        """A fresh, empty database; its name."""
        name = f"test_{secrets.token_hex(6)}"
        self._run_sql(f'CREATE DATABASE "{name}"')
        return name

    def drop_database(self, name: str) -> None:
        """Remove it, ending whatever is still connected to it."""
        self._run_sql(f'DROP DATABASE "{name}" WITH (FORCE)')

    def stop(self) -> None:
        """Fast shutdown; then the folder is gone."""
        self._process.send_signal(signal.SIGINT)
        try:
            self._process.wait(15)
        except subprocess.TimeoutExpired:
            self._process.send_signal(signal.SIGQUIT)
            self._process.wait(15)
        shutil.rmtree(self._home)

    def _run_sql(self, statement: str) -> None:
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(statement.encode())

    def _initdb(self) -> None:
        command = ["initdb", "-D", "data", "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync"]
        done = subprocess.run(
            [self._bin / command[0], *command[1:]],
            cwd=self._home,
            user=self._user,
            group=self._user,
            extra_groups=[] if self._user else None,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise RuntimeError(f"initdb failed: {done.stderr}")

    def _start(self) -> subprocess.Popen[bytes]:
        settings = ("listen_addresses=127.0.0.1", "unix_socket_directories=", "fsync=on", "max_connections=200")
        arguments = [part for setting in settings for part in ("-c", setting)]
        with (self._home / "log").open("wb") as log:
            process = subprocess.Popen(
                [self._bin / "postgres", "-D", "data", "-p", str(self.port), *arguments],
                cwd=self._home,
                user=self._user,
                group=self._user,
                extra_groups=[] if self._user else None,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        self._wait_until_it_answers(process)
        return process

    def _wait_until_it_answers(self, process: subprocess.Popen[bytes]) -> None:
        until = time.monotonic() + ANSWERS_WITHIN
        while True:
            try:
                psycopg.connect(self.url("postgres"), connect_timeout=2).close()
            except psycopg.OperationalError as err:
                if process.poll() is None and time.monotonic() < until:
                    time.sleep(0.02)
                    continue
                process.kill()
                process.wait()
                raise RuntimeError(f"PostgreSQL did not start: {(self._home / 'log').read_text()}") from err
            return


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
