"""What files look like on the wire in modes B and C, and in structures R and P (RFC 959 §3.1.2, §3.4)."""
import dataclasses
import struct

from ftp import Failed

EOR, EOF, SUSPECT, MARKER = 128, 64, 32, 16


@dataclasses.dataclass
class File:
    """What came over a data connection, up to the end of one file."""

    content: bytes = b""
    markers: list = dataclasses.field(default_factory=list)  # (offset into the content, text)
    records: list = dataclasses.field(default_factory=list)  # where they end
    sizes: list = dataclasses.field(default_factory=list)  # of blocks or strings


def _take(file, descriptor, text):
    if descriptor & ~(EOR | EOF | SUSPECT | MARKER):
        raise Failed(f"a descriptor of {descriptor:#x}: its low bits mean nothing")
    file.sizes.append(len(text))
    if descriptor & MARKER:
        file.markers.append((len(file.content), text))
    else:
        file.content += text
    if descriptor & EOR:
        file.records.append(len(file.content))


def block(text, descriptor=0):
    return struct.pack(">BH", descriptor, len(text)) + text


def read_blocks(data):
    """A file in mode B; the connection may stay open behind it."""
    file, descriptor = File(), 0
    while not descriptor & EOF:
        descriptor, size = struct.unpack(">BH", data.receive(3))
        _take(file, descriptor, data.receive(size))
    return file


def string(text):
    """A string of mode C: up to 127 bytes."""
    return bytes([len(text)]) + text


def run(byte, times):
    return bytes([0x80 | times, byte])


def filler(times):
    return bytes([0xC0 | times])


def escape(descriptor):
    return bytes([0, descriptor])


COMPRESSED_END = escape(EOF) + filler(0)


def read_compressed(data, filler_byte):
    """A file in mode C. A descriptor is that of the string behind it; an end with no string behind it is an end, too."""
    file, descriptor = File(), 0
    while True:
        try:
            head = data.receive(1)[0]
        except Failed:
            if descriptor & EOF:
                return file
            raise
        if head == 0:
            descriptor |= data.receive(1)[0]
            continue
        count = head & (0x3F if head & 0x80 else 0x7F)
        if head & 0xC0 == 0xC0:
            text = filler_byte * count
        elif head & 0x80:
            text = data.receive(1) * count
        else:
            text = data.receive(count)
        _take(file, descriptor, text)
        if descriptor & EOF:
            return file
        descriptor = 0


def record_stream(records):
    """Records in stream mode: FF 01 ends one, FF 02 the file, FF FF is a byte FF."""
    return b"".join(record.replace(b"\xff", b"\xff\xff") + b"\xff\x01" for record in records) + b"\xff\x02"


def read_record_stream(content):
    """The records of a file, and what stands behind the last end of one."""
    records, text, at = [], bytearray(), 0
    while at < len(content):
        if content[at] != 0xFF:
            text.append(content[at])
            at += 1
            continue
        code = content[at + 1] if at + 1 < len(content) else None
        if code == 0xFF:
            text.append(0xFF)
        elif code in (1, 2, 3):
            if code & 1:
                records.append(bytes(text))
                text.clear()
            if code & 2:
                if at + 2 != len(content):
                    raise Failed(f"{len(content) - at - 2} bytes behind the end of the file")
                return records, bytes(text)
        else:
            raise Failed(f"FF {code} means nothing")
        at += 2
    raise Failed("the connection ended without the end of the file, FF 02 or FF 03")


LAST_PAGE, SIMPLE_PAGE = 0, 1


def page(index, text, kind=SIMPLE_PAGE):
    return bytes([4, index, len(text), kind]) + text


def read_pages(content):
    """[(index, type, text)] of a file of pages."""
    pages, at = [], 0
    while at < len(content):
        length = content[at]
        if length < 4 or at + length > len(content):
            raise Failed(f"a page header of {length} bytes at byte {at} of {len(content)}")
        index, size, kind = content[at + 1:at + 4]
        text = content[at + length:at + length + size]
        if len(text) != size:
            raise Failed(f"page {index} has {len(text)} of {size} bytes")
        pages.append((index, kind, text))
        at += length + size
    return pages
