"""Three hosts in network namespaces: client - router - server, IPv4 and IPv6. Everything lives in namespaces of this
process alone (isolation.py)."""
import dataclasses
import pathlib
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent


class Host:
    def __init__(self, name):
        self.name = name
        self.started = []
        _run("ip", "netns", "add", name)
        self.run("ip", "link", "set", "lo", "up")
        self.run("sysctl", "-qw", "net.ipv6.conf.all.accept_dad=0", "net.ipv6.conf.default.accept_dad=0")

    def command(self, *words):
        return ["ip", "netns", "exec", self.name, *map(str, words)]

    def run(self, *words, **how):
        return _run(*self.command(*words), **how)

    def start(self, *words, **how):
        process = subprocess.Popen(self.command(*words), stdin=subprocess.DEVNULL, **how)
        self.started.append(process)
        return process

    def rules(self, text):
        """nftables, in its own words."""
        self.run("nft", "-f", "-", input=text.encode())

    def close(self):
        for process in self.started:
            process.kill()
            process.wait()
        _run("ip", "netns", "del", self.name)


class Addresses:
    """Of each interface; None: not of this family."""

    def __init__(self, client4="192.168.77.2", router_client4="192.168.77.1", router_server4="203.0.113.1",
                 server4="203.0.113.2", ipv4=True):
        self.client4, self.router_client4 = (client4, router_client4) if ipv4 else (None, None)
        self.router_server4, self.server4 = (router_server4, server4) if ipv4 else (None, None)
        self.client6, self.router_client6 = "2001:db8:1::2", "2001:db8:1::1"
        self.router_server6, self.server6 = "2001:db8:2::1", "2001:db8:2::2"


@dataclasses.dataclass
class Link:
    """Of a long way between client and router."""
    latency: float = 0  # seconds, each way
    rate: float = 0     # bytes a second, each way; 0: any
    loss: float = 0     # of all packets, 0 to 1


class Network:
    """The interfaces of the router: `toclient`, `toserver`."""

    def __init__(self, addresses, link=None):
        self.at = addresses
        self.client, self.router, self.server = Host("client"), Host("router"), Host("server")
        pairs = [(self.server, "toserver")]
        if link:
            self._connect(link)
        else:
            pairs.append((self.client, "toclient"))
        for host, end in pairs:
            _run("ip", "link", "add", "eth0", "netns", host.name, "type", "veth", "peer", "name", end, "netns", "router")
        # Every packet that is prohibited is answered: else which of them is would differ from time to time.
        self.router.run("sysctl", "-qw", "net.ipv4.ip_forward=1", "net.ipv6.conf.all.forwarding=1",
                        "net.ipv4.icmp_ratelimit=0", "net.ipv6.icmp.ratelimit=0")
        for host, device, four, six in (
                (self.client, "eth0", addresses.client4, addresses.client6),
                (self.router, "toclient", addresses.router_client4, addresses.router_client6),
                (self.router, "toserver", addresses.router_server4, addresses.router_server6),
                (self.server, "eth0", addresses.server4, addresses.server6)):
            host.run("ip", "link", "set", device, "up")
            if four:
                host.run("ip", "address", "add", four + "/24", "dev", device)
            host.run("ip", "-6", "address", "add", six + "/64", "dev", device, "nodad")
        for host, four, six in ((self.client, addresses.router_client4, addresses.router_client6),
                                (self.server, addresses.router_server4, addresses.router_server6)):
            if four:
                host.run("ip", "route", "add", "default", "via", four)
            host.run("ip", "-6", "route", "add", "default", "via", six)

    def _connect(self, link):
        relay = subprocess.Popen([sys.executable, HERE / "link.py", "client", "eth0", "router", "toclient",
                                  *map(str, (link.latency, link.rate, link.loss))], stdout=subprocess.PIPE)
        self.client.started.append(relay)
        if relay.stdout.readline() != b"ready\n":
            raise RuntimeError("no link")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for host in (self.client, self.server, self.router):
            host.close()


def wait_for_port(host, port, seconds=10):
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        listening = host.run("ss", "-Hltn", f"sport = :{port}", capture_output=True)
        if listening.stdout.strip():
            return
        time.sleep(0.05)
    raise RuntimeError(f"nothing listens on port {port} of {host.name}")


def _run(*words, **how):
    done = subprocess.run(words, check=False, **({"capture_output": True} | how))
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(words)}: {(done.stderr or b'').decode(errors='replace')}")
    return done
