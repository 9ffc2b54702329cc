"""What the tests of real programs ask of servers: where those of bench/peers are, a free port, and one that has begun."""
import contextlib
import pathlib
import socket
import subprocess
import time

import processes

PEERS = pathlib.Path(__file__).resolve().parents[2] / "bench" / "peers"
PEER_UID = 61000  # the user that bench/peers/serve makes
READY_SECONDS = 15


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _greets(host, port):
    with contextlib.suppress(OSError), socket.create_connection((host, port), timeout=5) as connection:
        return connection.recv(3) == b"220"
    return False


@contextlib.contextmanager
def serving(command, log, port, host="127.0.0.1", **how):
    """The command as a server that greets there, until the end of the block."""
    with open(log, "wb") as file:
        process = processes.start(command, stdin=subprocess.DEVNULL, stdout=file, stderr=file, **how)
    try:
        deadline = time.monotonic() + READY_SECONDS
        while not _greets(host, port):
            if process.poll() is not None or time.monotonic() > deadline:
                raise processes.Failed(f"{command[0]} does not answer:\n{log.read_text(errors='replace')[-3000:]}")
            time.sleep(0.02)
        yield
    finally:
        processes.kill(process)
