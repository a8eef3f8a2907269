"""An interpreter that has imported everything the bot needs, and becomes `watchkeeper …` in a fork, again and again.

    python -m tests.stories.warm_server FD

Four fifths of a story's time would be imports. What a fork runs is the bot's own command line with its own arguments,
environment, files and process group, from its first line to its last; only the imports are done already. FD is a
listening socket: one connection a program. The order is a line of JSON, the answers are its process id and, once it
has ended, its exit code; of a program that a signal ended, the negative signal, as `subprocess` says it.
"""

import ctypes
import gc
import importlib
import json
import os
import selectors
import signal
import socket
import sys
from pathlib import Path
from typing import Any

from connectors.registry import CONNECTORS

PR_SET_PDEATHSIG = 1


def main() -> None:
    """Serve until whoever holds the other end of standard input is gone."""
    listener = socket.socket(fileno=int(sys.argv[1]))
    for module in ("bot.__main__", "bot.app", "bot.serve"):
        importlib.import_module(module)
    for port in CONNECTORS.values():
        for place in port.values():
            importlib.import_module(place.partition(":")[0])
    gc.freeze()
    if order := _serve(listener):
        _become(order)


def _serve(listener: socket.socket) -> dict[str, Any] | None:
    """Fork for each order; in a fork, the order that it is to become."""
    waiting: dict[int, socket.socket] = {}
    woken, wake = os.pipe()
    os.set_blocking(wake, False)
    signal.set_wakeup_fd(wake, warn_on_full_buffer=False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    with selectors.DefaultSelector() as ready:
        for file in (listener, woken, sys.stdin):
            ready.register(file, selectors.EVENT_READ)
        while True:
            for key, _ in ready.select():
                if key.fileobj is sys.stdin:
                    return None
                if key.fileobj is listener:
                    asked, _ = listener.accept()
                    order: dict[str, Any] = json.loads(asked.makefile("rb").readline())
                    if (pid := os.fork()) == 0:
                        for file in (asked, *waiting.values(), listener):
                            file.close()
                        return order
                    waiting[pid] = asked
                    asked.sendall(f"{pid}\n".encode())
                else:
                    os.read(woken, 512)
                    _reap(waiting)


def _reap(waiting: dict[int, socket.socket]) -> None:
    while waiting:
        pid, status = os.waitpid(-1, os.WNOHANG)
        if pid == 0:
            return
        with waiting.pop(pid) as asked:
            try:
                asked.sendall(f"{os.waitstatus_to_exitcode(status)}\n".encode())
            except BrokenPipeError:
                continue  # whoever ordered it has stopped listening


def _become(order: dict[str, Any]) -> None:
    """Everything that execve would have set, then the command line."""
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    os.setpgid(0, 0)
    nothing = os.open(os.devnull, os.O_RDONLY)
    log = os.open(order["log"], os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
    for old, new in ((nothing, 0), (log, 1), (log, 2)):
        os.dup2(old, new)
    os.environ.clear()
    os.environ.update(order["environ"])
    os.chdir(Path(order["folder"]))
    sys.argv = ["watchkeeper", *order["arguments"]]
    importlib.import_module(order["module"]).main()


if __name__ == "__main__":
    main()
