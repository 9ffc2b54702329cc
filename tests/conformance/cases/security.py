"""What a server must not let be done with it."""
import re
import socket
import time

from battery import MUST, SHOULD, case
from ftp import COMPLETE, IAC, PRELIMINARY, REFUSED, Closed, Failed, NotOffered, Silent, Skipped

BOUNCE = "RFC 2577 §3"
SECRET = b"not for thieves\n" * 1000


def four(t):
    c = t.login()
    if c.six:
        raise Skipped("needs IPv4")
    return c


def no_bounce(id, line, what):
    @case("bounce." + id, BOUNCE, SHOULD, f"{what} is refused")
    def _(t):
        c = four(t)
        own = ",".join(c.local[0].split("."))
        said = line.format(own=own, address=c.local[0])
        if said.startswith("EPRT") and c.ask("EPRT").code in REFUSED:
            raise NotOffered("EPRT")
        c.expect(said, "4xx", "5xx")
        c.in_step()


no_bounce("port", "PORT 192,0,2,1,200,1", "PORT with the address of somebody else")
no_bounce("port-low", "PORT {own},0,25", "PORT with a port below 1024")
no_bounce("port-zero", "PORT {own},0,0", "PORT with port 0")
no_bounce("port-any", "PORT 0,0,0,0,200,1", "PORT with the address 0.0.0.0")
no_bounce("port-broadcast", "PORT 255,255,255,255,200,1", "PORT with the address of all")
no_bounce("port-multicast", "PORT 224,0,0,1,200,1", "PORT with the address of a group")
no_bounce("eprt", "EPRT |1|192.0.2.1|51201|", "EPRT with the address of somebody else")
no_bounce("eprt-low", "EPRT |1|{address}|25|", "EPRT with a port below 1024")
no_bounce("eprt-name", "EPRT |1|localhost|51201|", "EPRT with a name for an address")


@case("bounce.nothing", BOUNCE, SHOULD, "After a refused PORT to somebody else, a transfer does not go there")
def _(t):
    c = four(t)
    if not c.local[0].startswith("127."):
        raise Skipped("needs a server on loopback")
    t.put("file", SECRET)
    with socket.socket() as victim:
        victim.bind(("127.0.0.3", 0))
        victim.listen(1)
        port = victim.getsockname()[1]
        c.ask(f"PORT 127,0,0,3,{port >> 8},{port & 255}")
        c.send("RETR file")
        victim.settimeout(1.5)
        try:
            victim.accept()[0].close()
        except socket.timeout:
            return
    raise Failed("the server connected to 127.0.0.3, for a client at 127.0.0.1")


@case("theft.pasv", "RFC 2577 §7", SHOULD,
      "A passive port gives nothing to a client from another address, and the right one is not cheated")
def _(t):
    t.put("file", SECRET)
    c = four(t)
    if not c.local[0].startswith("127."):
        raise Skipped("needs a server on loopback")
    c.expect("TYPE I", 200)
    host, port = c.pasv()
    with socket.socket() as thief:
        thief.bind(("127.0.0.2", 0))
        thief.settimeout(3)
        try:
            thief.connect((host, port))
        except OSError:
            return
        c.send("RETR file")
        stolen = b""
        try:
            stolen = thief.recv(100)
        except OSError:
            pass
        t.equal(b"", stolen, "what the thief got")


@case("theft.pasv-stor", "RFC 2577 §7", SHOULD, "A passive port takes no upload from another address")
def _(t):
    t.in_the_clear()
    c = four(t)
    if not c.local[0].startswith("127."):
        raise Skipped("needs a server on loopback")
    c.expect("TYPE I", 200)
    host, port = c.pasv()
    with socket.socket() as thief:
        thief.bind(("127.0.0.2", 0))
        thief.settimeout(3)
        try:
            thief.connect((host, port))
            c.send("STOR " + t.will_make("file"))
            thief.sendall(b"forged")
            thief.close()
        except OSError:
            pass
    time.sleep(0.5)
    if t.exists("file"):
        t.true(b"forged" not in t.get("file"), "what somebody else sent was stored")


@case("theft.pasv-random", "RFC 2577 §7", SHOULD, "Passive ports cannot be guessed from the one before")
def _(t):
    c = four(t)
    ports = [c.pasv()[1] for _ in range(12)]
    steps = {after - before for before, after in zip(ports, ports[1:])}
    t.true(len(steps) > 2, f"they are {ports}")


WAYS_OUT = ["../" * 20 + "etc/passwd", "/.." * 20 + "/etc/passwd", "sub/" + "../" * 30 + "etc/passwd", "//etc/passwd",
            "/./../etc/passwd", "..\\..\\..\\..\\etc\\passwd", "/proc/self/root/etc/passwd", "/proc/1/root/etc/passwd",
            "~/../../../etc/passwd", "~root/../etc/passwd", "%2e%2e/%2e%2e/%2e%2e/etc/passwd", ".../.../etc/passwd",
            "file:///etc/passwd", "sub/..%c0%af../etc/passwd", "/dev/../etc/passwd"]


def jailed(t):
    t.mkdir("sub")
    c = t.image()
    data = c.passive()
    if c.ask("RETR /etc/passwd").code in PRELIMINARY:
        raise Skipped("the user sees the whole machine")
    data.stream.close()
    return c


@case("escape.retr", "RFC 3659 §6 (TVFS)", MUST, "No path leads out of what the login opens: RETR")
def _(t):
    c = jailed(t)
    for path in WAYS_OUT:
        c.refused_data("RETR " + path, "4xx", "5xx")
    c.in_step()


@case("escape.facts", "RFC 3659 §6 (TVFS)", MUST, "No path leads out of what the login opens: SIZE, MDTM, MLST, CWD, RNFR")
def _(t):
    c = jailed(t)
    for path in WAYS_OUT:
        for verb in ("SIZE", "MDTM", "MLST", "CWD", "RNFR"):
            c.expect(f"{verb} {path}", "4xx", "5xx")


@case("escape.listing", "RFC 3659 §6 (TVFS)", MUST, "No path leads out of what the login opens: NLST and STAT do not show /etc")
def _(t):
    c = jailed(t)
    for path in ("../" * 20 + "etc", "/.." * 20 + "/etc", "/proc/self/root/etc"):
        data = c.passive()
        if c.ask("NLST " + path).code in PRELIMINARY:
            t.true(b"passwd" not in data.start().receive_all(), f"NLST {path} shows it")
            data.close()
            c.reply("2xx", "4xx", "5xx")
        t.true("passwd" not in c.ask("STAT " + path).text, f"STAT {path} shows it")


@case("escape.top", "RFC 3659 §6 (TVFS)", MUST,
      "Above the top there is the top again: CWD ../../.. from / ends at /, or is refused")
def _(t):
    c = jailed(t)
    for path in ("/", ".."):
        c.expect("CWD " + path, 250, 550)
    for path in ("../../..", "/../..", "..//..//.."):
        c.expect("CWD " + path, 250, 550)
        t.true('"/"' in c.expect("PWD", 257).text, f"after CWD {path} the folder is another")


@case("escape.rename", "RFC 3659 §6 (TVFS)", MUST, "No path leads out of what the login opens: RNTO")
def _(t):
    c = jailed(t)
    t.put("file", b"kept")
    for path in ("../" * 20 + "tmp/../etc/conformance", "/proc/self/root/etc/conformance"):
        c.expect("RNFR file", 350)
        c.expect("RNTO " + path, "4xx", "5xx")
    t.equal(b"kept", t.get("file"), "the file")


PATTERNS = ["*/" * 12 + "*", "*/../" * 12 + "*", "*" * 500, "*a" * 60 + "b", "{a,b,c,d}" * 12, "[" * 500, "[a-z]*" * 50,
            "?*" * 100 + "x", "\\" * 300, "~" * 300]


def hostile_pattern(id, command):
    @case("pattern." + id, "CVE-2011-0762, CVE-2011-0418", MUST,
          f"Hostile patterns keep {command} busy for no more than a few seconds")
    def _(t):
        for name in ("aa", "bb", "aa/aa", "aa/bb", "bb/aa", "a" * 200):
            t.mkdir(name)
        c = t.image()
        for pattern in PATTERNS:
            data = None if command == "STAT" else c.passive()
            answer = c.ask(f"{command} {pattern}")
            if answer.code in PRELIMINARY and data:
                data.start().receive_all()
                data.close()
                c.reply("2xx", "4xx", "5xx")
            elif data:
                data.stream.close()
        c.in_step()


for command in ("LIST", "NLST", "STAT"):
    hostile_pattern(command.lower(), command)


@case("options.many", "CVE-2025-14242, CVE-2019-20176", MUST, "Two thousand options of LIST do no harm")
def _(t):
    t.put("file")
    c = t.image()
    for options in ("-" + "a" * 2000, "-" + "R" * 500, "-w2147483648", "-T4294967295", "--width=99999999999"):
        data = c.passive()
        answer = c.ask("LIST " + options)
        if answer.code in PRELIMINARY:
            data.start().receive_all()
            data.close()
            c.reply("2xx", "4xx", "5xx")
        else:
            data.stream.close()
    c.in_step()


@case("flood.iac", "CVE-2010-4221", MUST, "64 KiB of IAC do no harm: the session goes on, or ends")
def _(t):
    c = t.login()
    c.send_raw(bytes([IAC]) * 65536)
    c.send_raw(b"\r\nSYST\r\n")
    try:
        while c.reply().code != 215:
            pass
    except Closed:
        t.login().expect("NOOP", 200)


@case("flood.quotes", "CVE-2006-5815", MUST, "A path of a thousand quotes and percent signs does no harm")
def _(t):
    c = t.login()
    for text in ('"' * 1000, "%n%s%x" * 150, "\\" * 1000, "'" * 1000):
        c.expect("CWD " + text, "5xx")
        c.ask("SITE " + text)
    c.in_step()


@case("flood.unread", "RFC 2577 §1", SHOULD, "A client that sends without reading does not stop the server for others")
def _(t):
    c = t.login()
    c.stream.raw.settimeout(1)
    try:
        for _ in range(40):
            c.stream.send(b"HELP\r\n" * 1000)
            c.clock.wait()
            if c.stream.tls:
                break
            c.stream.raw.settimeout(1)
    except Failed:
        pass
    t.login().expect("NOOP", 200)


@case("words.format", "CVE-2000-0573", MUST, "Percent signs in USER, PASS and SITE do no harm")
def _(t):
    c = t.connect()
    c.expect("USER %n%n%s%s%s%s", 331, 530, 500, 501, patience=15)
    c.expect("PASS %n%n%s%s%s%s", 530, 500, 501, 503, patience=15)
    t.login().ask("SITE %n%n%s%s%s%s")
    t.login().expect("NOOP", 200)


@case("words.no-echo", "RFC 2577 §6", MUST, "No reply has the password in it")
def _(t):
    c = t.connect()
    if len(t.server.password) < 5:
        raise Skipped("a short password may stand in any text")
    said = c.expect("USER " + t.server.user, 331).text + c.expect("PASS " + t.server.password, 230).text
    said += c.ask("STAT").text + c.ask("PASS " + t.server.password).text
    t.true(t.server.password not in said, "there it is")


@case("words.http", "CVE-2021-3618", MUST,
      "A request of HTTP is answered with errors, or ends the connection; nothing of it is carried out")
def _(t):
    c = t.connect()
    c.send_raw(b"POST / HTTP/1.1\r\nHost: example.org\r\nContent-Length: 8\r\n\r\nNOTHING\r\nSYST\r\n")
    try:
        for _ in range(8):
            answer = c.reply(patience=3)
            if answer.code in (215, 530):
                return
            t.true(answer.code // 100 in (4, 5), f"it was answered {answer}")
    except Closed:
        return


@case("words.cr", "RFC 2640 §3.1", MUST, "A name with a CR in it does not make a line of its own in a reply")
def _(t):
    c = t.login()
    name = b"a\r226 Forged"
    c.offered(b"MKD " + name, 257, refusals=(500, 501, 550, 553))
    c.expect(b"CWD " + name, 250)
    answer = c.expect("PWD", 257)
    c.expect("CWD ..", 250)
    c.expect(b"RMD " + name, 250)
    t.true(not re.search(rb"\r(?![\n\0])", b"".join(answer.lines)), f"a bare CR in {answer.lines}")
    c.in_step()


@case("words.nul", "RFC 959 §5.3", MUST, "A NUL does not cut a name short: STOR of a<NUL>b does not make a")
def _(t):
    c = t.image()
    t.will_make("a")
    data = c.passive()
    try:
        if c.ask(b"STOR a\0b").code in PRELIMINARY:
            data.start().send(b"x")
            data.close()
            c.reply(*COMPLETE, "4xx", "5xx")
    except Closed:
        pass
    t.true(b"a" not in t.names(), "it was made")


@case("login.limit", "RFC 2577 §5", SHOULD,
      "Nobody may guess passwords without end: after ten, the connection is closed, or it has taken 20 seconds")
def _(t):
    c = t.connect()
    begin = time.monotonic()
    try:
        for _ in range(10):
            c.ask("USER " + t.server.user, patience=20)
            if c.ask("PASS wrong-" + "x" * 8, patience=20).code == 421 or time.monotonic() - begin > 20:
                return
    except Closed:
        return
    except Silent:
        pass
    t.true(time.monotonic() - begin > 20, f"ten guesses took {time.monotonic() - begin:.1f} s")
