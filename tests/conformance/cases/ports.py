"""How a data connection comes about: PORT, PASV, EPRT, EPSV, LPRT, LPSV, and the default port."""
import re
import socket

from battery import MAY, MUST, SHOULD, case
from ftp import COMPLETE, LACKS, PRELIMINARY, REFUSED, Failed, NotOffered, Skipped

CONTENT = bytes(range(256)) * 64


def four(c):
    if c.six:
        raise Skipped("needs IPv4")
    return c


def six(t):
    if not t.server.host6:
        raise Skipped("needs --host6")
    return t.image(host=t.server.host6)


def ready(t):
    t.put("file", CONTENT)
    return t.image()


def active(t, c, line):
    """RETR over a connection that the server makes to the address that `line` names."""
    listener = c.listen()
    port = listener.getsockname()[1]
    c.expect(line(port), 200)
    c.send("RETR file")
    data = c.accept(listener)
    c.reply(*PRELIMINARY)
    t.equal(CONTENT, data.start().receive_all(), "the file")
    data.close()
    c.reply(*COMPLETE)


def has_eprt(t, c):
    """Some servers connect as soon as they hear of a port, so there must be one."""
    host, port = c.listen().getsockname()[:2]
    c.offered(f"EPRT |1|{host}|{port}|", 200)


def port_of(c, port, host=None):
    return "PORT " + ",".join([*(host or c.local[0]).split("."), str(port >> 8), str(port & 255)])


@case("pasv", "RFC 959 §4.1.2; RFC 1123 §4.1.2.6", MUST, "PASV is answered 227 with an address, and data goes over it")
def _(t):
    c = four(ready(t))
    host, port = c.pasv()
    data = c.dial(port, host)
    t.equal(CONTENT, c.download("RETR file", data), "the file")


@case("pasv.form", "RFC 959 §4.1.2; RFC 1123 §4.1.2.6", SHOULD, "The 227 has the six numbers in parentheses")
def _(t):
    answer = four(t.login()).expect("PASV", 227)
    t.true(re.search(r"\(\d{1,3}(,\d{1,3}){5}\)", answer.text), f"not so in: {answer}")


@case("pasv.each-time", "RFC 1123 §4.1.2.6", MUST, "Each transfer of many may have a PASV of its own")
def _(t):
    c = four(ready(t))
    for _ in range(10):
        t.equal(CONTENT, c.download("RETR file", c.dial(c.pasv()[1])), "the file")


@case("pasv.again", "RFC 959 §4.1.2", MUST, "A second PASV replaces the first")
def _(t):
    c = four(ready(t))
    c.pasv()
    t.equal(CONTENT, c.download("RETR file", c.dial(c.pasv()[1])), "the file")


@case("pasv.many", "RFC 959 §4.1.2", SHOULD, "Two hundred PASV in a row are all answered 227, and the last one works")
def _(t):
    c = four(ready(t))
    for _ in range(200):
        port = c.pasv()[1]
    t.equal(CONTENT, c.download("RETR file", c.dial(port)), "the file")


@case("pasv.connect-first", "RFC 959 §5.4", MUST, "The client may connect to the passive port before the command, or after it")
def _(t):
    c = four(ready(t))
    t.equal(CONTENT, c.download("RETR file", c.dial(c.pasv()[1])), "the file, connected before")
    port = c.pasv()[1]
    c.send("RETR file")
    data = c.dial(port)
    c.reply(*PRELIMINARY)
    t.equal(CONTENT, data.start().receive_all(), "the file, connected after")
    data.close()
    c.reply(*COMPLETE)


@case("port", "RFC 959 §4.1.2", MUST, "PORT is answered 200, and the server connects there")
def _(t):
    c = four(ready(t))
    active(t, c, lambda port: port_of(c, port))


@case("port.list", "RFC 959 §4.1.2", MUST, "LIST goes over a PORT, too")
def _(t):
    c = four(ready(t))
    listener = c.listen()
    c.expect(c.port_of(listener), 200)
    c.send("LIST")
    data = c.accept(listener)
    c.reply(*PRELIMINARY)
    t.true(b"file" in data.start().receive_all(), "the file is not in the list")
    data.close()
    c.reply(*COMPLETE)


@case("port.stor", "RFC 959 §4.1.2", MUST, "STOR takes a file over a PORT")
def _(t):
    c = four(t.image())
    listener = c.listen()
    c.expect(c.port_of(listener), 200)
    c.send("STOR new")
    data = c.accept(listener)
    c.reply(*PRELIMINARY)
    data.start().send(CONTENT)
    data.close()
    c.reply(*COMPLETE)
    t.equal(CONTENT, t.get("new"), "the file")


@case("port.replaces-pasv", "RFC 959 §4.1.2", SHOULD, "PORT after PASV replaces it, and PASV after PORT")
def _(t):
    c = four(ready(t))
    c.pasv()
    active(t, c, lambda port: port_of(c, port))
    listener = c.listen()
    c.expect(c.port_of(listener), 200)
    t.equal(CONTENT, c.download("RETR file", c.dial(c.pasv()[1])), "the file")


for id, line in (("short", "PORT 127,0,0,1,200"), ("long", "PORT 127,0,0,1,200,1,1"), ("letters", "PORT a,b,c,d,e,f"),
                 ("over-255", "PORT 127,0,0,1,256,1"), ("negative", "PORT 127,0,0,1,-1,1"), ("missing", "PORT"),
                 ("empty-field", "PORT 127,0,0,,200,1")):
    def wrong(line=line):
        @case("port.wrong-" + id, "RFC 959 §5.4", MUST, f'"{line}" is an error in syntax')
        def _(t):
            c = four(t.login())
            c.expect(line, 500, 501)
            c.in_step()
    wrong()


@case("port.nobody", "RFC 959 §5.4", MUST, "Where nobody listens at the PORT, the transfer is answered 425, or 426 after 150")
def _(t):
    c = four(ready(t))
    listener = c.listen()
    c.expect(c.port_of(listener), 200)
    listener.close()
    answer = c.ask("RETR file", patience=20)
    if answer.code in PRELIMINARY:
        c.reply(425, 426, patience=20)
    else:
        t.equal(425, answer.code, "the reply")
    c.in_step()


@case("port.default", "RFC 959 §3.2", MUST,
      "Without PORT or PASV, the server connects to the port of the client's control connection")
def _(t):
    t.put("file", CONTENT)
    sock = socket.socket(socket.AF_INET6 if ":" in t.server.host else socket.AF_INET)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    sock.bind(("", 0))
    c = four(t.image(local=sock))
    listener = c.listen(c.local[1])
    c.send("RETR file")
    listener.settimeout(5)
    try:
        data = c.accept(listener, patience=5)
    except Failed:
        raise Failed(f"it did not connect; RETR was answered {c.reply(patience=1)}") from None
    c.reply(*PRELIMINARY)
    t.equal(CONTENT, data.start().receive_all(), "the file")
    data.close()
    c.reply(*COMPLETE)


@case("eprt", "RFC 2428 §2", MUST, "EPRT with an IPv4 address is answered 200, and the server connects there")
def _(t):
    c = four(ready(t))
    has_eprt(t, c)
    active(t, c, lambda port: f"EPRT |1|{c.local[0]}|{port}|")


@case("eprt.delimiter", "RFC 2428 §2", MUST, "EPRT takes any printable delimiter")
def _(t):
    c = four(ready(t))
    has_eprt(t, c)
    active(t, c, lambda port: f"EPRT ~1~{c.local[0]}~{port}~")


@case("eprt.protocol", "RFC 2428 §2", MUST, "EPRT of an unknown protocol is answered 522 and the list of known ones")
def _(t):
    c = four(t.login())
    has_eprt(t, c)
    answer = c.expect("EPRT |9|127.0.0.1|40000|", 522)
    t.true(re.search(r"\([0-9]+(,[0-9]+)*\)", answer.text), f"no list such as (1,2) in: {answer}")


for id, line in (("missing", "EPRT"), ("fields", "EPRT |1|127.0.0.1|"), ("address", "EPRT |1|127.0.0|40000|"),
                 ("port", "EPRT |1|127.0.0.1|65536|"), ("mixed", "EPRT |1!127.0.0.1|40000|"),
                 ("family", "EPRT |2|127.0.0.1|40000|")):
    def wrong_extended(line=line):
        @case("eprt.wrong-" + id, "RFC 2428 §2; RFC 959 §5.4", MUST, f'"{line}" is refused')
        def _(t):
            c = four(t.login())
            has_eprt(t, c)
            c.expect(line, "4xx", "5xx")
            c.in_step()
    wrong_extended()


@case("epsv", "RFC 2428 §3", MUST, "EPSV is answered 229 (|||port|), and data goes over it")
def _(t):
    c = ready(t)
    if c.ask("EPSV").code in REFUSED:
        raise NotOffered("EPSV")
    t.equal(CONTENT, c.download("RETR file", c.dial(c.epsv())), "the file")


@case("epsv.stor", "RFC 2428 §3", MUST, "STOR takes a file over EPSV")
def _(t):
    c = t.image()
    if c.ask("EPSV").code in REFUSED:
        raise NotOffered("EPSV")
    c.upload("STOR new", CONTENT, c.dial(c.epsv()))
    t.equal(CONTENT, t.get("new"), "the file")


@case("epsv.protocol", "RFC 2428 §3", MUST, "EPSV with the number of the protocol in use is answered 229")
def _(t):
    c = ready(t)
    if c.ask("EPSV").code in REFUSED:
        raise NotOffered("EPSV")
    t.equal(CONTENT, c.download("RETR file", c.dial(c.epsv("2" if c.six else "1"))), "the file")


@case("epsv.unknown", "RFC 2428 §3", MUST, "EPSV of an unknown protocol is answered 522 and the list of known ones")
def _(t):
    c = t.login()
    c.offered("EPSV", 229)
    answer = c.expect("EPSV 9", 522)
    t.true(re.search(r"\([0-9]+(,[0-9]+)*\)", answer.text), f"no list such as (1,2) in: {answer}")


@case("epsv.wrong", "RFC 2428 §3", MUST, "EPSV of a word that is no number is refused")
def _(t):
    c = t.login()
    c.offered("EPSV", 229)
    c.expect("EPSV xyz", "5xx")


@case("epsv.each-time", "RFC 2428 §3", MUST, "Each transfer of many may have an EPSV of its own")
def _(t):
    c = ready(t)
    c.offered("EPSV", 229)
    for _ in range(10):
        t.equal(CONTENT, c.download("RETR file", c.dial(c.epsv())), "the file")


@case("epsv-all", "RFC 2428 §4", MUST, "EPSV ALL is accepted, and EPSV goes on working")
def _(t):
    c = ready(t)
    c.offered("EPSV ALL", "2xx", refusals=LACKS)
    for _ in range(2):
        t.equal(CONTENT, c.download("RETR file", c.dial(c.epsv())), "the file")


for verb, line in (("PORT", "PORT 127,0,0,1,200,1"), ("PASV", "PASV"), ("EPRT", "EPRT |1|127.0.0.1|51201|")):
    def after_all(verb=verb, line=line):
        @case("epsv-all." + verb.lower(), "RFC 2428 §4", MUST, f"After EPSV ALL, {verb} is refused")
        def _(t):
            c = four(t.login())
            c.offered("EPSV ALL", "2xx", refusals=LACKS)
            c.expect(line, "5xx")
    after_all()


@case("ipv6.epsv", "RFC 2428 §3", MUST, "Over IPv6, EPSV works")
def _(t):
    t.put("file", CONTENT)
    c = six(t)
    t.equal(CONTENT, c.download("RETR file", c.dial(c.epsv())), "the file")


@case("ipv6.eprt", "RFC 2428 §2", MUST, "Over IPv6, EPRT works")
def _(t):
    t.put("file", CONTENT)
    c = six(t)
    active(t, c, lambda port: f"EPRT |2|{c.local[0]}|{port}|")


@case("ipv6.pasv", "RFC 2428 §1", MUST, "Over IPv6, PASV is refused, for its reply has no room for the address")
def _(t):
    six(t).expect("PASV", "4xx", "5xx")


@case("lpsv", "RFC 1639 §2", MAY, "LPSV is answered 228 with a long address, and data goes over it")
def _(t):
    c = ready(t)
    answer = c.offered("LPSV", 228)
    found = re.search(r"\((\d+(?:,\d+)+)\)", answer.text)
    t.true(found, f"no address in: {answer}")
    numbers = [int(number) for number in found[1].split(",")]
    family, length = numbers[:2]
    t.equal((6, 16) if c.six else (4, 4), (family, length), "address family and length")
    t.equal(2, numbers[2 + length], "the length of the port")
    high, low = numbers[3 + length:]
    t.equal(CONTENT, c.download("RETR file", c.dial(high * 256 + low)), "the file")


@case("lprt", "RFC 1639 §2", MAY, "LPRT is answered 200, and the server connects there")
def _(t):
    c = four(ready(t))
    address = ",".join(c.local[0].split("."))
    port = c.listen().getsockname()[1]
    c.offered(f"LPRT 4,4,{address},2,{port >> 8},{port & 255}", 200)
    active(t, c, lambda port: f"LPRT 4,4,{address},2,{port >> 8},{port & 255}")


@case("lprt.family", "RFC 1639 §2", MAY, "LPRT of an unknown address family is answered 521")
def _(t):
    c = four(t.login())
    c.offered("LPRT 4,4,127,0,0,1,2,200,1", 200)
    answer = c.expect("LPRT 16,4,127,0,0,1,2,200,1", 521)
    t.true(re.search(r"\(\d+(,\d+)*\)", answer.text), f"no list of families in: {answer}")


@case("lprt.wrong", "RFC 1639 §2", MAY, "LPRT whose lengths do not fit is an error in syntax")
def _(t):
    c = four(t.login())
    c.offered("LPRT 4,4,127,0,0,1,2,200,1", 200)
    c.expect("LPRT 4,4,127,0,0,1,3,200,1", 500, 501)


@case("epsv-all.lprt", "RFC 2428 §4; RFC 1639", MAY, "After EPSV ALL, LPRT and LPSV are refused")
def _(t):
    c = four(t.login())
    c.offered("LPSV", 228)
    c.expect("EPSV ALL", "2xx")
    c.expect("LPSV", "5xx")
    c.expect("LPRT 4,4,127,0,0,1,2,200,1", "5xx")


def established(t, c, verb, at):
    """What ESTA or ESTP tells is where the connection comes from that the transfer then takes."""
    answer = c.offered(verb, 225)
    told = re.search(r"\(\|([12])\|([^|]+)\|(\d+)\|\)", answer.text)
    t.true(told is not None, f"no (|family|address|port|) in: {answer}")
    data, address, port = at()
    t.equal(("2" if c.six else "1", address, str(port)), told.groups(), "where the data connection comes from")
    data = c.begin("RETR file", data)
    t.equal(CONTENT, data.receive_all(), "the file")
    data.close()
    c.reply(*COMPLETE)


@case("data.estp", "in use, unspecified", MAY, "ESTP after EPSV tells which client has made the data connection: 225")
def _(t):
    c = ready(t)
    data = c.passive()
    established(t, c, "ESTP", lambda: (data, *data.stream.raw.getsockname()[:2]))


@case("data.esta", "in use, unspecified", MAY, "ESTA after PORT makes the data connection and tells where it comes from: 225")
def _(t):
    c = ready(t)
    listener = c.listen()
    c.expect(c.port_of(listener), 200)

    def accepted():
        data = c.accept(listener)
        return (data, *data.stream.raw.getpeername()[:2])
    established(t, c, "ESTA", accepted)


@case("data.closed", "RFC 959 §3.2", MUST, "In stream mode the server closes the data connection at the end of the file")
def _(t):
    c = ready(t)
    data = c.begin("RETR file", c.passive())
    t.equal(CONTENT, data.receive_all(), "the file up to the end of the connection")
    data.close()
    c.reply(*COMPLETE)
