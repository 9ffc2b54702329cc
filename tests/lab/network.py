"""Three hosts in network namespaces: client - router - server, IPv4 and IPv6. Everything lives in namespaces of this
process alone (isolate()), so nothing is left behind however it ends."""
import ctypes
import os
import signal
import subprocess
import sys
import time

MARK = "FERRY_LAB_ISOLATED"
NOT_PERMITTED = 77
CLONE = ["--net", "--mount", "--pid", "--fork", "--kill-child=SIGKILL", "--mount-proc", "--propagation", "private"]


def isolate():
    """Runs this program again in namespaces of its own; returns only there. Ends with 77 where that is not permitted."""
    if os.environ.get(MARK):
        subprocess.run(["mount", "-t", "tmpfs", "none", "/run"], check=True)
        os.makedirs("/run/netns", exist_ok=True)
        return
    command = ["unshare", *CLONE]
    if os.geteuid() != 0:
        command[1:1] = ["--user", "--map-root-user"]
    probe = subprocess.run([*command, "ip", "link", "set", "lo", "up"], capture_output=True, check=False)
    if probe.returncode != 0:
        print("SKIPPED: no network namespaces here: " + probe.stderr.decode(errors="replace").strip(), flush=True)
        sys.exit(NOT_PERMITTED)
    environment = os.environ | {MARK: "1"}
    # The kernel ends everything in the process namespace when its first process goes, and that goes with this one.
    child = subprocess.Popen([*command, sys.executable, *sys.argv], env=environment, preexec_fn=_end_with_parent)
    signal.signal(signal.SIGTERM, lambda *_: child.kill())
    try:
        sys.exit(child.wait())
    except KeyboardInterrupt:
        child.kill()
        sys.exit(130)


def _end_with_parent():
    pr_set_pdeathsig = 1
    ctypes.CDLL(None).prctl(pr_set_pdeathsig, signal.SIGKILL)


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


class Network:
    """The interfaces of the router: `toclient`, `toserver`."""

    def __init__(self, addresses):
        self.at = addresses
        self.client, self.router, self.server = Host("client"), Host("router"), Host("server")
        for host, device, end in ((self.client, "eth0", "toclient"), (self.server, "eth0", "toserver")):
            _run("ip", "link", "add", device, "netns", host.name, "type", "veth", "peer", "name", end, "netns", "router")
        self.router.run("sysctl", "-qw", "net.ipv4.ip_forward=1", "net.ipv6.conf.all.forwarding=1")
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
