# SPDX-License-Identifier: MIT
# This machine's own compiler, for 64-bit x86.
CC = gcc
AR = ar
STRIP = strip
ARCH_CFLAGS =
MUSL_TARGET = x86_64-linux-musl
RUNNER =
PACKAGES = build
DEBIAN = amd64
OCI = amd64
