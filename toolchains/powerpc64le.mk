# SPDX-License-Identifier: MIT
# 64-bit POWER8 and later, little-endian.
CC = powerpc64le-linux-gnu-gcc
AR = powerpc64le-linux-gnu-ar
STRIP = powerpc64le-linux-gnu-strip
ARCH_CFLAGS = -mlong-double-64
MUSL_TARGET = powerpc64le-linux-musl
RUNNER = qemu-ppc64le-static
PACKAGES = build gcc-powerpc64le-linux-gnu
DEBIAN = ppc64el
OCI = ppc64le
