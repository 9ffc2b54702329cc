"""MODE B, C and Z: what is on the wire, and data connections that outlive a transfer."""
import time
import zlib

from battery import MAY, MUST, SHOULD, case
from formats import COMPRESSED_END, EOF, MARKER, block, escape, filler, read_blocks, read_compressed, run, string
from ftp import COMPLETE, LACKS, PRELIMINARY, Failed, NotOffered, Silent

BLOCK = "RFC 959 §3.4.2"
COMPRESSED = "RFC 959 §3.4.3"
DEFLATE = "draft-preston-ftpext-deflate"
BYTES = bytes(range(256)) * 5
LARGE = bytes(at * 7 + at // 251 & 255 for at in range(1 << 16)) * 5  # 320 KiB: more than one block can hold
RUNS = b"a" * 1000 + b"bc" + bytes(500) + b" " * 200 + BYTES + b"z"


def in_mode(t, letter):
    c = t.image()
    c.offered("MODE " + letter, 200, refusals=LACKS)
    return c


def blocks(t):
    return in_mode(t, "B")


def strings(t):
    return in_mode(t, "C")


def deflated(t):
    return in_mode(t, "Z")


def done(c, data):
    """The end of a transfer of which the server may keep the connection: the final reply."""
    answer = c.reply(*COMPLETE)
    data.close()
    return answer


# --- B ---------------------------------------------------------------------------------------------------------------


@case("block.retr", BLOCK, MUST, "RETR in mode B sends blocks, the last with EOF in its descriptor")
def _(t):
    t.put("file", BYTES)
    c = blocks(t)
    data = c.begin("RETR file")
    t.equal(BYTES, read_blocks(data).content, "the file")
    done(c, data)


@case("block.retr-empty", BLOCK, MUST, "An empty file in mode B is one block with EOF")
def _(t):
    t.put("file", b"")
    c = blocks(t)
    data = c.begin("RETR file")
    t.equal(b"", read_blocks(data).content, "the file")
    done(c, data)


@case("block.retr-large", BLOCK, MUST, "A file larger than a block can be comes in several")
def _(t):
    t.put("file", LARGE)
    c = blocks(t)
    data = c.begin("RETR file")
    file = read_blocks(data)
    t.equal(LARGE, file.content, "the file")
    t.true(len(file.sizes) > 1, "one block")
    done(c, data)


@case("block.nothing-behind", BLOCK, MUST,
      "Behind the block with EOF nothing comes but the end of the connection, or the next file")
def _(t):
    t.put("file", BYTES)
    c = blocks(t)
    data = c.begin("RETR file")
    read_blocks(data)
    c.reply(*COMPLETE)
    data.stream.raw.settimeout(0.3)
    try:
        more = data.stream.raw.recv(100) if not data.stream.tls else b""
    except OSError:
        more = b""
    t.equal(b"", more, "what came behind the file")


@case("block.stor", BLOCK, MUST, "STOR in mode B takes blocks of any size, EOF with data in it or without")
def _(t):
    c = blocks(t)
    for name, wire in (("with", block(b"one") + block(b"") + block(BYTES) + block(b"end", EOF)),
                       ("without", block(b"one") + block(BYTES + b"end") + block(b"", EOF))):
        data = c.begin("STOR " + name, c.passive())
        data.send(wire)
        done(c, data)
        t.equal(b"one" + BYTES + b"end", t.get(name), "the file")


@case("block.stor-largest", BLOCK, MUST, "A block may have 65,535 bytes")
def _(t):
    c = blocks(t)
    data = c.begin("STOR file")
    data.send(block(LARGE[:65535]) + block(LARGE[65535:131070]) + block(b"", EOF))
    done(c, data)
    t.equal(LARGE[:131070], t.get("file"), "the file")


@case("block.stor-split", BLOCK, MUST, "Headers and blocks may come in pieces")
def _(t):
    c = blocks(t)
    data = c.begin("STOR file")
    for byte in block(b"one") + block(b"two!") + block(b"3", EOF):
        data.send(bytes([byte]))
        time.sleep(0.005)
    done(c, data)
    t.equal(b"onetwo!3", t.get("file"), "the file")


@case("block.stor-cut", BLOCK, MUST, "A connection that ends before EOF is no complete upload: 426 or 451")
def _(t):
    c = blocks(t)
    data = c.begin("STOR file")
    data.send(block(BYTES))
    data.close()
    c.reply(426, 451)
    c.in_step()


@case("block.stor-cut-header", BLOCK, MUST, "A connection that ends inside a block is no complete upload: 426 or 451")
def _(t):
    c = blocks(t)
    data = c.begin("STOR file")
    data.send(block(BYTES) + b"\x40\x00\x05abc")
    data.close()
    c.reply(426, 451)
    c.in_step()


def kept(c):
    if c.reply(*COMPLETE).code != 250:
        raise NotOffered("the connection was not kept: 226")


@case("block.persists", "RFC 959 §3.3, §3.4", MAY,
      "In mode B, a transfer that is answered 250 leaves the connection open: the next is 125")
def _(t):
    t.put("one", b"1" * 1000)
    t.put("two", BYTES)
    c = blocks(t)
    data = c.begin("RETR one")
    t.equal(b"1" * 1000, read_blocks(data).content, "the first file")
    kept(c)
    c.expect("RETR two", 125)
    t.equal(BYTES, read_blocks(data).content, "the second file")
    c.reply(*COMPLETE)


@case("block.persists-both-ways", "RFC 959 §3.3, §3.4", MAY, "Over one connection in mode B go RETR, STOR, and LIST")
def _(t):
    t.put("file", BYTES)
    c = blocks(t)
    data = c.begin("RETR file")
    read_blocks(data)
    kept(c)
    c.expect("STOR new", 125)
    data.send(block(BYTES) + block(b"!", EOF))
    kept(c)
    t.equal(BYTES + b"!", t.get("new"), "what was stored")
    c.expect("NLST", 125)
    t.equal([b"file", b"new"], sorted(read_blocks(data).content.split()), "the names")
    c.reply(*COMPLETE)


@case("block.persists-error", "RFC 959 §3.3, §3.4", MAY,
      "A refused RETR between two good ones leaves the connection in mode B as it is")
def _(t):
    t.put("file", BYTES)
    c = blocks(t)
    data = c.begin("RETR file")
    read_blocks(data)
    kept(c)
    c.expect("RETR nowhere", 450, 550)
    c.expect("RETR file", 125)
    t.equal(BYTES, read_blocks(data).content, "the file")
    c.reply(*COMPLETE)


@case("block.persists-pipelined", "RFC 959 §3.3, §3.4; RFC 1123 §4.1.2.10", MAY,
      "Several RETR in one segment, one of them refused, over one connection")
def _(t):
    t.put("one", b"1" * 1000)
    t.put("two", BYTES)
    c = blocks(t)
    data = c.begin("RETR one")
    read_blocks(data)
    kept(c)
    c.send_raw(b"RETR two\r\nRETR nowhere\r\nRETR one\r\nPWD\r\n")
    c.reply(125)
    t.equal(BYTES, read_blocks(data).content, "the second file")
    c.reply(250)
    c.reply(450, 550)
    c.reply(125)
    t.equal(b"1" * 1000, read_blocks(data).content, "the first file again")
    c.reply(250)
    c.reply(257)


@case("block.persists-pasv", "RFC 959 §3.3", MAY, "PASV ends the connection that was kept, and a new one takes its place")
def _(t):
    t.put("file", BYTES)
    c = blocks(t)
    data = c.begin("RETR file")
    read_blocks(data)
    kept(c)
    fresh = c.passive()
    c.expect("RETR file", *PRELIMINARY)
    t.equal(BYTES, read_blocks(fresh.start()).content, "the file over the new connection")
    c.reply(*COMPLETE)


@case("block.persists-mode", "RFC 959 §3.3, §3.4", MAY,
      "MODE S ends the connection that was kept: the next transfer needs its own")
def _(t):
    t.put("file", BYTES)
    c = blocks(t)
    data = c.begin("RETR file")
    read_blocks(data)
    kept(c)
    c.expect("MODE S", 200)
    t.equal(BYTES, c.download("RETR file", c.passive()), "the file in stream mode")


def marked(t, c, wire):
    """An upload with a marker in it: onto a new file, or where a server makes nothing of it there, onto one that REST goes
    on with. The connection, the server's marker, and what the file had before."""
    data = c.begin("STOR file")
    data.send(wire)
    try:
        answer = c.reply(110, patience=1)
        before = b""
    except Silent:
        data.reset()
        c.reply("4xx", "5xx")
        before = b"there already"
        t.put("file", before)
        data = c.passive()
        c.offered(f"REST {len(before)}", 350, refusals=(*LACKS, 503, 554))
        c.begin("STOR file", data)
        data.send(wire)
        try:
            answer = c.reply(110, patience=2)
        except Silent:
            raise NotOffered("no reply to a restart marker") from None
    t.true(answer.text.startswith("110 MARK mark1 = "), f'not "110 MARK mark1 = ...": {answer}')
    return data, answer.text.rsplit("= ", 1)[-1], before


@case("block.marker-stor", "RFC 959 §3.5", MAY, "A restart marker in an upload is answered 110 MARK, with the user's marker and the server's")
def _(t):
    c = blocks(t)
    data, _, before = marked(t, c, block(BYTES) + block(b"mark1", MARKER))
    data.send(block(BYTES) + block(b"", EOF))
    done(c, data)
    t.equal(before + BYTES * 2, t.get("file"), "the file, without the marker")


@case("block.marker-restart", "RFC 959 §3.5", MAY, "REST with the server's marker of a 110 goes on with the upload there")
def _(t):
    c = blocks(t)
    data, mark, before = marked(t, c, block(BYTES) + block(b"mark1", MARKER))
    data.send(block(b"lost"))
    data.close()
    c.reply(426, 451)
    data = c.passive()
    c.expect("REST " + mark, 350)
    c.begin("STOR file", data)
    data.send(block(b"and the rest") + block(b"", EOF))
    done(c, data)
    t.equal(before + BYTES + b"and the rest", t.get("file"), "the file")


@case("block.marker-retr", "RFC 959 §3.5", MAY, "A large download has restart markers, and REST with one goes on behind it")
def _(t):
    content = LARGE * 16
    t.put("file", content)
    c = blocks(t)
    data = c.begin("RETR file")
    file = read_blocks(data)
    t.equal(content, file.content, "the file")
    done(c, data)
    if not file.markers:
        raise NotOffered("no restart markers in 5 MiB")
    at, text = file.markers[len(file.markers) // 2]
    data = c.passive()
    c.expect(b"REST " + text, 350)
    c.begin("RETR file", data)
    t.equal(content[at:], read_blocks(data).content, f"the file behind marker {text!r}")
    done(c, data)


@case("block.rest", "RFC 959 §3.5", MAY, "REST of a byte works in mode B where the server says 350")
def _(t):
    t.put("file", BYTES)
    c = blocks(t)
    data = c.passive()
    c.offered("REST 100", 350, refusals=(*LACKS, 503, 554))
    c.begin("RETR file", data)
    t.equal(BYTES[100:], read_blocks(data).content, "the file from 100")
    done(c, data)


@case("block.list", BLOCK, MUST, "LIST in mode B comes in blocks, too")
def _(t):
    t.put("file")
    c = blocks(t)
    data = c.begin("LIST")
    t.true(b"file" in read_blocks(data).content, "the file is not in the list")
    done(c, data)


@case("block.ascii", "RFC 959 §3.4", MUST, "In mode B, type A means CR LF inside the blocks")
def _(t):
    c = blocks(t)
    c.expect("TYPE A", 200)
    data = c.begin("STOR text")
    data.send(block(b"one\r") + block(b"\ntwo\r\n") + block(b"", EOF))
    done(c, data)
    data = c.begin("RETR text", c.passive())
    t.equal(b"one\r\ntwo\r\n", read_blocks(data).content, "the text")
    done(c, data)


@case("block.unassigned", BLOCK, SHOULD, "A block whose descriptor has bits without a meaning is refused: 4xx or 5xx")
def _(t):
    c = blocks(t)
    data = c.begin("STOR file")
    data.send(block(BYTES, 15) + block(b"", EOF))
    data.close()
    c.reply("4xx", "5xx")
    c.in_step()


@case("block.abor", "RFC 959 §4.1.3", MUST, "ABOR works in mode B, and the transfer behind it too")
def _(t):
    t.put("file", LARGE * 50)
    c = blocks(t)
    data = c.begin("RETR file", c.passive(receive_buffer=4096))
    data.receive(1000)
    c.send("ABOR")
    c.reply(426, patience=5)
    c.reply(225, 226)
    c.in_step()
    data.stream.close()
    t.put("small", BYTES)
    data = c.begin("RETR small", c.passive())
    t.equal(BYTES, read_blocks(data).content, "the next file")
    done(c, data)


# --- C ---------------------------------------------------------------------------------------------------------------


@case("compressed.retr", COMPRESSED, MUST, "RETR in mode C sends strings, runs and fillers, and an end")
def _(t):
    t.put("file", RUNS)
    c = strings(t)
    data = c.begin("RETR file")
    t.equal(RUNS, read_compressed(data, b"\0").content, "the file")
    done(c, data)


@case("compressed.retr-empty", COMPRESSED, MUST, "An empty file in mode C is its end alone")
def _(t):
    t.put("file", b"")
    c = strings(t)
    data = c.begin("RETR file")
    t.equal(b"", read_compressed(data, b"\0").content, "the file")
    done(c, data)


@case("compressed.smaller", COMPRESSED, SHOULD, "Runs of one byte are sent as runs: 100,000 bytes in fewer than 10,000")
def _(t):
    t.put("file", b"x" * 100000)
    c = strings(t)
    data = c.begin("RETR file")
    received, take = 0, data.receive

    def counted(count):
        nonlocal received
        received += count
        return take(count)
    data.receive = counted
    t.equal(b"x" * 100000, read_compressed(data, b"\0").content, "the file")
    t.true(received < 10000, f"{received} bytes were sent")
    done(c, data)


@case("compressed.stor", COMPRESSED, MUST, "STOR in mode C takes strings, runs and fillers")
def _(t):
    c = strings(t)
    data = c.begin("STOR file")
    data.send(string(b"one") + run(0x78, 63) + filler(63) + run(0, 1) + string(bytes(range(127))) + COMPRESSED_END)
    done(c, data)
    t.equal(b"one" + b"x" * 63 + bytes(63) + b"\0" + bytes(range(127)), t.get("file"), "the file")


@case("compressed.stor-filler-text", COMPRESSED, MUST, "In type A, the filler is the space")
def _(t):
    c = strings(t)
    c.expect("TYPE A", 200)
    data = c.begin("STOR file")
    data.send(string(b"one") + filler(5) + string(b"two\r\n") + COMPRESSED_END)
    done(c, data)
    t.true(t.get("file").startswith(b"one     two"), "the file has other fillers")


@case("compressed.stor-end", COMPRESSED, MUST,
      "The escape with EOF may stand in front of the last string, for it is that string's")
def _(t):
    c = strings(t)
    data = c.begin("STOR file")
    data.send(string(b"one") + escape(EOF) + string(b"end"))
    data.close()
    c.reply(*COMPLETE)
    t.equal(b"oneend", t.get("file"), "the file")


@case("compressed.stor-split", COMPRESSED, MUST, "Strings, runs and escapes may come in pieces")
def _(t):
    c = strings(t)
    data = c.begin("STOR file")
    for byte in string(b"one") + run(0x78, 3) + filler(2) + COMPRESSED_END:
        data.send(bytes([byte]))
        time.sleep(0.005)
    done(c, data)
    t.equal(b"onexxx\0\0", t.get("file"), "the file")


@case("compressed.stor-cut", COMPRESSED, MUST,
      "A connection that ends before the escape with EOF is no complete upload: 426 or 451")
def _(t):
    c = strings(t)
    data = c.begin("STOR file")
    data.send(string(b"one") + b"\x7fshort")
    data.close()
    c.reply(426, 451)
    c.in_step()


@case("compressed.marker", "RFC 959 §3.5", MAY, "A restart marker in mode C is answered 110 MARK")
def _(t):
    c = strings(t)
    data, _, before = marked(t, c, string(b"one") + escape(MARKER) + string(b"mark1"))
    data.send(string(b"two") + COMPRESSED_END)
    done(c, data)
    t.equal(before + b"onetwo", t.get("file"), "the file, without the marker")


@case("compressed.persists", "RFC 959 §3.3, §3.4", MAY, "In mode C, too, the connection may stay open for the next transfer")
def _(t):
    t.put("file", RUNS)
    c = strings(t)
    data = c.begin("RETR file")
    read_compressed(data, b"\0")
    kept(c)
    c.expect("RETR file", 125)
    t.equal(RUNS, read_compressed(data, b"\0").content, "the file, the second time")
    c.reply(*COMPLETE)


@case("compressed.round", COMPRESSED, MUST, "What was stored in mode C in type A comes back so")
def _(t):
    c = strings(t)
    c.expect("TYPE A", 200)
    data = c.begin("STOR file")
    data.send(string(b"one\r\n") + run(0x2d, 40) + string(b"\r\n") + COMPRESSED_END)
    done(c, data)
    data = c.begin("RETR file", c.passive())
    t.equal(b"one\r\n" + b"-" * 40 + b"\r\n", read_compressed(data, b" ").content, "the text")
    done(c, data)


# --- Z ---------------------------------------------------------------------------------------------------------------


def inflated(wire):
    """One whole zlib stream (RFC 1950) and nothing behind it."""
    engine = zlib.decompressobj()
    try:
        content = engine.decompress(wire)
    except zlib.error as error:
        raise Failed(f"not a zlib stream: {error}; it begins {wire[:16]!r}") from None
    if not engine.eof:
        raise Failed(f"the zlib stream has no end; {len(wire)} bytes came")
    if engine.unused_data:
        raise Failed(f"{len(engine.unused_data)} bytes behind the zlib stream")
    return content


@case("deflate.retr", DEFLATE + " §3", MUST, "RETR in mode Z sends one whole zlib stream")
def _(t):
    t.put("file", LARGE)
    t.equal(LARGE, inflated(deflated(t).download("RETR file")), "the file")


@case("deflate.retr-empty", DEFLATE + " §3", MUST, "An empty file in mode Z is an empty zlib stream")
def _(t):
    t.put("file", b"")
    t.equal(b"", inflated(deflated(t).download("RETR file")), "the file")


@case("deflate.smaller", DEFLATE + " §3", MUST, "What is easy to compress arrives compressed")
def _(t):
    t.put("file", b"easy " * 100000)
    wire = deflated(t).download("RETR file")
    t.equal(b"easy " * 100000, inflated(wire), "the file")
    t.true(len(wire) < 50000, f"{len(wire)} bytes for 500,000")


@case("deflate.stor", DEFLATE + " §3", MUST, "STOR in mode Z takes a zlib stream of any level")
def _(t):
    c = deflated(t)
    for level in (0, 1, 9):
        c.upload("STOR file", zlib.compress(LARGE, level), c.passive())
        t.equal(LARGE, t.get("file"), "the file")


@case("deflate.stor-split", DEFLATE + " §3", MUST, "The zlib stream may come byte by byte")
def _(t):
    c = deflated(t)
    data = c.begin("STOR file")
    for byte in zlib.compress(BYTES[:300]):
        data.send(bytes([byte]))
    data.close()
    c.reply(*COMPLETE)
    t.equal(BYTES[:300], t.get("file"), "the file")


@case("deflate.stor-cut", DEFLATE + " §3", MUST, "A zlib stream without its end is no complete upload")
def _(t):
    c = deflated(t)
    data = c.begin("STOR file")
    data.send(zlib.compress(LARGE)[:-10])
    data.close()
    c.reply("4xx", "5xx")
    c.in_step()


@case("deflate.stor-nonsense", DEFLATE + " §3", MUST, "What is no zlib stream is refused")
def _(t):
    c = deflated(t)
    data = c.begin("STOR file")
    data.send(b"this is not a zlib stream, not at all")
    data.close()
    c.reply("4xx", "5xx")
    c.in_step()


@case("deflate.list", DEFLATE + " §3", MUST, "LIST in mode Z is compressed, too")
def _(t):
    t.put("file")
    t.true(b"file" in inflated(deflated(t).download("LIST")), "the file is not in the list")


@case("deflate.ascii", DEFLATE + " §3", MUST, "In mode Z, type A means CR LF inside the stream")
def _(t):
    c = deflated(t)
    c.expect("TYPE A", 200)
    c.upload("STOR text", zlib.compress(b"one\r\ntwo\r\n"))
    t.equal(b"one\r\ntwo\r\n", inflated(c.download("RETR text", c.passive())), "the text")


@case("deflate.rest", DEFLATE + " §3; RFC 3659 §5", MAY, "REST in mode Z counts bytes of the file, where the server says 350")
def _(t):
    t.put("file", LARGE)
    c = deflated(t)
    data = c.passive()
    c.offered("REST 1000", 350, refusals=(*LACKS, 503, 554))
    t.equal(LARGE[1000:], inflated(c.download("RETR file", data)), "the file from 1000")


@case("deflate.opts", DEFLATE + " §3.4", SHOULD, "OPTS MODE Z LEVEL n is answered 200")
def _(t):
    t.put("file", LARGE)
    c = deflated(t)
    for level in (1, 9):
        c.offered(f"OPTS MODE Z LEVEL {level}", 200, refusals=LACKS)
        t.equal(LARGE, inflated(c.download("RETR file", c.passive())), f"the file at level {level}")


@case("deflate.opts-wrong", DEFLATE + " §3.4", MUST, "OPTS MODE Z with a level that is none is refused")
def _(t):
    c = deflated(t)
    c.expect("OPTS MODE Z LEVEL 77", 501, 500, 504)
    c.expect("OPTS MODE Z LEVEL x", 501, 500, 504)


@case("deflate.feat", DEFLATE + " §3.5", MUST, "A server with mode Z says MODE Z in FEAT")
def _(t):
    features = deflated(t).expect("FEAT", 211).bodies()
    t.true(any(line.strip().upper().startswith("MODE Z") for line in features), f"not in {features}")


@case("deflate.back", "RFC 959 §3.4", MUST, "MODE S after MODE Z sends bytes as they are")
def _(t):
    t.put("file", LARGE)
    c = deflated(t)
    c.download("RETR file", c.passive())
    c.expect("MODE S", 200)
    t.equal(LARGE, c.download("RETR file", c.passive()), "the file")


@case("modes.stream-after", "RFC 959 §3.4", MUST, "A refused MODE leaves stream mode")
def _(t):
    t.put("file", BYTES)
    c = t.image()
    if c.ask("MODE B").code == 200:
        c.expect("MODE S", 200)
    t.equal(BYTES, c.download("RETR file"), "the file")
