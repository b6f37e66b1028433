# SPDX-License-Identifier: MIT
# Compiles the fuzzers; see tests/fuzz/run. With CC=clang they are libFuzzer's,
# else each replays the files it is given.

CC    = gcc
BUILD = build/fuzz/$(CC)
JSMN  = build/src/jsmn

include warnings.mk
SANITIZE = -fsanitize=address,undefined -fno-sanitize-recover=all \
	-fno-omit-frame-pointer
FLAGS = -std=c11 -D_GNU_SOURCE -g -O1 $(SANITIZE) -Isrc -Itests \
	-isystem $(JSMN) -MMD -MP $(STRICT)
# What is fuzzed stands above no I/O: fuzz_input has its own net/wait.
SOURCES := $(wildcard src/base/*.c src/wire/*.c) \
	src/net/address.c src/net/etc.c src/net/proxy.c src/net/route.c \
	src/langsmith/token.c \
	src/langsmith/result.c src/langsmith/key.c src/langsmith/redact.c \
	src/deletion/target.c \
	src/cli/input.c src/cli/record.c
FUZZERS := $(sort $(wildcard tests/fuzz/fuzz_*.c))
OBJECTS = $(SOURCES:%.c=$(BUILD)/%.o) $(FUZZERS:%.c=$(BUILD)/%.o)
PROGRAMS = $(FUZZERS:tests/fuzz/%.c=$(BUILD)/%)

ifeq ($(CC),clang)
FLAGS += -fsanitize=fuzzer-no-link
ENGINE = -fsanitize=fuzzer
else
OBJECTS += $(BUILD)/tests/fuzz/replay.o
MAIN = $(BUILD)/tests/fuzz/replay.o
endif

all: $(PROGRAMS)

# Each is made of the objects that it names, like a library.
$(BUILD)/patrm.a: $(SOURCES:%.c=$(BUILD)/%.o)
	@rm -f $@
	@ar rc $@ $^

$(PROGRAMS): $(BUILD)/%: $(BUILD)/tests/fuzz/%.o $(MAIN) $(BUILD)/patrm.a
	$(CC) $(SANITIZE) $(ENGINE) -o $@ $^ -lresolv

$(OBJECTS): $(BUILD)/%.o: %.c tests/fuzz/fuzz.mk
	@mkdir -p $(@D)
	$(CC) $(FLAGS) $(WARN) -Werror -c -o $@ $<

.PHONY: all
.DELETE_ON_ERROR:
.SUFFIXES:
-include $(OBJECTS:.o=.d)
