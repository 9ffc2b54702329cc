"""The control connection: greeting, lines, Telnet, the form of replies."""
import re
import socket
import time

from battery import MAY, MUST, SHOULD, case
from ftp import DM, DO, DONT, IAC, IP, WILL, WONT, Closed, Failed, NotOffered, Silent

LONG = 1 << 20


@case("greeting.220", "RFC 959 §5.4", MUST, "The server greets with 220, or with 120 and then 220")
def _(t):
    c = t.connect(greeting=False)
    if c.reply(120, 220).code == 120:
        c.reply(220, patience=20)


@case("greeting.format", "RFC 959 §4.2", MUST,
      "The greeting is lines of text that end with CR LF, the last with code and space")
def _(t):
    for line in t.connect(greeting=False).reply(220).lines:
        t.true(re.fullmatch(rb"[^\r\n\0]*\r\n", line), f"not a line of a reply: {line!r}")
        last = line
    t.true(last.startswith(b"220 "), f"ends with {last!r}")


@case("greeting.many", "RFC 959 §5.4", SHOULD, "Ten connections at one time are all greeted")
def _(t):
    for c in [t.connect(greeting=False) for _ in range(10)]:
        c.reply(220)


@case("line.verb-case", "RFC 959 §5.3", MUST, "Verbs may be written in small letters, or mixed ones")
def _(t):
    c = t.login()
    c.expect("noop", 200)
    c.expect("pWd", 257)


@case("line.argument-case", "RFC 959 §5.3", MUST, "Words of arguments may be written in small letters")
def _(t):
    c = t.login()
    c.expect("TYPE i", 200)
    c.expect("type a n", 200)
    c.expect("stru f", 200)
    c.expect("mode s", 200)


@case("line.byte-by-byte", "RFC 1123 §4.1.2.10", MUST, "A command may come one byte at a time")
def _(t):
    c = t.login()
    for byte in b"PWD\r\n":
        c.send_raw(bytes([byte]))
        time.sleep(0.01)
    c.reply(257)
    c.in_step()


@case("line.cr-then-lf", "RFC 1123 §4.1.2.10", MUST, "CR and LF may come apart: one command, one reply")
def _(t):
    c = t.login()
    c.send_raw(b"NOOP\r")
    time.sleep(0.1)
    c.send_raw(b"\n")
    c.reply(200)
    c.in_step()


@case("line.pipelined", "RFC 1123 §4.1.2.10", MUST, "Several commands in one segment are answered one by one, in order")
def _(t):
    c = t.login()
    c.send_raw(b"NOOP\r\nPWD\r\nSYST\r\n" * 10)
    for _ in range(10):
        c.reply(200)
        c.reply(257)
        c.reply(215)
    c.in_step()


@case("line.pipelined-split", "RFC 1123 §4.1.2.10", MUST, "A segment may end in the middle of the second of its commands")
def _(t):
    c = t.login()
    c.send_raw(b"NOOP\r\nPW")
    c.reply(200)
    c.send_raw(b"D\r\nSYS")
    c.reply(257)
    c.send_raw(b"T\r\n")
    c.reply(215)


def before_syst(c):
    """The codes of the replies up to that of a SYST that was sent."""
    codes = []
    while True:
        answer = c.reply()
        if answer.code == 215:
            return codes
        codes.append(answer.code)
        if len(codes) > 1000:
            raise Failed("a thousand replies to a handful of lines")


@case("line.empty", "RFC 959 §5.3", SHOULD, "An empty line is ignored or refused once, and the session goes on")
def _(t):
    c = t.login()
    c.send_raw(b"\r\nSYST\r\n")
    codes = before_syst(c)
    t.true(codes in ([], [500], [501], [502]), f"an empty line was answered {codes}")


@case("line.bare-lf", "RFC 959 §5.3", SHOULD, "A line that ends with LF alone does not bring commands and replies out of step")
def _(t):
    c = t.login()
    c.send_raw(b"PWD\nSYST\r\n")
    try:
        codes = before_syst(c)
        t.true(codes in ([257], [500], [501]), f"it was answered {codes}")
    except Silent:  # one line with a LF in it, refused as a whole
        pass
    c.in_step()


@case("line.long", "RFC 959 §4.2.2", SHOULD, "A line of 8,000 bytes is answered with one error, and the session goes on")
def _(t):
    c = t.login()
    c.send_raw(b"XYZZY " + b"a" * 8000 + b"\r\nSYST\r\n")
    codes = before_syst(c)
    t.true(codes in ([500], [501], [502]), f"it was answered {codes[:10]}")
    c.in_step()


@case("line.endless", "RFC 959 §4.2.2", SHOULD,
      "A megabyte without a line end is refused with one error, or by 421 and closing")
def _(t):
    c = t.login()
    try:
        c.send_raw(b"XYZZY " + b"a" * LONG + b"\r\nSYST\r\n")
        codes = before_syst(c)
    except Closed:
        return
    t.true(codes in ([500], [501], [502]), f"it was answered {len(codes)} times: {codes[:5]}")


@case("line.long-path", "RFC 959 §4.2.2", SHOULD, "A path of 5,000 bytes is refused with one reply, and the session goes on")
def _(t):
    c = t.login()
    c.send_raw(b"CWD /" + b"/".join([b"d" * 100] * 50) + b"\r\nSYST\r\n")
    codes = before_syst(c)
    t.true(len(codes) == 1 and codes[0] // 100 == 5, f"it was answered {codes[:10]}")


@case("line.nul", "RFC 959 §5.3", SHOULD, "A NUL in a command is refused, not taken for its end")
def _(t):
    c = t.login()
    c.send_raw(b"CWD /\0/nowhere-at-all\r\nSYST\r\n")
    codes = before_syst(c)
    t.true(len(codes) == 1 and codes[0] // 100 == 5, f"it was answered {codes}")


@case("line.high-bytes", "RFC 959 §4.2.2", MUST, "A verb of bytes over 127 is refused, and the session goes on")
def _(t):
    c = t.login()
    c.send_raw(b"\xc3\xa4\xe2\x82\xac x\r\nSYST\r\n")
    codes = before_syst(c)
    t.true(len(codes) == 1 and codes[0] // 100 == 5, f"it was answered {codes}")


@case("line.unknown", "RFC 959 §5.4", MUST, "A command that no one knows is answered 500 or 502")
def _(t):
    t.login().expect("XYZZ", 500, 502)


@case("line.unknown-long", "RFC 959 §5.4", MUST, "A word of twenty letters is no command: 500 or 502")
def _(t):
    t.login().expect("NOOPNOOPNOOPNOOPNOOP", 500, 502)


@case("line.prefix", "RFC 959 §5.3", MUST, "A verb must be whole: NOO is not NOOP, and NOOPS neither")
def _(t):
    c = t.login()
    c.expect("NOO", 500, 502)
    c.expect("NOOPS", 500, 502)


@case("line.half-closed", "RFC 959 §4", SHOULD, "Commands sent before the client closes its side are answered")
def _(t):
    t.in_the_clear()
    c = t.login()
    c.send_raw(b"PWD\r\n")
    c.stream.raw.shutdown(socket.SHUT_WR)
    c.reply(257)


@case("telnet.do", "RFC 959 §2.3", MUST, "A Telnet option in front of a command does not become part of it")
def _(t):
    c = t.login()
    c.send_raw(bytes([IAC, DO, 1]) + b"PWD\r\n")
    c.reply(257)
    c.in_step()


@case("telnet.refuses-do", "RFC 854; RFC 1123 §3.2.1", SHOULD, "IAC DO of an option is answered IAC WONT")
def _(t):
    c = t.login()
    c.send_raw(bytes([IAC, DO, 1]) + b"PWD\r\n")
    c.reply(257)
    c.in_step()
    t.true(bytes([IAC, WONT, 1]) in c.telnet, f"Telnet that came: {bytes(c.telnet)!r}")


@case("telnet.refuses-will", "RFC 854; RFC 1123 §3.2.1", SHOULD, "IAC WILL of an option is answered IAC DONT")
def _(t):
    c = t.login()
    c.send_raw(bytes([IAC, WILL, 24]) + b"PWD\r\n")
    c.reply(257)
    c.in_step()
    t.true(bytes([IAC, DONT, 24]) in c.telnet, f"Telnet that came: {bytes(c.telnet)!r}")


@case("telnet.inside", "RFC 854", SHOULD, "A Telnet command in the middle of a verb is taken out of it")
def _(t):
    c = t.login()
    c.send_raw(b"PW" + bytes([IAC, 241]) + b"D\r\n")  # 241: NOP
    c.reply(257)


@case("telnet.split", "RFC 854; RFC 1123 §4.1.2.10", SHOULD, "A Telnet command may come in pieces")
def _(t):
    c = t.login()
    for piece in (b"PW" + bytes([IAC]), bytes([DO]), bytes([1]) + b"D\r\n"):
        c.send_raw(piece)
        time.sleep(0.05)
    c.reply(257)


@case("telnet.iac-iac", "RFC 854", MAY, "A doubled IAC is the byte 255 of a name")
def _(t):
    c = t.login()
    c.offered(b"MKD a\xff\xffb", 257, refusals=(501, 550, 553))
    t.equal([b"a\xffb"], t.names(), "names in the folder")


@case("telnet.ip-abor", "RFC 959 §4.1.3", MUST, "IAC IP, IAC DM and ABOR without a transfer: one reply, 225 or 226")
def _(t):
    c = t.login()
    c.send_raw(bytes([IAC, IP, IAC, DM]) + b"ABOR\r\n")
    c.reply(225, 226)
    c.in_step()


@case("telnet.synch-abor", "RFC 959 §4.1.3; RFC 854", MUST, "The same with the Synch as urgent data")
def _(t):
    t.in_the_clear()
    c = t.login()
    c.urgent("ABOR")
    c.reply(225, 226)
    c.in_step()


@case("reply.line-ends", "RFC 959 §4.2", MUST, "All lines of all replies end with CR LF")
def _(t):
    c = t.connect(greeting=False)
    replies = [c.reply(220)]
    for line in ("SYST", "HELP", "FEAT", "NOOP", "XYZZ", "USER " + t.server.user, "PASS " + t.server.password, "PWD", "STAT",
                 "HELP RETR", "CWD nowhere-at-all", "TYPE Q", "QUIT"):
        replies.append(c.ask(line))
    for answer in replies:
        for line in answer.lines:
            t.true(re.fullmatch(rb"[^\r\n\0]*\r\n", line), f"not a line of a reply: {line!r}")


@case("reply.last-line", "RFC 959 §4.2", MUST, "The last line of every reply has its code, a space and text")
def _(t):
    c = t.login()
    for line in ("SYST", "HELP", "FEAT", "NOOP", "XYZZ", "PWD", "STAT", "CWD nowhere-at-all", "TYPE Q"):
        answer = c.ask(line)
        last = answer.lines[-1]
        t.true(re.fullmatch(rb"%03d [^\r\n]+\r?\n" % answer.code, last), f"{line}: the last line is {last!r}")


@case("reply.no-lookalike", "RFC 959 §4.2", SHOULD, "No line inside a reply of several begins with three digits and a space")
def _(t):
    c = t.login()
    for line in ("HELP", "FEAT", "STAT"):
        for inside in c.ask(line).lines[1:-1]:
            t.true(not re.match(rb"\d\d\d ", inside), f"{line}: {inside!r} looks like the end")


@case("reply.in-step", "RFC 959 §5.4", MUST,
      "Replies of several lines end where they say: the next reply is that of the next command")
def _(t):
    c = t.login()
    for line in ("HELP", "FEAT", "STAT", "HELP RETR", "SITE HELP"):
        c.ask(line)
        c.in_step()


@case("quit", "RFC 959 §4.1.1", MUST, "QUIT is answered 221, and the connection closed")
def _(t):
    c = t.login()
    c.expect("QUIT", 221)
    t.equal(b"", c.until_closed(), "after 221")


@case("quit.before-login", "RFC 959 §4.1.1", MUST, "QUIT works without a login")
def _(t):
    c = t.connect()
    c.expect("QUIT", 221)
    t.equal(b"", c.until_closed(), "after 221")


@case("quit.drops-the-rest", "RFC 959 §4.1.1", SHOULD, "What was sent behind QUIT is not carried out")
def _(t):
    c = t.login()
    c.send_raw(b"QUIT\r\nMKD late\r\n")
    c.reply(221)
    c.until_closed()
    t.equal([], t.names(), "names in the folder")


@case("noop", "RFC 959 §4.1.3", MUST, "NOOP is answered 200")
def _(t):
    t.login().expect("NOOP", 200)


@case("noop.before-login", "RFC 959 §4.1.3", MAY, "NOOP is answered 200 before the login, too")
def _(t):
    answer = t.connect().ask("NOOP")
    if answer.code == 530:
        raise NotOffered(str(answer))
    t.equal(200, answer.code, "the reply to NOOP")


@case("syst", "RFC 959 §4.1.3", MUST, "SYST is answered 215 and a system's name")
def _(t):
    answer = t.login().expect("SYST", 215)
    t.true(re.match(r"215 [A-Z][A-Z0-9/_-]*( |$)", answer.text), f"no name of a system in: {answer}")


@case("help", "RFC 959 §4.1.3; RFC 1123 §4.1.2.13", MUST, "HELP is answered 211 or 214")
def _(t):
    c = t.login()
    c.expect("HELP", 211, 214)
    c.in_step()


@case("help.command", "RFC 959 §4.1.3", SHOULD, "HELP of a command that the server has is answered 211 or 214, and names it")
def _(t):
    answer = t.login().offered("HELP RETR", 211, 214, refusals=(*range(500, 505),))
    t.true("RETR" in answer.text.upper(), f"no word of RETR in: {answer}")


@case("help.before-login", "RFC 959 §4.1.3", MAY, "HELP may be asked for before USER")
def _(t):
    t.connect().offered("HELP", 211, 214, refusals=(530, 500, 502))


@case("stat", "RFC 959 §4.1.3; RFC 1123 §4.1.2.13", MUST, "STAT without an argument is answered 211")
def _(t):
    c = t.login()
    c.expect("STAT", 211)
    c.in_step()
