# SPDX-License-Identifier: MIT
# 32-bit x86, by this machine's own compiler: size_t and pointers differ.
CC = gcc
AR = ar
STRIP = strip
ARCH_CFLAGS = -m32 -march=i686
MUSL_TARGET = i386-linux-musl
RUNNER =
PACKAGES = i386
DEBIAN = i386
OCI = 386
