# SPDX-License-Identifier: MIT
# 32-bit x86, by this machine's own compiler: size_t and pointers differ.
CC = gcc
AR = ar
STRIP = strip
ARCH_CFLAGS = -m32 -march=i686
MUSL_TARGET = i386-linux-musl
RUNNER =
# Only libgcc.a of it: musl is the libc. Its name has the compiler's version.
PACKAGES = make gcc libc6-dev binutils bzip2 xz-utils \
	lib32gcc-$(or $(shell gcc -dumpversion 2>/dev/null),12)-dev
