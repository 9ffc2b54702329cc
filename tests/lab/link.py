"""link.py HOST DEVICE HOST DEVICE LATENCY RATE LOSS: joins two hosts by a device in each: packets take LATENCY seconds,
leave at RATE bytes a second (0: at once), and LOSS of them (0 to 1) never arrive."""
import ctypes
import fcntl
import heapq
import os
import random
import select
import struct
import sys
import time

CLONE_NEWNET = 0x40000000
TUNSETIFF, IFF_TUN, IFF_NO_PI = 0x400454CA, 0x0001, 0x1000
QUEUE_SECONDS = 0.5  # what waits longer for its turn is dropped
SEED = 1


def device(host, name):
    libc = ctypes.CDLL(None, use_errno=True)
    with open(f"/run/netns/{host}") as namespace:
        if libc.setns(namespace.fileno(), CLONE_NEWNET) != 0:
            raise OSError(ctypes.get_errno(), "setns")
    out = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
    fcntl.ioctl(out, TUNSETIFF, struct.pack("16sH22x", name.encode(), IFF_TUN | IFF_NO_PI))
    return out


def main():
    first, second = device(*sys.argv[1:3]), device(*sys.argv[3:5])
    latency, rate, loss = map(float, sys.argv[5:8])
    chance = random.Random(SEED)
    other = {first: second, second: first}
    free = {first: 0.0, second: 0.0}  # when the way from here has sent what waits
    under_way = []
    print("ready", flush=True)
    number = 0
    while True:
        wait = max(0.0, under_way[0][0] - time.monotonic()) if under_way else None
        readable, _, _ = select.select([first, second], [], [], wait)
        now = time.monotonic()
        for source in readable:
            packet = os.read(source, 65536)
            begin = max(now, free[source])
            if chance.random() < loss or begin - now > QUEUE_SECONDS:
                continue
            free[source] = begin + (len(packet) / rate if rate else 0)
            number += 1
            heapq.heappush(under_way, (free[source] + latency, number, other[source], packet))
        while under_way and under_way[0][0] <= now:
            _, _, to, packet = heapq.heappop(under_way)
            try:
                os.write(to, packet)
            except OSError:
                pass  # the device is down, or full: as on any network


main()
