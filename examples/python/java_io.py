"""What Java's DataInputStream, DataOutputStream and console do with text, over the standard library."""

import codecs
import sys


def write_utf(connection, text):
    """DataOutputStream.writeUTF: the length in bytes, then modified UTF-8, in one write."""
    # Each surrogate is encoded on its own, so a character beyond U+FFFF takes six bytes.
    units = "".join(map(chr, _units(text)))
    body = units.encode("utf-8", "surrogatepass").replace(b"\0", b"\xc0\x80")
    if len(body) > 65535:
        raise ValueError(f"encoded string too long: {len(body)} bytes")
    connection.sendall(len(body).to_bytes(2, "big") + body)


def read_utf(connection):
    """DataInputStream.readUTF: the whole frame and not one byte more."""
    length = int.from_bytes(_read_fully(connection, 2), "big")
    return _decode(_read_fully(connection, length))


def read_line():
    """BufferedReader.readLine on System.in: up to a LF, CR or CR LF; None at the end of input."""
    line = bytearray()
    while (byte := sys.stdin.buffer.raw.read(1)) not in (b"\n", b"\r"):
        if not byte:
            return line.decode("utf-8", "java") if line else None
        line += byte
    return line.decode("utf-8", "java")


def print_line(text):
    """System.out.println: a lone surrogate becomes a question mark, and nothing stays in a buffer."""
    sys.stdout.buffer.write(text.encode("utf-8", "replace") + b"\n")
    sys.stdout.buffer.flush()


def _units(text):
    encoded = text.encode("utf-16-be", "surrogatepass")
    return (high << 8 | low for high, low in zip(encoded[::2], encoded[1::2]))


def _read_fully(connection, length):
    data = bytearray()
    while len(data) < length:
        received = connection.recv(length - len(data))
        if not received:
            raise EOFError(f"the connection ended after {len(data)} of {length} bytes")
        data += received
    return bytes(data)


def _decode(body):
    units = bytearray()
    at = 0
    while at < len(body):
        lead = body[at]
        if lead < 0x80:
            size, unit = 1, lead
        elif 0xC0 <= lead < 0xE0:
            size, unit = 2, lead & 0x1F
        elif 0xE0 <= lead < 0xF0:
            size, unit = 3, lead & 0x0F
        else:
            raise ValueError(f"malformed input around byte {at}")
        if at + size > len(body):
            raise ValueError("malformed input: partial character at end")
        for byte in body[at + 1 : at + size]:
            if byte & 0xC0 != 0x80:
                raise ValueError(f"malformed input around byte {at + size - 1}")
            unit = unit << 6 | byte & 0x3F
        units += unit.to_bytes(2, "big")
        at += size
    return units.decode("utf-16-be", "surrogatepass")


def _as_java_counts(error):
    """U+FFFD once for each malformed run, where Python and Java differ over a surrogate's bytes."""
    end = error.end
    run = error.object[error.start : error.start + 3]
    if run[0] == 0xED and len(run) > 1 and 0xA0 <= run[1] < 0xC0:
        end = error.start + (3 if len(run) > 2 and run[2] & 0xC0 == 0x80 else 2)
    return "\ufffd", end


codecs.register_error("java", _as_java_counts)
