"""Servers for the battery: ferryd, and those that bench/peers/unpack fetched. Each has one user who may write."""
import contextlib
import os
import pathlib
import socket
import subprocess
import sys
import time

import certificates
import ftp

TESTS = pathlib.Path(__file__).resolve().parents[1]
sys.path.append(str(TESTS / "interop"))

import processes  # noqa: E402

PEERS = TESTS.parent / "bench" / "peers"
PEER_UID = 61000  # the user that bench/peers/serve makes
PASSIVE = "23000-24999"
READY_SECONDS = 15

FERRYD = """
listen = ["127.0.0.1:{port}", "[::1]:{port}"]
[tls]
certificates = [{{ file = "{certificate}", key = "{key}" }}]
implicit = ["127.0.0.1:{implicit_port}"]
[limits]
sessions_per_address = 0
[anonymous]
root = "{root}"
[[users]]
name = "alice"
hash = '{hash}'
root = "{root}"
rights = "all"
[[users]]
name = "carol"
hash = '{hash}'
root = "{root}"
rights = "all"
accounts = ["project 7"]
[[hosts]]
name = "ftp.example.org"
[[hosts.users]]
name = "alice"
hash = '{hash}'
root = "{root}"
rights = "all"
"""


def _free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextlib.contextmanager
def _running(command, port, log, **how):
    with open(log, "wb") as file:
        process = processes.start(command, stdin=subprocess.DEVNULL, stdout=file, stderr=file, **how)
    try:
        deadline = time.monotonic() + READY_SECONDS
        while not _greets(port):
            if process.poll() is not None or time.monotonic() > deadline:
                raise processes.Failed(f"{command[0]} does not answer:\n{log.read_text(errors='replace')[-3000:]}")
            time.sleep(0.05)
        yield
    finally:
        processes.kill(process)


def _greets(port):
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
        return connection.recv(3) == b"220"
    return False


def has_ipv6():
    with contextlib.suppress(OSError), socket.socket(socket.AF_INET6) as probe:
        probe.bind(("::1", 0))
        return True
    return False


@contextlib.contextmanager
def ferryd(program, work):
    """ferryd with all that it offers."""
    root, port, implicit_port = work / "root", _free_port(), _free_port()
    root.mkdir()
    certificate, key = certificates.make(work)
    hash = processes.run(["openssl", "passwd", "-5", "conformance"]).decode().strip()
    text = FERRYD.format(port=port, implicit_port=implicit_port, root=root, hash=hash, certificate=certificate, key=key)
    if not has_ipv6():
        text = text.replace(f', "[::1]:{port}"', "")
    config = work / "ferryd.toml"
    config.write_text(text)
    config.chmod(0o600)
    with _running([program, "--config", config], port, work / "log"):
        yield ftp.Server("127.0.0.1", port, "alice", "conformance", host6="::1" if has_ipv6() else "",
                         implicit_port=implicit_port, account=("carol", "conformance", "project 7"),
                         virtual_host="ftp.example.org")


@contextlib.contextmanager
def peer(name, work):
    """One of bench/peers, under TLS as well, and with every feature that its package has."""
    root, own, port = work / "root", work / "server", _free_port()
    root.mkdir()
    own.mkdir()
    os.chown(root, PEER_UID, -1)
    environment = os.environ | {"TLS": "1", "PASSIVE": PASSIVE, "EVERYTHING": "1"}
    with _running([PEERS / "serve", name, str(port), root, own], port, work / "log", env=environment):
        yield ftp.Server("127.0.0.1", port, "benchuser", "benchpass")
