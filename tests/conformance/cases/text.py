"""TYPE A and TYPE E: what happens to lines."""
import time

from battery import MAY, MUST, SHOULD, case
from ftp import COMPLETE, LACKS, Skipped

ASCII = "RFC 959 §3.1.1.1"
EBCDIC = "RFC 959 §3.1.1.2"
WIRE = b"one\r\n\r\ntwo three\r\n"
# Lines of every length up to 120, so that in 300 KB their ends fall on each side of every boundary of a buffer.
LONG = b"".join(bytes([97 + length % 26]) * length + b"\n" for length in range(120)) * 40


def unix(t, c):
    if "UNIX" not in c.expect("SYST", 215).text.upper():
        raise Skipped("not a Unix host: how it keeps lines is its own affair")


def ascii(t):
    c = t.login()
    c.expect("TYPE A", 200)
    return c


@case("ascii.retr", ASCII, MUST, "RETR in type A ends each line with CR LF")
def _(t):
    c = ascii(t)
    unix(t, c)
    t.put("text", b"one\n\ntwo three\n")
    t.equal(WIRE, c.download("RETR text"), "the text on the wire")


@case("ascii.stor", ASCII, MUST, "STOR in type A keeps lines as the host does: with LF on Unix")
def _(t):
    c = ascii(t)
    unix(t, c)
    c.upload("STOR text", WIRE)
    t.equal(b"one\n\ntwo three\n", t.get("text"), "the file")


@case("ascii.round", ASCII, MUST, "A text stored in type A comes back the same in type A")
def _(t):
    c = ascii(t)
    c.upload("STOR text", WIRE)
    t.equal(WIRE, c.download("RETR text"), "the text")


@case("ascii.retr-long", ASCII, MUST, "Line ends are right at every boundary: a text of 300 KB, down")
def _(t):
    c = ascii(t)
    unix(t, c)
    t.put("text", LONG)
    t.equal(LONG.replace(b"\n", b"\r\n"), c.download("RETR text"), "the text on the wire")


@case("ascii.stor-long", ASCII, MUST, "Line ends are right at every boundary: a text of 300 KB, up")
def _(t):
    c = ascii(t)
    unix(t, c)
    c.upload("STOR text", LONG.replace(b"\n", b"\r\n"))
    t.equal(LONG, t.get("text"), "the file")


@case("ascii.stor-split", ASCII, MUST, "A CR and its LF may come in two segments")
def _(t):
    c = ascii(t)
    unix(t, c)
    data = c.begin("STOR text")
    for piece in (b"one\r", b"\ntwo\r", b"\n", b"three\r\n"):
        data.send(piece)
        time.sleep(0.1)
    data.close()
    c.reply(*COMPLETE)
    t.equal(b"one\ntwo\nthree\n", t.get("text"), "the file")


@case("ascii.no-end", ASCII, MUST, "A last line without an end gets none, either way")
def _(t):
    c = ascii(t)
    c.upload("STOR text", b"one\r\ntwo")
    t.equal(b"one\r\ntwo", c.download("RETR text"), "the text")


@case("ascii.empty", ASCII, MUST, "An empty file is empty in type A")
def _(t):
    t.put("text", b"")
    t.equal(b"", ascii(t).download("RETR text"), "the text")


@case("ascii.ends-with-cr", ASCII, SHOULD, "A CR at the very end of an upload is not lost")
def _(t):
    c = ascii(t)
    c.upload("STOR text", b"one\r")
    t.true(t.get("text").startswith(b"one\r"), "the CR is gone")


@case("ascii.bare-cr", "RFC 959 §3.1.1.1; RFC 854", SHOULD, "A CR inside a line is not lost on the way down")
def _(t):
    c = ascii(t)
    unix(t, c)
    t.put("text", b"one\rtwo\n")
    got = c.download("RETR text")
    t.true(got in (b"one\rtwo\r\n", b"one\r\0two\r\n"), f"on the wire it is {got!r}")


@case("ascii.high", ASCII, SHOULD, "Letters in UTF-8 go through type A unharmed")
def _(t):
    c = ascii(t)
    text = "Grüße\r\n日本\r\n".encode()
    c.upload("STOR text", text)
    t.equal(text, c.download("RETR text"), "the text")


@case("ascii.appe", ASCII, MUST, "APPE in type A adds lines as the host keeps them")
def _(t):
    c = ascii(t)
    c.upload("STOR text", b"one\r\n")
    c.upload("APPE text", b"two\r\n")
    t.equal(b"one\r\ntwo\r\n", c.download("RETR text"), "the text")


@case("ascii.format-t", "RFC 1123 §4.1.2.2", SHOULD, "Type A T is carried out as type A N where the host knows no difference")
def _(t):
    t.put("text", b"one\ntwo\n")
    plain = ascii(t).download("RETR text")
    t.true(plain.startswith(b"one"), f"the text comes as {plain!r}")
    c = t.login()
    c.offered("TYPE A T", 200, refusals=LACKS)
    t.equal(plain, c.download("RETR text"), "the text")


@case("ascii.format-c", "RFC 959 §3.1.1.5.3", MAY, "A text stored in type A C comes back the same in type A C")
def _(t):
    c = t.login()
    c.offered("TYPE A C", 200, refusals=LACKS)
    text = b" one\r\n0two\r\n1three\r\n+four\r\n"
    c.upload("STOR text", text)
    t.equal(text, c.download("RETR text"), "the text")


@case("ascii.back-to-image", ASCII, MUST, "TYPE I after TYPE A leaves every byte alone again")
def _(t):
    content = b"\r\n\n\r\0\r\n"
    c = ascii(t)
    c.expect("TYPE I", 200)
    c.upload("STOR file", content)
    t.equal(content, t.get("file"), "the file")


def ebcdic(t):
    c = t.login()
    c.offered("TYPE E", 200, refusals=LACKS)
    return c


ENDS = (b"\x15", b"\x25", b"\x0d\x25", b"\x0d\x15")  # NL first of all (RFC 959 §3.1.1.2); hosts that have LF
WORDS = "One Two 019 Zz".encode("cp1140")  # letters, digits and space: the same in all code pages


@case("ebcdic.retr", EBCDIC, MUST, "RETR in type E sends letters, digits and spaces in EBCDIC")
def _(t):
    c = ebcdic(t)
    t.put("text", b"One Two 019 Zz\n")
    got = c.download("RETR text")
    t.true(got in [WORDS + end for end in ENDS], f"on the wire it is {got!r}")


@case("ebcdic.newline", EBCDIC, SHOULD, "RETR in type E ends each line with NL, 0x15")
def _(t):
    c = ebcdic(t)
    t.put("text", b"One Two 019 Zz\nOne Two 019 Zz\n")
    t.equal((WORDS + b"\x15") * 2, c.download("RETR text"), "the text on the wire")


@case("ebcdic.stor", EBCDIC, MUST, "STOR in type E keeps a text as the host does")
def _(t):
    c = ebcdic(t)
    unix(t, c)
    c.upload("STOR text", WORDS + b"\x15" + WORDS + b"\x15")
    t.equal(b"One Two 019 Zz\n" * 2, t.get("text"), "the file")


@case("ebcdic.round", EBCDIC, SHOULD, "All printable characters of ASCII come back from type E as they went in type A")
def _(t):
    c = ebcdic(t)
    text = bytes(range(32, 127)) + b"\r\n"
    c.expect("TYPE A", 200)
    c.upload("STOR text", text)
    c.expect("TYPE E", 200)
    wire = c.download("RETR text")
    c.upload("STOR back", wire)
    c.expect("TYPE A", 200)
    t.equal(text, c.download("RETR back"), "the text")


@case("ebcdic.list", "RFC 1123 §4.1.2.7", SHOULD, "In type E, NLST is in EBCDIC, too")
def _(t):
    t.put("NAME1")
    c = ebcdic(t)
    got = c.download("NLST")
    t.true(got in ["NAME1".encode("cp1140") + end for end in ENDS], f"on the wire it is {got!r}")
