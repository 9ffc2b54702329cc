"""Certificates that are good for a test and no more."""
import subprocess


def make(folder):
    """(certificate, key): PEM files in the folder, signed by themselves. OSError or subprocess.SubprocessError when the
    program openssl is missing, or fails."""
    certificate, key = f"{folder}/certificate.pem", f"{folder}/key.pem"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "30",
                    "-subj", "/CN=localhost", "-keyout", key, "-out", certificate], check=True, capture_output=True, timeout=20)
    return certificate, key
