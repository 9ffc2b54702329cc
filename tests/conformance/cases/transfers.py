"""RETR, STOR, STOU, APPE, and their replies, in stream mode and image type."""
import re
import time

from battery import MUST, SHOULD, case
from ftp import COMPLETE, PRELIMINARY, Closed, Failed

EVERY_BYTE = bytes(range(256)) * 5
BIG = bytes(at * 7 + at // 251 & 255 for at in range(1 << 16)) * 128  # 8 MiB


@case("retr", "RFC 959 §4.1.3, §5.4", MUST, "RETR is answered 125 or 150, then 226 or 250, and the file comes byte for byte")
def _(t):
    t.put("file", EVERY_BYTE)
    t.equal(EVERY_BYTE, t.image().download("RETR file"), "the file")


@case("retr.empty", "RFC 959 §4.1.3", MUST, "An empty file is a data connection without a byte, and 226 or 250")
def _(t):
    t.put("file", b"")
    t.equal(b"", t.image().download("RETR file"), "the file")


@case("retr.large", "RFC 959 §4.1.3", MUST, "A file of 8 MiB comes whole")
def _(t):
    t.put("file", BIG)
    t.equal(BIG, t.image().download("RETR file"), "the file")


@case("retr.path", "RFC 959 §5.3.2", MUST, "RETR takes an absolute path, and one into another folder")
def _(t):
    t.mkdir("a")
    t.put("a/file", EVERY_BYTE)
    c = t.image()
    t.equal(EVERY_BYTE, c.download("RETR a/file"), "the file by a relative path")
    t.equal(EVERY_BYTE, c.download(b"RETR " + t.path("a/file")), "the file by an absolute path")


@case("retr.missing", "RFC 959 §5.4", MUST, "RETR of what is not there is answered 550 or 450, without 150 before it")
def _(t):
    c = t.image()
    c.refused_data("RETR nowhere", 550, 450)
    c.in_step()


@case("retr.folder", "RFC 959 §5.4", MUST, "RETR of a folder is answered 550 or 450, without 150 before it")
def _(t):
    t.mkdir("folder")
    t.image().refused_data("RETR folder", 550, 450)


@case("retr.without-path", "RFC 959 §5.4", SHOULD, "RETR and STOR without a path are errors in syntax")
def _(t):
    c = t.image()
    c.refused_data("RETR", 500, 501)
    c.refused_data("STOR", 500, 501)


@case("retr.after-refusal", "RFC 959 §5.4", MUST, "After a refused RETR, the next transfer works")
def _(t):
    t.put("file", EVERY_BYTE)
    c = t.image()
    c.refused_data("RETR nowhere", 550, 450)
    t.equal(EVERY_BYTE, c.download("RETR file"), "the file")


@case("retr.two-sessions", "RFC 959 §4.1.3", MUST, "Two sessions may read one file at one time")
def _(t):
    t.put("file", BIG)
    one, other = t.image(), t.image()
    first, second = one.begin("RETR file"), other.begin("RETR file")
    t.equal(BIG, second.receive_all(), "the file, in one session")
    second.close()
    other.reply(*COMPLETE)
    t.equal(BIG, first.receive_all(), "the file, in the other")
    first.close()
    one.reply(*COMPLETE)


@case("retr.gone-under", "RFC 959 §4.1.3", SHOULD, "A file that is deleted while it is read comes whole, or not with 226")
def _(t):
    t.put("file", BIG)
    c, other = t.image(), t.login()
    data = c.begin("RETR file", c.passive(receive_buffer=4096))
    other.ask("DELE file")
    got = data.receive_all()
    data.close()
    answer = c.reply(*COMPLETE, 426, 450, 451, 550)
    t.true(got == BIG or answer.code not in COMPLETE, f"{len(got)} bytes of {len(BIG)} with {answer}")


@case("stor", "RFC 959 §4.1.3, §5.4", MUST,
      "STOR is answered 125 or 150, then 226 or 250, and the file lies there byte for byte")
def _(t):
    t.image().upload("STOR file", EVERY_BYTE)
    t.equal(EVERY_BYTE, t.get("file"), "the file")


@case("stor.empty", "RFC 959 §4.1.3", MUST, "A data connection without a byte makes an empty file")
def _(t):
    t.image().upload("STOR file", b"")
    t.equal([b"file"], t.names(), "names in the folder")
    t.equal(b"", t.get("file"), "the file")


@case("stor.large", "RFC 959 §4.1.3", MUST, "A file of 8 MiB is stored whole")
def _(t):
    t.image().upload("STOR file", BIG)
    t.equal(BIG, t.get("file"), "the file")


@case("stor.pieces", "RFC 959 §3.4.1", MUST, "It does not matter in which pieces the data comes")
def _(t):
    c = t.image()
    data = c.begin("STOR file")
    for at in range(0, 300, 3):
        data.send(EVERY_BYTE[at:at + 3])
        time.sleep(0.001)
    data.close()
    c.reply(*COMPLETE)
    t.equal(EVERY_BYTE[:300], t.get("file"), "the file")


@case("stor.replaces", "RFC 959 §4.1.3", MUST, "STOR onto a file that exists replaces it whole")
def _(t):
    t.put("file", EVERY_BYTE)
    t.image().upload("STOR file", b"short")
    t.equal(b"short", t.get("file"), "the file")


@case("stor.at-once", "RFC 959 §5.4", MUST, "When STOR is answered 226, another session sees the whole file")
def _(t):
    c, other = t.image(), t.image()
    for size in (1, 100000, 1 << 20):
        c.upload("STOR file", BIG[:size])
        t.equal(BIG[:size], other.download("RETR file"), "the file in the other session")


@case("stor.nowhere", "RFC 959 §5.4", MUST, "STOR into a folder that is not there is refused without 150")
def _(t):
    c = t.image()
    c.refused_data("STOR nowhere/file", 450, 550, 553)
    c.in_step()


@case("stor.folder", "RFC 959 §5.4", MUST, "STOR onto a folder is refused without 150, and the folder stays")
def _(t):
    t.mkdir("folder")
    c = t.image()
    c.refused_data("STOR folder", 450, 550, 553)
    c.expect("CWD folder", 250)


@case("stor.cut", "RFC 959 §5.4", MUST, "A data connection that is reset in the middle of an upload is answered 426 or 451")
def _(t):
    c = t.image()
    data = c.begin("STOR file")
    data.send(BIG[:1 << 20])
    time.sleep(0.2)
    data.reset()
    c.reply(426, 451)
    c.in_step()


@case("stor.cut-old-file", "RFC 959 §4.1.3", SHOULD,
      "An upload that is cut off leaves the old file, or nothing, but no mixture of both")
def _(t):
    t.put("file", b"o" * 3000)
    c = t.image()
    data = c.begin("STOR file")
    data.send(b"n" * 2000)
    time.sleep(0.2)
    data.reset()
    c.reply(426, 451)
    left = t.get("file") if t.exists("file") else b""
    t.true(set(left) in ({*b"o"}, {*b"n"}, set()), "the file has bytes of both")


@case("retr.cut", "RFC 959 §5.4", MUST, "A data connection that is reset in the middle of a download is answered 426 or 451")
def _(t):
    t.put("file", BIG)
    c = t.image()
    data = c.begin("RETR file", c.passive(receive_buffer=4096))
    data.receive(1000)
    data.reset()
    c.reply(426, 451)
    c.in_step()


@case("appe", "RFC 959 §4.1.3", MUST, "APPE adds to the end of a file")
def _(t):
    t.put("file", b"one")
    c = t.image()
    c.upload("APPE file", b"two")
    c.upload("APPE file", b"three")
    t.equal(b"onetwothree", t.get("file"), "the file")


@case("appe.new", "RFC 959 §4.1.3", MUST, "APPE to a file that is not there makes it")
def _(t):
    t.image().upload("APPE file", EVERY_BYTE)
    t.equal(EVERY_BYTE, t.get("file"), "the file")


@case("appe.folder", "RFC 959 §5.4", MUST, "APPE to a folder is refused without 150")
def _(t):
    t.mkdir("folder")
    t.image().refused_data("APPE folder", 450, 550, 553)


def stou(c, argument=""):
    """The name in the reply to STOU, and the connection, ready."""
    data = c.passive()
    answer = c.offered(f"STOU {argument}".strip(), *PRELIMINARY)
    found = re.match(r"1\d0 FILE: (.+)$|125 FILE: (.+)$", answer.text)
    return found and (found[1] or found[2]), data.start(), answer


@case("stou", "RFC 959 §4.1.3", SHOULD, "STOU stores a file under a name of the server's choice")
def _(t):
    c = t.image()
    _, data, _ = stou(c)
    data.send(EVERY_BYTE)
    data.close()
    c.reply(*COMPLETE)
    names = t.names()
    t.equal(1, len(names), "the number of files")
    t.equal(EVERY_BYTE, t.get(names[0]), "the file")


@case("stou.name", "RFC 1123 §4.1.2.9", MUST, 'The 125 or 150 of STOU says "FILE: " and the name, and nothing else')
def _(t):
    c = t.image()
    name, data, answer = stou(c)
    data.send(EVERY_BYTE)
    data.close()
    c.reply(*COMPLETE)
    t.true(name, f"no FILE: name in: {answer}")
    t.equal(EVERY_BYTE, c.download("RETR " + name), "the file of that name")


@case("stou.unique", "RFC 959 §4.1.3", MUST, "Two STOU make two files")
def _(t):
    c = t.image()
    for content in (b"one", b"two"):
        _, data, _ = stou(c)
        data.send(content)
        data.close()
        c.reply(*COMPLETE)
    names = t.names()
    t.equal([b"one", b"two"], sorted(t.get(name) for name in names), "contents of the files")


@case("stou.kept", "RFC 959 §4.1.3", MUST, "STOU with a name that exists leaves that file alone")
def _(t):
    t.put("file", b"kept")
    c = t.image()
    data = c.passive()
    answer = c.ask("STOU file")
    if answer.code in PRELIMINARY:
        data.start().send(b"new")
        data.close()
        c.reply(*COMPLETE)
    elif answer.code // 100 != 5:
        raise Failed(f"STOU file: {answer}")
    t.equal(b"kept", t.get("file"), "the file that was there")


@case("transfers.hundred", "RFC 959 §5.4", MUST, "A hundred files, one after another, in one session")
def _(t):
    c = t.image()
    for number in range(50):
        c.upload("STOR file", b"%d" % number)
        t.equal(b"%d" % number, c.download("RETR file"), "the file")


@case("transfers.pipelined", "RFC 1123 §4.1.2.10", SHOULD, "Commands sent behind a RETR are answered after it, in order")
def _(t):
    t.put("file", EVERY_BYTE)
    c = t.image()
    data = c.passive()
    c.send_raw(b"RETR file\r\nPWD\r\nTYPE A\r\nSYST\r\n")
    c.reply(*PRELIMINARY)
    t.equal(EVERY_BYTE, data.start().receive_all(), "the file")
    data.close()
    c.reply(*COMPLETE)
    c.reply(257)
    c.reply(200)
    c.reply(215)


@case("transfers.quit", "RFC 959 §4.1.1", MUST, "QUIT during a transfer takes effect after it")
def _(t):
    t.put("file", BIG)
    c = t.image()
    data = c.begin("RETR file", c.passive(receive_buffer=4096))
    c.send("QUIT")
    t.equal(BIG, data.receive_all(), "the file")
    data.close()
    c.reply(*COMPLETE)
    c.reply(221)
    t.equal(b"", c.until_closed(), "after 221")


@case("transfers.noop", "RFC 959 §5.4", MUST, "NOOP during a transfer is answered once, and so is the transfer")
def _(t):
    t.put("file", BIG)
    c = t.image()
    data = c.begin("RETR file", c.passive(receive_buffer=4096))
    c.send("NOOP")
    t.equal(BIG, data.receive_all(), "the file")
    data.close()
    codes = sorted(c.reply().code for _ in range(2))
    t.true(codes in ([200, 226], [200, 250]), f"they were answered {codes}")
    c.in_step()


@case("transfers.stat", "RFC 959 §4.1.3; RFC 1123 §4.1.3.3", SHOULD,
      "STAT during a transfer is answered 211 before the transfer ends")
def _(t):
    t.put("file", BIG)
    c = t.image()
    data = c.begin("RETR file", c.passive(receive_buffer=4096))
    data.receive(1000)
    c.urgent("STAT")
    c.reply(211, 213, patience=3)
    data.receive_all()
    data.close()
    c.reply(*COMPLETE)
    c.in_step()


@case("transfers.control-cut", "RFC 959 §3.2", SHOULD,
      "When the control connection is gone, the server closes the data connection")
def _(t):
    t.put("file", BIG * 2)
    c = t.image()
    data = c.begin("RETR file", c.passive(receive_buffer=4096))
    data.receive(1000)
    c.stream.reset()
    time.sleep(0.5)
    try:
        got = data.receive_all()
    except Closed:
        return
    t.true(len(got) + 1000 < len(BIG) * 2, "the whole file came all the same")
