# SPDX-License-Identifier: MIT
# 64-bit LoongArch; its compiler is in Debian 13.
CC = loongarch64-linux-gnu-gcc
AR = loongarch64-linux-gnu-ar
STRIP = loongarch64-linux-gnu-strip
ARCH_CFLAGS = 
MUSL_TARGET = loongarch64-linux-musl
RUNNER = qemu-loongarch64-static
PACKAGES = build gcc-loongarch64-linux-gnu
DEBIAN = loong64
OCI = loong64
