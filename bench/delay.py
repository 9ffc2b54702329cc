#!/usr/bin/python3
"""delay.py HERE THERE MILLISECONDS PORT FIRST-LAST: HERE's ports lead to the same ports of THERE, so many milliseconds away.

What passes is late by that much each way and not limited otherwise. Accepting is immediate, but the connection beyond is made
as late as the last part of a handshake over such a distance would arrive: 3 times the delay.
"""
import asyncio
import collections
import socket
import sys

CHUNK = 1 << 18
WAITING = 512  # connections


class Way:
    """From a reader to a writer that may come later."""

    def __init__(self, reader, delay):
        self.reader, self.delay = reader, delay
        self.writer = None
        self.due = collections.deque()  # what has arrived, while there is no writer

    async def carry(self):
        loop = asyncio.get_running_loop()
        under_way = collections.deque()

        def arrive():
            self.due.append(under_way.popleft())
            self.flush()

        chunk = True
        while chunk:
            try:
                chunk = await self.reader.read(CHUNK)
            except ConnectionError:
                chunk = b""
            under_way.append(chunk)
            loop.call_later(self.delay, arrive)
        await asyncio.sleep(2 * self.delay)

    def lead_to(self, writer):
        writer.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.writer = writer
        self.flush()

    def flush(self):
        while self.due and self.writer and not self.writer.is_closing():
            chunk = self.due.popleft()
            if chunk:
                self.writer.write(chunk)
            else:
                self.writer.write_eof()


def relay(there, port, delay):
    async def serve(reader, writer):
        out = Way(reader, delay)
        going = asyncio.create_task(out.carry())
        await asyncio.sleep(3 * delay)
        try:
            far_reader, far_writer = await asyncio.open_connection(there, port)
        except OSError:
            writer.transport.abort()
            return
        back = Way(far_reader, delay)
        out.lead_to(far_writer)
        back.lead_to(writer)
        await asyncio.gather(going, back.carry())
        for each in (writer, far_writer):
            each.close()

    return serve


async def main(here, there, milliseconds, control, passive):
    first, last = map(int, passive.split("-"))
    for port in [int(control), *range(first, last + 1)]:
        await asyncio.start_server(relay(there, port, int(milliseconds) / 1000), here, port, backlog=WAITING)
    print("ready", flush=True)
    await asyncio.Event().wait()


asyncio.run(main(*sys.argv[1:]))
