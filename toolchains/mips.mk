# SPDX-License-Identifier: MIT
# Big-endian MIPS without a floating point unit: OpenWrt's ath79.
CC = mips-linux-gnu-gcc
AR = mips-linux-gnu-ar
STRIP = mips-linux-gnu-strip
ARCH_CFLAGS = -march=mips32r2 -msoft-float
# Of libgcc, which is for processors with floating point, only integers are used.
ARCH_LDFLAGS = -Wl,--no-warn-mismatch
MUSL_TARGET = mips-linux-muslsf
RUNNER = qemu-mips-static
PACKAGES = build gcc-mips-linux-gnu
OCI = mips
