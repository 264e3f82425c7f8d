class StackError(Exception):
    """The local stack cannot do what was asked.

    The first line says what is wrong and what helps; a server's last log lines may follow.
    """
