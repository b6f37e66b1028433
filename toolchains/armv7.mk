# SPDX-License-Identifier: MIT
# 32-bit ARM with a floating point unit: most boards and routers since 2012.
CC = arm-linux-gnueabihf-gcc
AR = arm-linux-gnueabihf-ar
STRIP = arm-linux-gnueabihf-strip
ARCH_CFLAGS = -march=armv7-a+fp -mthumb
MUSL_TARGET = arm-linux-musleabihf
RUNNER = qemu-arm-static
PACKAGES = build gcc-arm-linux-gnueabihf
DEBIAN = armhf
OCI = arm/v7
