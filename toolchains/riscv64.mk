# SPDX-License-Identifier: MIT
# 64-bit RISC-V.
CC = riscv64-linux-gnu-gcc
AR = riscv64-linux-gnu-ar
STRIP = riscv64-linux-gnu-strip
ARCH_CFLAGS = -msave-restore
MUSL_TARGET = riscv64-linux-musl
RUNNER = qemu-riscv64-static
PACKAGES = build gcc-riscv64-linux-gnu
DEBIAN = riscv64
OCI = riscv64
