# SPDX-License-Identifier: MIT
# ARM without a floating point unit or unaligned access: older NAS.
CC = arm-linux-gnueabi-gcc
AR = arm-linux-gnueabi-ar
STRIP = arm-linux-gnueabi-strip
ARCH_CFLAGS = -march=armv5te -mfloat-abi=soft -mthumb
# Thumb lacks the multiplication of 32 by 32 to 64 bits there.
FAST_CFLAGS = -marm
MUSL_TARGET = arm-linux-musleabi
RUNNER = qemu-arm-static
PACKAGES = build gcc-arm-linux-gnueabi
DEBIAN = armel
OCI = arm/v5
