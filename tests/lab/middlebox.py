"""A transparent box on a router that reads FTP's control connections (TPROXY to port 2121). After a 234 it is blind.

    reject   EPSV and EPRT are answered with 500      swallow  they are never answered
    reset    they reset the connection                garble   229 comes without a port
    pinhole  the port of a 227 is opened (nftables set `open`), no other
    noauth   AUTH is answered with 500
"""
import asyncio
import re
import socket
import struct
import sys

IPV6_TRANSPARENT, IP_TRANSPARENT = 75, 19
MODE = sys.argv[1]


def transparent(family):
    out = socket.socket(family, socket.SOCK_STREAM)
    out.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if family == socket.AF_INET6:
        out.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        out.setsockopt(socket.IPPROTO_IPV6, IPV6_TRANSPARENT, 1)
    else:
        out.setsockopt(socket.SOL_IP, IP_TRANSPARENT, 1)
    out.setblocking(False)
    return out


def reset(*writers):
    for each in writers:
        each.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        each.transport.abort()


class Session:
    def __init__(self, client, server):
        (self.from_client, self.to_client), (self.from_server, self.to_server) = client, server
        self.blind = False

    async def read(self, source):
        return await (source.read(65536) if self.blind else source.readline())

    async def commands(self):
        while data := await self.read(self.from_client):
            verb = data.strip().split(b" ")[0].upper() if not self.blind else b""
            if verb in (b"EPSV", b"EPRT") and MODE == "reject":
                self.to_client.write(b"500 " + verb + b" not understood.\r\n")
            elif verb in (b"EPSV", b"EPRT") and MODE == "swallow":
                pass
            elif verb in (b"EPSV", b"EPRT") and MODE == "reset":
                return reset(self.to_client, self.to_server)
            elif verb == b"AUTH" and MODE == "noauth":
                self.to_client.write(b"500 command not allowed.\r\n")
            else:
                self.to_server.write(data)
                await self.to_server.drain()
        self.to_server.write_eof()

    async def replies(self):
        while data := await self.read(self.from_server):
            if not self.blind:
                self.blind = data.startswith(b"234 ")
                if data.startswith(b"229") and MODE == "garble":
                    data = b"229 Entering Extended Passive Mode\r\n"
                port = re.match(rb"227 .*?(?:\d+,){4}(\d+),(\d+)", data)
                if port and MODE == "pinhole":
                    element = "{ %d }" % (int(port[1]) * 256 + int(port[2]))
                    opened = await asyncio.create_subprocess_exec("nft", "add", "element", "inet", "box", "open", element)
                    await opened.wait()
            self.to_client.write(data)
            await self.to_client.drain()
        self.to_client.close()


async def relay(accepted):
    peer, wanted = accepted.getpeername(), accepted.getsockname()
    onwards = transparent(accepted.family)
    onwards.bind(peer[:2])  # the server sees the client's own address and port
    await asyncio.get_running_loop().sock_connect(onwards, wanted[:2])
    for each in (accepted, onwards):
        each.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    session = Session(await asyncio.open_connection(sock=accepted), await asyncio.open_connection(sock=onwards))
    await asyncio.gather(session.commands(), session.replies(), return_exceptions=True)
    session.to_client.close()
    session.to_server.close()


async def serve(family, address, under_way):
    listening = transparent(family)
    listening.bind((address, 2121))
    listening.listen(50)
    while True:
        accepted, _ = await asyncio.get_running_loop().sock_accept(listening)
        accepted.setblocking(False)
        task = asyncio.create_task(relay(accepted))
        under_way.add(task)
        task.add_done_callback(under_way.discard)


async def main():
    under_way = set()
    await asyncio.gather(serve(socket.AF_INET, "0.0.0.0", under_way), serve(socket.AF_INET6, "::", under_way))


asyncio.run(main())
