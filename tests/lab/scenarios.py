"""What stands between client and server. Each scenario says in one sentence what it is, sets the router up, and may give
options of both ends; what ferry is to make of it stands in expected.tsv and causes.tsv."""
import dataclasses
import pathlib
import sys

import network

HERE = pathlib.Path(__file__).resolve().parent
RANGE = "20000-20099"
HOST = "server.lab"  # the server's name, with its addresses of both families


@dataclasses.dataclass
class Scenario:
    name: str
    about: str
    rules: object = None  # of (Network): sets the router up
    passive: dict = dataclasses.field(default_factory=dict)  # ferryd's [passive]; {router}: as the client sees it
    client: tuple = ()    # options of ferry
    addresses: object = network.Addresses
    target4: str = "server4"  # which address the client uses
    families: tuple = ("ipv4", "ipv6")
    link: network.Link = None  # between client and router; a cable otherwise
    size: int = 100_000        # bytes of the file that is moved
    seconds: float = 10        # from the start of ferry to its end
    again: float = 4           # the same, when it is done once more: no way is tried in vain any more; 0: it is not done
    doctor: tuple = ()         # options of ferry doctor


def _nat_of_server():
    return network.Addresses("198.51.100.2", "198.51.100.1", "10.66.0.1", "10.66.0.2")


HELPER = """ ct helper ftp-standard { type "ftp" protocol tcp; }
 chain helpers { type filter hook prerouting priority 0; tcp dport 21 ct helper set "ftp-standard"; }
"""


def client_nat(helper=False, forwarded=""):
    """The client's router: addresses translated, nothing let in that was not asked for."""

    def rules(net):
        net.router.rules("table inet fw {\n" + (HELPER if helper else "") + """
 chain forward { type filter hook forward priority 0; policy drop;
  ct state established,related accept
  ct state invalid drop
  """ + ("ct status dnat accept" if forwarded else "") + """
  iifname "toclient" accept
 }
 chain input { type filter hook input priority 0; policy accept; iifname "toserver" ct state new tcp flags syn drop; }
}
table ip nat {
 chain before { type nat hook prerouting priority -100; """ + (
            f'\n  iifname "toserver" tcp dport {forwarded} dnat to {net.at.client4}' if forwarded else "") + """
 }
 chain after { type nat hook postrouting priority 100;
  oifname "toserver" masquerade
 }
}
""")

    return rules


def server_nat(helper=False, forwarded="", others="drop"):
    """The server's router: port 21 and `forwarded` lead to the server."""

    def rules(net):
        ports = "21" + (", " + forwarded if forwarded else "")
        net.router.rules("table inet fw {\n" + (HELPER if helper else "") + """
 chain forward { type filter hook forward priority 0; policy drop;
  ct state established,related accept
  ct state invalid drop
  iifname "toserver" accept
  ct status dnat accept
  ip6 daddr """ + net.at.server6 + " tcp dport { " + ports + """ } accept
 }
 chain input { type filter hook input priority 0; policy accept;
  """ + ('iifname "toclient" ct state new tcp flags syn drop' if others == "drop" else "") + """
 }
}
table ip nat {
 chain before { type nat hook prerouting priority -100;
  iifname "toclient" ip daddr """ + net.at.router_client4 + " tcp dport { " + ports + " } dnat to " + net.at.server4 + """
 }
 chain after { type nat hook postrouting priority 100;
  oifname "toclient" masquerade
 }
}
""")

    return rules


def firewall(action="drop", helper=False, outwards=False):
    """In front of the server: port 21 in, and what belongs to it."""

    def rules(net):
        net.router.rules("table inet fw {\n" + (HELPER if helper else "") + """
 chain forward { type filter hook forward priority 0; policy drop;
  ct state established,related accept
  ct state invalid drop
  meta l4proto { icmp, ipv6-icmp } accept
  iifname "toclient" tcp dport 21 accept
  """ + ('iifname "toserver" accept' if outwards else "") + """
  meta l4proto tcp """ + action + """
 }
}
""")

    return rules


def filter_of_the_server(net):
    """The server's own packet filter knows port 21 only."""
    net.server.rules("""table inet filter { chain input { type filter hook input priority 0; policy drop;
  iifname "lo" accept
  ct state established,related accept
  meta l4proto { icmp, ipv6-icmp } accept
  tcp dport 21 accept
 }
}
""")


def no_way_back(net):
    net.router.rules("""table inet fw { chain forward { type filter hook forward priority 0; policy accept;
  iifname "toserver" tcp flags & (syn|ack) == syn drop
 }
}
""")


def blackhole(net):
    net.router.run("ip", "route", "add", "blackhole", "192.0.2.0/24")


def middlebox(mode):
    """A box that reads the control connection, and acts on what it reads."""

    def rules(net):
        router = net.router
        router.rules("""table inet box {
 set open { type inet_service; flags timeout; timeout 20s; }
 chain before { type filter hook prerouting priority -150;
  meta l4proto tcp socket transparent 1 meta mark set 1 accept
  iifname "toclient" meta nfproto ipv4 tcp dport 21 tproxy ip to :2121 meta mark set 1 accept
  iifname "toclient" meta nfproto ipv6 tcp dport 21 tproxy ip6 to :2121 meta mark set 1 accept
 }
 chain forward { type filter hook forward priority 0; policy accept;
  """ + ('iifname "toclient" tcp flags & (syn|ack) == syn tcp dport != @open drop' if mode == "pinhole" else "") + """
 }
}
""")
        for family in ("-4", "-6"):
            router.run("ip", family, "rule", "add", "fwmark", "1", "lookup", "100")
            router.run("ip", family, "route", "add", "local", "default", "dev", "lo", "table", "100")
        router.start(sys.executable, HERE / "middlebox.py", mode)
        network.wait_for_port(router, 2121)

    return rules


def forgetful(seconds, action):
    """A firewall that forgets who has been silent for so long."""

    def rules(net):
        net.router.rules("""table inet fw { chain forward { type filter hook forward priority 0; policy accept;
  ct state established,related accept
  ct state new tcp flags & (syn|ack) == syn accept
  meta l4proto tcp """ + action + """
 }
}
""")
        net.router.run("sysctl", "-qw", "net.netfilter.nf_conntrack_tcp_loose=0",
                       f"net.netfilter.nf_conntrack_tcp_timeout_established={seconds}")

    return rules


SCENARIOS = [
    Scenario("open", "nothing stands between"),
    Scenario("client-nat", "the client's router translates addresses", client_nat()),
    Scenario("client-nat-helper", "and its FTP helper rewrites PORT", client_nat(helper=True)),
    Scenario("client-nat-forwarded", "and forwards a range of ports to the client", client_nat(forwarded="50100-50199"),
             client=("-P", "-:50100-50199", "--external-address", "203.0.113.1")),
    Scenario("server-nat", "the server's router forwards port 21 only", server_nat(), addresses=_nat_of_server,
             target4="router_client4"),
    Scenario("server-nat-closed", "and refuses the other ports", server_nat(others="reset"), addresses=_nat_of_server,
             target4="router_client4"),
    Scenario("server-nat-range", "it forwards the passive ports, and ferryd advertises its address",
             server_nat(forwarded=RANGE), {"ports": RANGE, "advertise": "{router}"},
             addresses=_nat_of_server, target4="router_client4"),
    Scenario("server-nat-unadvertised", "it forwards the passive ports, and the server names its private address",
             server_nat(forwarded=RANGE), {"ports": RANGE}, addresses=_nat_of_server,
             target4="router_client4"),
    Scenario("single-port", "it forwards one passive port, which all clients share", server_nat(forwarded="20000"),
             {"ports": "20000", "advertise": "{router}"}, addresses=_nat_of_server, target4="router_client4"),
    Scenario("server-nat-helper", "its FTP helper rewrites 227 and opens the port", server_nat(helper=True),
             addresses=_nat_of_server, target4="router_client4"),
    Scenario("firewall-helper", "a firewall opens what its FTP helper reads, both ways", firewall(helper=True)),
    Scenario("firewall-in", "a firewall lets port 21 in, and everything out", firewall(outwards=True)),
    Scenario("server-filter", "the server's own packet filter lets port 21 in, and not its passive ports",
             filter_of_the_server, {"ports": RANGE}),
    Scenario("data-dropped", "every data connection is dropped", firewall()),
    Scenario("data-reset", "every data connection is reset", firewall("reject with tcp reset")),
    Scenario("data-prohibited", "every data connection is prohibited by ICMP",
             firewall("reject with icmpx type admin-prohibited")),
    Scenario("active-dropped", "connections from the server are dropped", no_way_back),
    Scenario("epsv-refused", "a box refuses EPSV and EPRT", middlebox("reject")),
    Scenario("epsv-swallowed", "a box swallows EPSV and EPRT", middlebox("swallow")),
    Scenario("epsv-reset", "a box resets the connection at EPSV and EPRT", middlebox("reset")),
    Scenario("epsv-garbled", "a box spoils the answer to EPSV", middlebox("garble")),
    Scenario("pasv-only", "a box opens the port of PASV only", middlebox("pinhole")),
    Scenario("auth-stripped", "a box refuses AUTH", middlebox("noauth")),
    Scenario("227-zero", "227 names 0.0.0.0", passive={"advertise": "0.0.0.0"}),
    Scenario("227-loopback", "227 names 127.0.0.1", passive={"advertise": "127.0.0.1"}),
    Scenario("227-nowhere", "227 names an address that leads nowhere", blackhole, {"advertise": "192.0.2.55"}),
    Scenario("227-unreachable", "227 names an address without a route", passive={"advertise": "192.0.2.55"}),
    Scenario("ipv6-only", "there is no IPv4", addresses=lambda: network.Addresses(ipv4=False)),
    Scenario("far", "a round trip takes 300 ms", link=network.Link(latency=0.15), again=10),
    Scenario("slow", "50 kB/s each way", link=network.Link(latency=0.02, rate=50_000), size=10_000, again=8),
    Scenario("lossy", "one packet of 200 is lost", link=network.Link(latency=0.02, loss=0.005), again=8),
    # Both transfers share the way: each takes about 25 s, or 50 s.
    Scenario("idle-dropped", "a firewall forgets, and drops, what was silent for 5 s", forgetful(5, "drop"),
             families=("ipv4",), link=network.Link(rate=400_000), size=5_000_000, seconds=90, again=0,
             doctor=("--idle", "8")),
    Scenario("idle-reset", "a firewall forgets, and resets, what was silent for 5 s",
             forgetful(5, "reject with tcp reset"), families=("ipv4",), link=network.Link(rate=400_000),
             size=5_000_000, seconds=90, again=0, doctor=("--idle", "8")),
    Scenario("idle-kept", "it forgets after 40 s, and the control connection is kept alive", forgetful(40, "drop"),
             families=("ipv4",), link=network.Link(rate=200_000), size=5_000_000, seconds=100, again=0),
]
