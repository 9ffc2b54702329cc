"""Servers for the battery: ferryd, and those that bench/peers/unpack fetched. Each has one user who may write."""
import contextlib
import os
import pathlib
import socket
import sys

import certificates
import ftp

sys.path.append(str(pathlib.Path(__file__).resolve().parents[1] / "interop"))

import processes  # noqa: E402
from serving import PEER_UID, PEERS, free_port, serving  # noqa: E402

PASSIVE = "23000-24999"

FERRYD = """
listen = ["127.0.0.1:{port}", "[::1]:{port}"]
[tls]
certificates = [{{ file = "{certificate}", key = "{key}" }}]
implicit = ["127.0.0.1:{implicit_port}"]
[[fxp]]
networks = ["203.0.113.7"]
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


def has_ipv6():
    with contextlib.suppress(OSError), socket.socket(socket.AF_INET6) as probe:
        probe.bind(("::1", 0))
        return True
    return False


@contextlib.contextmanager
def ferryd(program, work):
    """ferryd with all that it offers."""
    root, port, implicit_port = work / "root", free_port(), free_port()
    root.mkdir()
    certificate, key = certificates.make(work)
    hash = processes.run(["openssl", "passwd", "-5", "conformance"]).decode().strip()
    text = FERRYD.format(port=port, implicit_port=implicit_port, root=root, hash=hash, certificate=certificate, key=key)
    if not has_ipv6():
        text = text.replace(f', "[::1]:{port}"', "")
    config = work / "ferryd.toml"
    config.write_text(text)
    config.chmod(0o600)
    with serving([program, "--config", config], work / "log", port):
        yield ftp.Server("127.0.0.1", port, "alice", "conformance", host6="::1" if has_ipv6() else "",
                         implicit_port=implicit_port, account=("carol", "conformance", "project 7"),
                         virtual_host="ftp.example.org")


@contextlib.contextmanager
def peer(name, work):
    """One of bench/peers, under TLS as well, and with every feature that its package has."""
    root, own, port = work / "root", work / "server", free_port()
    root.mkdir()
    own.mkdir()
    os.chown(root, PEER_UID, -1)
    environment = os.environ | {"TLS": "1", "PASSIVE": PASSIVE, "EVERYTHING": "1"}
    with serving([PEERS / "serve", name, str(port), root, own], work / "log", port, env=environment):
        yield ftp.Server("127.0.0.1", port, "benchuser", "benchpass")
