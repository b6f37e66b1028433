# SPDX-License-Identifier: MIT
# Big-endian MIPS that has MIPS16, too, and so takes a fifth less room: 24K,
# 34K, 74K and 1004K, which is most of OpenWrt's ath79 and ramips.
CC = mips-linux-gnu-gcc
AR = mips-linux-gnu-ar
STRIP = mips-linux-gnu-strip
ARCH_CFLAGS = -march=mips32r2 -msoft-float
# IPA-RA knows nothing of the GOT's registers: who saves none, crashes.
SMALL_CFLAGS = -mips16 -fno-ipa-ra -fcaller-saves
FAST_CFLAGS = -mno-mips16 -fno-lto
# Of libgcc, which is for hard float, only integers are used.
ARCH_LDFLAGS = -Wl,--no-warn-mismatch
MUSL_TARGET = mips-linux-muslsf
RUNNER = qemu-mips-static
PACKAGES = build gcc-mips-linux-gnu
