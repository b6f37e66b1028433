# SPDX-License-Identifier: MIT
# Compiles for $(TOOLCHAIN), with its flags and musl, the unit tests of the
# floors without I/O and the fuzzers as replays; see tests/toolchains.

include Makefile

T = $(B)/tests
TARGET_UNIT = $(wildcard tests/base/test_*.c tests/wire/test_*.c)
TARGET_FUZZ = $(wildcard tests/fuzz/fuzz_*.c)
# What is fuzzed: as tests/fuzz/fuzz.mk has it.
TARGET_SOURCES := $(wildcard src/base/*.c src/wire/*.c) \
	$(shell grep -o 'src/[a-z]*/[a-z]*\.c' tests/fuzz/fuzz.mk)
TARGET_HELP = tests/target/cmocka.c tests/target/libc.c tests/wire/cases.c \
	tests/wire/made.c
TARGET_ALL = $(TARGET_SOURCES) $(TARGET_UNIT) $(TARGET_FUZZ) $(TARGET_HELP) \
	tests/fuzz/replay.c
TARGET_OBJECTS = $(TARGET_ALL:%.c=$(T)/%.o)
UNIT_PROGRAMS = $(TARGET_UNIT:tests/%.c=$(T)/unit/%)
FUZZ_PROGRAMS = $(TARGET_FUZZ:tests/fuzz/%.c=$(T)/fuzz/%)

target: $(UNIT_PROGRAMS) $(FUZZ_PROGRAMS)

$(TARGET_OBJECTS): $(T)/%.o: %.c tests/target/target.mk $(B)/flags \
		$(LIBC)/lib/libc.a
	@mkdir -p $(@D)
	$(Q)$(CC) -Itests/target -Itests $(OUR_INCLUDE) \
		$(filter-out -flto%,$(OUR_CFLAGS)) -c -o $@ $<

$(T)/ours.a: $(TARGET_SOURCES:%.c=$(T)/%.o) $(TARGET_HELP:%.c=$(T)/%.o)
	@rm -f $@
	$(Q)$(AR) rc $@ $^

# No test computes with what a hard-float libgcc has. Each gets what has SELDOM
# texts, as patrm does: newer qemus load no file with an empty segment.
TARGET_LINK = $(CC) $(ARCH_CFLAGS) -Wl,--no-warn-mismatch -Wl,-u,err_put_next \
	$(filter-out %.map,$(OUR_LDFLAGS)) $(LDFLAGS) \
	-o $@ $(LIBC)/lib/rcrt1.o $(LIBC)/lib/crti.o $(filter %.o,$^) \
	-Wl,--start-group $(T)/ours.a $(LIBC)/lib/libc.a \
	$$($(CC) $(ARCH_CFLAGS) -print-libgcc-file-name) -Wl,--end-group \
	$(LIBC)/lib/crtn.o
$(UNIT_PROGRAMS): $(T)/unit/%: $(T)/tests/%.o $(T)/ours.a
	@mkdir -p $(@D)
	$(Q)$(TARGET_LINK)
$(FUZZ_PROGRAMS): $(T)/fuzz/%: $(T)/tests/fuzz/%.o $(T)/tests/fuzz/replay.o \
		$(T)/ours.a
	@mkdir -p $(@D)
	$(Q)$(TARGET_LINK)

.PHONY: target
-include $(TARGET_OBJECTS:.o=.d)
