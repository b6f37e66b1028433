# SPDX-License-Identifier: MIT
# Compiles the unit tests for this machine, with sanitizers; see tests/unit.
#
# tests/FLOOR/test_X.c becomes $(BUILD)/FLOOR/test_X out of itself, of
# src/FLOOR/X.c, of the files named in a line `/* links: tests/... */` of it,
# and of what these need from its own and the lower floors, each an archive.

BUILD  = build/host
FLOORS = base wire net langsmith deletion cli
CC     = gcc
GCOV   =

MBEDTLS = build/src/mbedtls
JSMN    = build/src/jsmn
ROOTS   = build/src/ca-certificates

include warnings.mk
SANITIZE = -fsanitize=address,undefined -fno-sanitize-recover=all \
	-fno-omit-frame-pointer
# As in the Makefile, what is never called may name what is not there.
FLAGS = -std=c11 -D_GNU_SOURCE -g -O1 $(SANITIZE) -ffunction-sections -MMD -MP \
	$(STRICT)
# The generated tables of net/roots: the Makefile's, then ours.
INCLUDE = -Isrc -Itests -Ibuild/x86_64 -I$(BUILD) -isystem $(JSMN) \
	-isystem $(MBEDTLS)/include $(MBEDTLS_CONFIG)
MBEDTLS_CONFIG = -Ithird_party '-DMBEDTLS_CONFIG_FILE=<mbedtls_config.h>'

TESTS   := $(sort $(wildcard $(FLOORS:%=tests/%/test_*.c)))
# All but main.c, which is no part to test by itself.
parts = $(filter-out %/main.c,$(wildcard src/$1/*.c))
SOURCES := $(foreach one,$(FLOORS),$(call parts,$(one))) \
	$(wildcard $(FLOORS:%=tests/%/*.c))
OBJECTS := $(SOURCES:%.c=$(BUILD)/%.o)
PROGRAMS := $(foreach floor,$(FLOORS),$(patsubst tests/%.c,$(BUILD)/%, \
	$(filter tests/$(floor)/%,$(TESTS))))

all: $(PROGRAMS)

# In the order of the floors.
list:
	@for program in $(PROGRAMS); do echo $$program; done

# --- Floors -------------------------------------------------------------------
DOWN_base      = base
DOWN_wire      = wire $(DOWN_base)
DOWN_net       = net $(DOWN_wire)
DOWN_langsmith = langsmith $(DOWN_net)
DOWN_deletion  = deletion $(DOWN_langsmith)
DOWN_cli       = cli $(DOWN_deletion)

define archive
$(BUILD)/$1.a: $(patsubst %.c,$(BUILD)/%.o,$(call parts,$1))
	@rm -f $$@
	@ar rc $$@ $$^
endef
$(foreach floor,$(FLOORS),$(eval $(call archive,$(floor))))

# Upper floors may reach mbedTLS through net.a; the lower ones never do.
TLS_net = $(BUILD)/libmbed.a
TLS_langsmith = $(BUILD)/libmbed.a
TLS_deletion = $(BUILD)/libmbed.a
TLS_cli = $(BUILD)/libmbed.a

# --- Tests --------------------------------------------------------------------
links = $(shell sed -n 's:^/\* links\: \(.*\) \*/:\1:p' $1)
objects = $(sort $(patsubst %.c,$(BUILD)/%.o,$1 \
	$(wildcard $(patsubst tests/%,src/%,$(subst /test_,/,$1))) \
	$(call links,$1)))

# program(source, floor, what it becomes)
define program
$3: $(call objects,$1) $(foreach floor,$(DOWN_$2),$(BUILD)/$(floor).a) \
		$(TLS_$2)
	@mkdir -p $$(@D)
	$$(CC) $$(SANITIZE) $$(GCOV) -o $$@ -Wl,--gc-sections -Wl,--start-group $$^ \
		-Wl,--end-group -lcmocka -lresolv
endef
$(foreach file,$(TESTS),$(eval $(call program,$(file),$(word 2,$(subst \
	/, ,$(file))),$(patsubst tests/%.c,$(BUILD)/%,$(file)))))

$(OBJECTS): $(BUILD)/%.o: %.c tests/unit.mk
	@mkdir -p $(@D)
	$(CC) $(FLAGS) $(GCOV) $(WARN) -Werror $(INCLUDE) -c -o $@ $<

# --- mbedTLS and generated files, as soon as a test stands above wire ----------
MBEDTLS_SOURCES = $(wildcard $(MBEDTLS)/library/*.c)
MBEDTLS_OBJECTS = $(MBEDTLS_SOURCES:$(MBEDTLS)/library/%.c=$(BUILD)/mbedtls/%.o)

$(BUILD)/libmbed.a: $(MBEDTLS_OBJECTS)
	@rm -f $@
	@ar rc $@ $^

# As the Makefile has it.
$(BUILD)/mbedtls/ssl_tls.o $(BUILD)/mbedtls/ssl_tls13_generic.o: PORT = \
	-Dmbedtls_x509_crt_parse_der=tls_take_certificate \
	-Dmbedtls_x509_crt_verify_restartable=tls_judge_server
$(BUILD)/mbedtls/ecp.o $(BUILD)/mbedtls/ecdsa.o: PORT = \
	-Dmbedtls_mpi_gcd_modinv_odd=inverse_modulo_prime
$(BUILD)/mbedtls/%.o: $(MBEDTLS)/library/%.c third_party/mbedtls_config.h \
		tests/unit.mk
	@mkdir -p $(@D)
	@$(CC) $(FLAGS) $(PORT) $(INCLUDE) -I$(MBEDTLS)/library -w -c -o $@ $<

# For tests/net/test_roots.c: the certificates behind the names and keys.
$(BUILD)/tests/net/test_roots.o: $(BUILD)/roots_names.inc
$(BUILD)/roots_names.inc: build/roots build/x86_64/roots.inc
	@mkdir -p $(@D)
	SOURCE_DATE_EPOCH=$$(sed 's/.*TIME=\([0-9]*\).*/\1/' \
		build/x86_64/version) build/roots -l -d $$(cat $(ROOTS)/.version) \
		$(ROOTS)/mozilla/certdata.txt >$@
$(BUILD)/src/net/roots.o: build/x86_64/roots.inc
build/roots build/x86_64/roots.inc: third_party/roots.c
	@$(MAKE) -s -f Makefile $@

.PHONY: all list
.DELETE_ON_ERROR:
.SUFFIXES:
.SECONDARY:
-include $(OBJECTS:.o=.d) $(wildcard $(BUILD)/mbedtls/*.d)
