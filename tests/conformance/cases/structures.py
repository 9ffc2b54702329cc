"""STRU R and STRU P."""
from battery import MAY, MUST, SHOULD, case
from formats import EOF, EOR, LAST_PAGE, block, page, read_blocks, read_pages, read_record_stream, record_stream
from ftp import COMPLETE, LACKS, Skipped

RECORD = "RFC 959 §3.1.2.2, §3.4.1"
PAGE = "RFC 959 §3.1.2.3"
RECORDS = [b"one", b"", b"two words", b"\xff\xff and \xff", b"last"]


def records(t, line="TYPE I"):
    c = t.login()
    c.expect(line, 200)
    c.offered("STRU R", 200, refusals=LACKS)
    return c


def pages(t):
    c = t.image()
    c.offered("STRU P", 200, refusals=LACKS)
    return c


@case("record.round", RECORD, MUST, "Records stored in stream mode come back as the same records")
def _(t):
    c = records(t)
    c.upload("STOR file", record_stream(RECORDS))
    got, left = read_record_stream(c.download("RETR file", c.passive()))
    t.equal(RECORDS, got, "the records")
    t.equal(b"", left, "what stands behind the last record")


@case("record.end", RECORD, MUST, "A file of records ends on the wire with FF 02 or FF 03")
def _(t):
    c = records(t)
    c.upload("STOR file", record_stream([b"one"]))
    wire = c.download("RETR file", c.passive())
    t.true(wire.endswith((b"\xff\x02", b"\xff\x03")), f"it ends {wire[-8:]!r}")


@case("record.end-together", RECORD, MUST, "FF 03 ends the last record and the file together")
def _(t):
    c = records(t)
    c.upload("STOR file", b"one\xff\x01two\xff\x03")
    t.equal(([b"one", b"two"], b""), read_record_stream(c.download("RETR file", c.passive())), "the records")


@case("record.escape", RECORD, MUST, "A byte FF in a record is FF FF on the wire, both ways")
def _(t):
    c = records(t)
    c.upload("STOR file", record_stream([b"a\xffb"]))
    t.true(b"a\xff\xffb" in c.download("RETR file", c.passive()), "the FF is not doubled")


@case("record.split", RECORD, MUST, "The two bytes of a code may come in two segments")
def _(t):
    c = records(t)
    data = c.begin("STOR file")
    for byte in record_stream([b"a\xffb", b"c"]):
        data.send(bytes([byte]))
    data.close()
    c.reply(*COMPLETE)
    t.equal([b"a\xffb", b"c"], read_record_stream(c.download("RETR file", c.passive()))[0], "the records")


@case("record.cut", RECORD, SHOULD, "Records without the end of the file are no complete upload: 426 or 451")
def _(t):
    c = records(t)
    data = c.begin("STOR file")
    data.send(b"one\xff\x01two")
    data.close()
    c.reply(426, 451)
    c.in_step()


@case("record.lines", "RFC 1123 §4.1.2.4", SHOULD, "Where lines are records, a text of lines is read as records in type A")
def _(t):
    c = records(t, "TYPE A")
    if "UNIX" not in c.expect("SYST", 215).text.upper():
        raise Skipped("not a Unix host")
    t.put("text", b"one\ntwo\n")
    t.equal([b"one", b"two"], read_record_stream(c.download("RETR text"))[0], "the records")


@case("record.to-lines", "RFC 1123 §4.1.2.4", SHOULD, "Records stored in type A are read as lines in structure F")
def _(t):
    c = records(t, "TYPE A")
    c.upload("STOR text", record_stream([b"one", b"two"]))
    c.expect("STRU F", 200)
    t.equal(b"one\r\ntwo\r\n", c.download("RETR text", c.passive()), "the text")


@case("record.invertible", "RFC 1123 §4.1.2.4", SHOULD, "A text read as records, and stored as records, is the same text")
def _(t):
    c = records(t, "TYPE A")
    t.put("text", b"one\n\nthree\n")
    wire = c.download("RETR text")
    c.upload("STOR back", wire, c.passive())
    t.equal(b"one\n\nthree\n", t.get("back"), "the text")


@case("record.block", "RFC 959 §3.4.2", MUST, "In mode B, EOR in a descriptor ends a record")
def _(t):
    c = records(t)
    c.offered("MODE B", 200, refusals=LACKS)
    data = c.begin("STOR file")
    data.send(block(b"o") + block(b"ne", EOR) + block(b"two", EOR | EOF))
    c.reply(*COMPLETE)
    data.close()
    data = c.begin("RETR file", c.passive())
    file = read_blocks(data)
    c.reply(*COMPLETE)
    t.equal((b"onetwo", [3, 6]), (file.content, file.records), "the content, and where records end")


@case("record.list", "RFC 959 §3.1.2; RFC 1123 §4.1.2.7", MAY, "NLST in structure R names the files, as lines or as records")
def _(t):
    t.put("file")
    c = records(t, "TYPE A")
    got = c.download("NLST")
    t.true(got == b"file\r\n" or read_record_stream(got)[0] == [b"file"], f"on the wire it is {got!r}")


@case("record.back", "RFC 959 §3.1.2", MUST, "STRU F after STRU R leaves every byte alone")
def _(t):
    content = b"\xff\x01\xff\xff\xff\x02"
    c = records(t)
    c.expect("STRU F", 200)
    c.upload("STOR file", content)
    t.equal(content, t.get("file"), "the file")
    t.equal(content, c.download("RETR file", c.passive()), "the file on the wire")


@case("page.round", PAGE, MUST, "Pages stored come back with the same numbers and contents")
def _(t):
    c = pages(t)
    sent = [(0, b"a" * 255), (1, b"b" * 255), (2, b"c" * 255)]
    c.upload("STOR file", b"".join(page(index, text) for index, text in sent) + page(3, b"", LAST_PAGE))
    got = read_pages(c.download("RETR file", c.passive()))
    t.equal(sent, [(index, text) for index, _, text in got if text], "the pages")


@case("page.retr", PAGE, MUST, "A file is sent as pages with headers of four bytes or more, in order, up to the last page")
def _(t):
    content = bytes(range(256)) * 4
    t.put("file", content)
    got = read_pages(pages(t).download("RETR file"))
    t.equal(content, b"".join(text for _, _, text in got), "the file")
    indices = [index for index, kind, _ in got if kind != LAST_PAGE]
    t.equal(sorted(indices), indices, "the page numbers")
    t.equal([LAST_PAGE], [kind for _, kind, _ in got if kind == LAST_PAGE], "pages of type 0, the last")
    t.equal(LAST_PAGE, got[-1][1], "the type of the last page")


@case("page.out-of-order", PAGE, SHOULD, "Pages may come in any order")
def _(t):
    c = pages(t)
    c.upload("STOR file", page(1, b"b" * 100) + page(0, b"a" * 100) + page(2, b"", LAST_PAGE))
    got = {index: text for index, _, text in read_pages(c.download("RETR file", c.passive())) if text}
    t.equal(b"a" * 100 + b"b" * 100, b"".join(got[index] for index in sorted(got)), "the pages")


@case("page.unknown-type", "RFC 959 §4.2, §5.4", MUST, "A page of an unknown type is answered 551")
def _(t):
    c = pages(t)
    data = c.begin("STOR file")
    data.send(page(0, b"a", 77) + page(1, b"", LAST_PAGE))
    data.close()
    c.reply(551)
    c.in_step()


@case("page.cut", PAGE, MUST, "Pages without the last one are no complete upload")
def _(t):
    c = pages(t)
    data = c.begin("STOR file")
    data.send(page(0, b"a" * 100) + b"\x04\x01\xff\x01half")
    data.close()
    c.reply(426, 451)
    c.in_step()
