# SPDX-License-Identifier: MIT
# What the Makefile, tests/unit.mk and tests/fuzz/fuzz.mk ask of a compiler.

# Our own code. The strict alignment is gcc's: clang need not know of it.
WARN = -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wvla \
	-Wmissing-prototypes -Wformat=2 -Wundef \
	-Wcast-align=strict -Wno-unknown-warning-option
# All C, foreign code too: gcc 14 refuses these, older ones only warn.
STRICT = -Werror=implicit-function-declaration -Werror=int-conversion \
	-Werror=incompatible-pointer-types
