# SPDX-License-Identifier: MIT
# 32-bit PowerPC without a floating point unit: OpenWrt's mpc85xx.
CC = powerpc-linux-gnu-gcc
AR = powerpc-linux-gnu-ar
STRIP = powerpc-linux-gnu-strip
ARCH_CFLAGS = -msoft-float -mlong-double-64 -msecure-plt
MUSL_TARGET = powerpc-linux-muslsf
RUNNER = qemu-ppc-static
PACKAGES = build gcc-powerpc-linux-gnu
DEBIAN = powerpc
