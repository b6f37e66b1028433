# SPDX-License-Identifier: MIT
# 64-bit ARM.
CC = aarch64-linux-gnu-gcc
AR = aarch64-linux-gnu-ar
STRIP = aarch64-linux-gnu-strip
ARCH_CFLAGS = -mno-outline-atomics
MUSL_TARGET = aarch64-linux-musl
RUNNER = qemu-aarch64-static
PACKAGES = build gcc-aarch64-linux-gnu
DEBIAN = arm64
OCI = arm64/v8
