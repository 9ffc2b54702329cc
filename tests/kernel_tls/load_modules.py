"""Loads what TLS in the kernel is made of, from a folder of modules; there may be no insmod."""
import ctypes
import os
import pathlib
import sys

FINIT_MODULE = 313  # x86-64
kernel = ctypes.CDLL(None, use_errno=True)
for name in ("crypto/gf128mul", "crypto/ghash-generic", "crypto/ctr", "crypto/gcm", "net/tls/tls"):
    with open(pathlib.Path(sys.argv[1]) / "kernel" / f"{name}.ko", "rb") as module:
        if kernel.syscall(FINIT_MODULE, module.fileno(), b"", 0) != 0:
            print(f"{name}: {os.strerror(ctypes.get_errno())}", file=sys.stderr)
