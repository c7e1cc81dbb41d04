"""The lab's server in Python: a drop-in for server.java."""

import contextlib
import socket

from java_io import print_line, read_utf, write_utf

print_line("---server---")
with socket.socket(socket.AF_INET6) as listener:
    # One socket for both families, as ServerSocket has it.
    listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("::", 666))
    listener.listen(50)
    connection, _ = listener.accept()
    with connection:
        print_line("一个客户端连接建立")
        message = read_utf(connection)
        print_line("client say:" + message)
        write_utf(connection, message)
        with contextlib.suppress(OSError):
            connection.shutdown(socket.SHUT_WR)
