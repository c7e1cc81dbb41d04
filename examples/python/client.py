"""The lab's client in Python: a drop-in for client.java."""

import contextlib
import socket

from java_io import print_line, read_line, read_utf, write_utf

print_line("---client---")
# Java resolves localhost to its IPv4 address first, and tries no other.
with socket.create_connection(("127.0.0.1", 666)) as connection:
    line = read_line()
    if line is None:
        raise EOFError("the console ended before a line")
    write_utf(connection, line)
    print_line(read_utf(connection))
    with contextlib.suppress(OSError):
        connection.shutdown(socket.SHUT_WR)
