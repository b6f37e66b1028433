# SPDX-License-Identifier: MIT
# A process that stands at its first instruction and at its end: ptrace(2).
"""
process = subprocess.Popen(..., preexec_fn=traced)
await_start(process.pid)
go_on(process.pid)
while os.WIFSTOPPED(status := os.waitpid(process.pid, 0)[1]):
    go_on(process.pid, 0 if stands_at_end(status) else os.WSTOPSIG(status))
"""

import ctypes
import os
import signal

TRACEME, CONT, DETACH, SETOPTIONS = 0, 7, 17, 0x4200
O_EXITKILL, O_TRACEEXIT = 0x100000, 0x40
EVENT_EXIT = signal.SIGTRAP | 6 << 8

LIBC = ctypes.CDLL(None, use_errno=True)
LIBC.ptrace.argtypes = [ctypes.c_long, ctypes.c_int, ctypes.c_void_p,
                        ctypes.c_void_p]


def ptrace(request, pid=0, data=0):
    if LIBC.ptrace(request, pid, None, data) < 0:
        raise OSError(ctypes.get_errno(), "ptrace")


def traced():
    """In the child, before the program begins."""
    ptrace(TRACEME)


def await_start(pid):
    """Until it stands there; it ends if the caller does."""
    _, status = os.waitpid(pid, 0)
    assert os.WIFSTOPPED(status), status
    ptrace(SETOPTIONS, pid, O_TRACEEXIT | O_EXITKILL)


def go_on(pid, signal_number=0):
    ptrace(CONT, pid, signal_number)


def stands_at_end(status):
    """As waitpid(2) has it: about to exit, and its memory is still there."""
    return status >> 8 == EVENT_EXIT


def detach(pid):
    ptrace(DETACH, pid)
