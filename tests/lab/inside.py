"""inside.py SCENARIO FERRY FERRYD [words|yardsticks]: plays one scenario, in the namespaces that run made for it, and prints what it found, a
JSON object a cell; with "words" also what the doctor says to people; with "yardsticks" what others make of it."""
import concurrent.futures
import json
import os
import pathlib
import re
import subprocess
import sys
import time

import isolation
import network
import tables
import yardsticks
from scenarios import HOST, SCENARIOS

WORK = pathlib.Path("/run/lab")
FERRY, FERRYD = sys.argv[2:4]
# Of "secret", as cheap as they come: hundreds log in here.
HASH = "$6$rounds=1000$cg/aM20PRJQpc3K.$kKxovc5Mw0KwnKlmsS/cbySHVFI.dzHWDK7dKvePX7VdjE1F2nEVFn/n4zpwdYBzJ9xoerpWia7Ya5Jg5zwSj."


class Run:
    """One run of ferry on the client's side."""

    def __init__(self, net, home, *words):
        home.mkdir(exist_ok=True)
        environment = {"PATH": isolation.PATH, "HOME": str(home), "XDG_STATE_HOME": str(home),
                       "FERRY_PASSWORD": "secret", "LC_ALL": "C.UTF-8"}
        begin = time.monotonic()
        done = subprocess.run(net.client.command(FERRY, *words), env=environment, cwd=home, check=False,
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=200)
        self.took = time.monotonic() - begin
        self.code = done.returncode
        self.out, self.err = (each.decode(errors="replace") for each in (done.stdout, done.stderr))
        self.said = f"$ {' '.join(map(str, words))}\n{self.out}{self.err}[exit {self.code} after {self.took:.1f} s]\n"


class Cell:
    """One family and protection: get and put, each by a client that knows nothing yet, then once more."""

    def __init__(self, scenario, net, family, protection):
        self.scenario, self.net = scenario, net
        self.family, self.protection = family, protection
        host = net.at.server6 if family == "ipv6" else getattr(net.at, scenario.target4)
        self.host = f"[{host}]" if ":" in host else host
        self.said = ""

    def ferry(self, home, *words):
        # What ferry does by itself is TLS.
        tls = ["--cacert", WORK / "cert.pem"] if self.protection == "tls" else ["--tls=off"]
        done = Run(self.net, home, words[0], "-v", "--no-progress", *tls, *self.scenario.client, *words[1:])
        self.said += done.said
        return done

    def twice(self, verb, *words, check):
        home = WORK / f"{verb}-{self.family}-{self.protection}"
        first = self.ferry(home, verb, *words)
        if first.code != 0:
            reason = re.findall(r"\[([a-z_.]+)\]", first.said)
            return reason[-1] if reason else f"exit {first.code}"
        if not check():
            return "another file"
        if self.protection == "tls" and "TLSv1" not in first.said:
            return "in the clear"
        made = re.findall(r"(?<!no )data connection by (\w+):", first.said)
        way = made[0] if made else "no way seen"
        if first.took > self.scenario.seconds:
            return f"{way} after {first.took:.0f} s"
        if not self.scenario.again:
            # The end got lost with the control connection, or did not.
            return way + (", verified anew" if "connection lost" in first.said else "")
        again = self.ferry(home, verb, *words)
        if again.code != 0 or not check():
            return f"{way}, not again"
        if "no data connection by" in again.said or again.took > self.scenario.again:
            return f"{way}, not remembered"
        return way

    def get(self):
        got = WORK / f"got-{self.family}-{self.protection}"

        def arrived():
            same = got.read_bytes() == (WORK / "root" / "file").read_bytes()
            got.unlink()
            return same
        return self.twice("get", "-o", got, self.url("file"), check=arrived)

    def put(self):
        sent = f"sent-{self.family}-{self.protection}"

        def arrived():
            there = WORK / "root" / sent
            same = there.read_bytes() == (WORK / "root" / "file").read_bytes()
            there.unlink()
            return same
        return self.twice("put", WORK / "root" / "file", self.url(sent), check=arrived)

    def url(self, path):
        return f"ftp://alice@{self.host}/{path}"


def passive_of(scenario, net):
    return {key: value.format(router=net.at.router_client4) for key, value in scenario.passive.items()}


def start_server(scenario, net):
    (WORK / "root").mkdir()
    (WORK / "root" / "file").write_bytes(os.urandom(scenario.size))
    subprocess.run([FERRYD, "cert", HOST, *[each for each in vars(net.at).values() if each], "--out", WORK],
                   check=True, stdout=subprocess.DEVNULL)
    passive = passive_of(scenario, net)
    (WORK / "ferryd.toml").write_text(f"""
listen = ["0.0.0.0:21", "[::]:21"]
[passive]
{"".join(f'{key} = "{value}"' + chr(10) for key, value in passive.items())}
[tls]
certificates = [{{ file = "{WORK}/cert.pem", key = "{WORK}/key.pem" }}]
[[users]]
name = "alice"
hash = "{HASH}"
root = "{WORK}/root"
rights = "all"
""")
    log = open(WORK / "server.log", "wb")  # noqa: SIM115 (the server's)
    process = net.server.start(FERRYD, "--config", WORK / "ferryd.toml", stdout=log, stderr=log)
    network.wait_for_port(net.server, 21)
    return process


def ask_doctor(scenario, net, *how, user="alice@"):
    return Run(net, WORK / "doctor", "doctor", *how, "--clear", "--cacert", WORK / "cert.pem", *scenario.client,
               *scenario.doctor, f"ftp://{user}{HOST}/")


def doctor(scenario, net, user="alice@", proof=()):
    """By (family, protection): what came of each way; and what the doctor says of it all, and of the `proof` asked of it."""
    done = ask_doctor(scenario, net, "--json", *proof, user=user)
    ways, causes, refuted = {}, [], []
    for line in done.out.splitlines():
        event = json.loads(line)
        if event["event"] == "probe":
            ways.setdefault((event["family"], event["protection"]), {})[event["way"]] = event["outcome"]
        if event["event"] == "finding":
            causes.append(event["id"])
        if event["event"] == "claim" and event["standing"] == "refuted":
            refuted.append(event["id"])
    return ways, (str(done.code), ", ".join(causes), ", ".join(dict.fromkeys(refuted))), done.said


def look_from_inside(net):
    """What ferryd doctor remarks on, its words, and the options with which it wants ferry doctor to prove it."""
    done = subprocess.run(net.server.command(FERRYD, "doctor", "--config", WORK / "ferryd.toml"),
                          stdin=subprocess.DEVNULL, capture_output=True, check=False)
    said = (done.stdout + done.stderr).decode(errors="replace")
    remarks = re.findall(r"^(?:note|trouble) .*\[([a-z.]+)\]$", said, re.MULTILINE)
    proof = re.search(r"^  ferry doctor (--from-outside.*) ftp://USER@\S+/$", said, re.MULTILINE)[1].split()
    return ", ".join(dict.fromkeys(remarks)), f"$ ferryd doctor\n{said}[exit {done.returncode}]\n", proof


def tell(table, key, value, said):
    print(json.dumps({"table": table, "key": key, "value": value, "said": said}))


def main():
    scenario = next(each for each in SCENARIOS if each.name == sys.argv[1])
    isolation.furnish(WORK)
    with network.Network(scenario.addresses(), scenario.link) as net:
        if scenario.rules:
            scenario.rules(net)
        server = start_server(scenario, net)
        target4 = getattr(net.at, scenario.target4)
        isolation.know_hosts([(each, HOST) for each in (net.at.server6, target4) if each], WORK)
        with concurrent.futures.ThreadPoolExecutor(16) as side_by_side:
            if sys.argv[4:] == ["yardsticks"]:
                for row in yardsticks.play(scenario, net, WORK, FERRY, lambda: doctor(scenario, net, "")[1][1],
                                           passive_of(scenario, net), side_by_side, server.kill):
                    tell(*row, "")
                return
            remarks, from_inside, proof = look_from_inside(net)
            examined = side_by_side.submit(doctor, scenario, net, proof=proof)
            cells = [(cell, side_by_side.submit(cell.get), side_by_side.submit(cell.put))
                     for family in scenario.families if family == "ipv6" or target4
                     for protection in ("clear", "tls")
                     for cell in (Cell(scenario, net, family, protection),)]
            ways, causes, diagnosis = examined.result()
            for cell, got, put in cells:
                outcomes = ways.get((cell.family, cell.protection), {})
                tell("cells", (scenario.name, cell.family, cell.protection),
                     (got.result(), put.result(), *(outcomes.get(each, "-") for each in tables.WAYS)),
                     cell.said + diagnosis)
            code, named, refuted = causes
            tell("causes", (scenario.name,), (code, named, remarks, refuted), diagnosis + from_inside)
            if sys.argv[4:] == ["words"]:
                url = f"$ ferry doctor --clear ftp://alice@{HOST}/\n"
                tell("words", (scenario.name,), (), url + ask_doctor(scenario, net).out + "\n" + from_inside)


main()
