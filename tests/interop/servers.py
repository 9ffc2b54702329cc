"""Servers to test with: ferryd, or one of bench/peers. Each serves `root` and lets one user write there."""
import contextlib
import dataclasses
import os
import pathlib
import socket
import time
import urllib.parse

import processes

PEERS = pathlib.Path(__file__).resolve().parents[2] / "bench" / "peers"
PEER_UID = 61000  # the user that bench/peers/serve makes
READY_SECONDS = 10


@dataclasses.dataclass
class Server:
    root: pathlib.Path
    port: int
    user: str
    password: str
    name: str
    log: pathlib.Path
    host: str = "127.0.0.1"

    def url(self, path="", *, user=True):
        who = f"{self.user}:{self.password}@" if user else ""
        return f"ftp://{who}{self.host}:{self.port}/" + urllib.parse.quote(path)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _greets(port):
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
        return connection.recv(4) == b"220 " or connection.recv(4)
    return False


@contextlib.contextmanager
def _running(command, server):
    with open(server.log, "wb") as log:
        process = processes.start(command, stdin=processes.subprocess.DEVNULL, stdout=log, stderr=log)
    try:
        deadline = time.monotonic() + READY_SECONDS
        while not _greets(server.port):
            if process.poll() is not None or time.monotonic() > deadline:
                raise processes.Failed(f"{server.name} does not answer:\n{server.log.read_text(errors='replace')}")
            time.sleep(0.02)
        yield server
    finally:
        processes.kill(process)


def ferryd(program, root, work):
    password = work / "password"
    password.write_text("secret\n")
    port = free_port()
    server = Server(root, port, "alice", "secret", "ferryd", work / "server.log")
    command = [program, "serve", root, "--listen", "127.0.0.1", "--port", port]
    return _running(command + ["--user", server.user, "--password-file", password, "--anonymous", root], server)


def peer(name, root, work):
    """A server that bench/peers/unpack fetched."""
    for folder, folders, files in os.walk(root):
        for path in [folder, *(os.path.join(folder, file) for file in files)]:
            os.chown(path, PEER_UID, -1)
    (work / "server").mkdir()
    server = Server(root, free_port(), "benchuser", "benchpass", name, work / "server.log")
    return _running([PEERS / "serve", name, server.port, root, work / "server"], server)
