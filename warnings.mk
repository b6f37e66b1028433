# SPDX-License-Identifier: MIT
# What the Makefile, tests/unit.mk and tests/fuzz/fuzz.mk ask of a compiler.

# Our own code.
WARN = -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wvla \
	-Wmissing-prototypes -Wformat=2 -Wundef
# All C, foreign code too: gcc 14 refuses these, older ones only warn.
STRICT = -Werror=implicit-function-declaration -Werror=int-conversion \
	-Werror=incompatible-pointer-types
