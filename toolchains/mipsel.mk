# SPDX-License-Identifier: MIT
# Little-endian MIPS without a floating point unit: OpenWrt's ramips.
CC = mipsel-linux-gnu-gcc
AR = mipsel-linux-gnu-ar
STRIP = mipsel-linux-gnu-strip
ARCH_CFLAGS = -march=mips32r2 -msoft-float
# Of libgcc, which is for processors with floating point, only integers are used.
ARCH_LDFLAGS = -Wl,--no-warn-mismatch
MUSL_TARGET = mipsel-linux-muslsf
RUNNER = qemu-mipsel-static
PACKAGES = build gcc-mipsel-linux-gnu
DEBIAN = mipsel
OCI = mipsle
