"""ABOR in each phase of a transfer."""
import time

from battery import MUST, SHOULD, case
from ftp import COMPLETE, Closed

SECTION = "RFC 959 §4.1.3, §5.4"
SYNCH = "RFC 959 §4.1.3; RFC 854"
BIG = bytes(range(256)) * 65536  # 16 MiB: more than sockets hold


def under_way(t):
    """A RETR that cannot come to its end, for nobody reads it."""
    t.put("file", BIG)
    c = t.image()
    data = c.begin("RETR file", c.passive(receive_buffer=4096))
    data.receive(1000)
    return c, data


def half_sent(c):
    """A STOR under way."""
    data = c.begin("STOR file")
    data.send(b"n" * 2000)
    time.sleep(0.2)
    return data


def aborted(c):
    """The replies to a transfer that ABOR stops: 426 and 226."""
    c.reply(426, patience=5)
    c.reply(225, 226)
    c.in_step()


def stopped(c, data, *lines):
    """Sends urgent commands during a RETR, and reads what still comes of the data, as a client does that wants to be rid of
    it. The replies to the transfer and to the first ABOR; and how many bytes came."""
    c.urgent(*lines)
    time.sleep(0.3)
    came = 0
    try:
        while got := data.stream.receive():
            came += len(got)
    except Closed:
        pass
    data.stream.close()
    c.reply(426, *COMPLETE)
    c.reply(225, 226)
    return came


@case("abor.idle", SECTION, MUST, "ABOR without a transfer is answered 225 or 226")
def _(t):
    c = t.login()
    c.expect("ABOR", 225, 226)
    c.in_step()


@case("abor.passive", SECTION, MUST, "ABOR after PASV, before a transfer, is answered 225 or 226")
def _(t):
    c = t.login()
    c.passive()
    c.expect("ABOR", 225, 226)
    c.in_step()


@case("abor.after", SECTION, MUST, "ABOR after a transfer that is done is answered 225 or 226")
def _(t):
    t.put("file")
    c = t.image()
    c.download("RETR file")
    c.expect("ABOR", 225, 226)
    c.in_step()


@case("abor.retr", SYNCH, MUST, "ABOR behind IP and Synch during RETR: 426 for the transfer, then 226 for ABOR")
def _(t):
    c, _ = under_way(t)
    c.urgent("ABOR")
    aborted(c)


@case("abor.retr-plain", SECTION, SHOULD, "ABOR alone, too, stops a RETR that nobody reads")
def _(t):
    c, _ = under_way(t)
    c.send("ABOR")
    aborted(c)


@case("abor.retr-read", SECTION, MUST,
      "ABOR during a RETR that the client reads on: two replies, 426 or 226 for the transfer, and 225 or 226")
def _(t):
    c, data = under_way(t)
    stopped(c, data, "ABOR")
    c.in_step()


@case("abor.closes", SECTION, MUST, "After ABOR of a RETR the data connection is closed before the file's end")
def _(t):
    c, data = under_way(t)
    t.true(stopped(c, data, "ABOR") + 1000 < len(BIG), "the whole file came")


@case("abor.stor", SYNCH, MUST, "ABOR behind IP and Synch during STOR: 426 for the transfer, then 226 for ABOR")
def _(t):
    c = t.image()
    half_sent(c)
    c.urgent("ABOR")
    aborted(c)


@case("abor.stor-plain", SECTION, SHOULD, "ABOR alone, too, stops a STOR that sends nothing")
def _(t):
    c = t.image()
    half_sent(c)
    c.send("ABOR")
    aborted(c)


@case("abor.waiting", SECTION, MUST, "ABOR before the client has made the data connection stops the transfer")
def _(t):
    t.put("file")
    c = t.image()
    c.passive_port()
    c.send("RETR file")
    time.sleep(0.3)
    c.urgent("ABOR")
    if c.reply(125, 150, 425, 426, patience=5).code in (125, 150):
        c.reply(425, 426, patience=5)
    c.reply(225, 226)
    c.in_step()


@case("abor.list", SECTION, SHOULD, "ABOR during a listing: its replies and that of ABOR come, and the session is in step")
def _(t):
    t.put("file")
    c = t.image()
    data = c.begin("LIST")
    c.send("ABOR")
    try:
        data.receive_all()
    except Closed:
        pass
    data.stream.close()
    c.reply(426, *COMPLETE)
    c.reply(225, 226)
    c.in_step()


@case("abor.then-retr", SECTION, MUST, "After ABOR the next transfer works")
def _(t):
    c, data = under_way(t)
    stopped(c, data, "ABOR")
    t.equal(BIG, c.download("RETR file"), "the file")


@case("abor.twice", SECTION, MUST, "Two ABOR in a row are both answered")
def _(t):
    c, data = under_way(t)
    stopped(c, data, "ABOR", "ABOR")
    c.reply(225, 226)
    c.in_step()


@case("abor.then-command", SECTION, MUST, "A command sent right behind ABOR is answered behind it")
def _(t):
    c, data = under_way(t)
    stopped(c, data, "ABOR", "PWD")
    c.reply(257)
    c.in_step()


@case("abor.old-file", "RFC 959 §4.1.3", SHOULD, "ABOR of a STOR onto a file leaves no mixture of old and new")
def _(t):
    t.put("file", b"o" * 3000)
    c = t.image()
    half_sent(c)
    c.urgent("ABOR")
    aborted(c)
    left = t.get("file") if t.exists("file") else b""
    t.true(set(left) in ({*b"o"}, {*b"n"}, set()), "the file has bytes of both")
