# SPDX-License-Identifier: MIT
# Builds patrm. `make` is build/x86_64/patrm; `make help` lists the rest.
# Output is only below build/. Your own CFLAGS and LDFLAGS come after ours.

VERSION   = 0.1.0
TOOLCHAIN = x86_64
PREFIX    = /usr/local
# For what runs while building.
HOSTCC    = cc

TOOLCHAINS = $(basename $(notdir $(wildcard toolchains/*.mk)))
ifeq ($(wildcard toolchains/$(basename $(TOOLCHAIN)).mk),)
$(error no toolchains/$(TOOLCHAIN).mk in $(CURDIR), but $(or $(TOOLCHAINS),none: use make -C))
endif
include toolchains/$(basename $(TOOLCHAIN)).mk
include warnings.mk

# Your own compiler, as CC=..., knows its tools.
ifeq ($(origin CC),command line)
AR := $(or $(shell $(CC) -print-prog-name=ar),ar)
STRIP := $(or $(shell $(CC) -print-prog-name=strip),strip)
endif

# NAME.ubsan ends wherever C does not say what comes next; see check-ubsan.
UBSAN = $(if $(filter .ubsan,$(suffix $(TOOLCHAIN))),-fsanitize=undefined \
	-fsanitize-undefined-trap-on-error)

# In a shell that has it, cd may go elsewhere, and prints where.
unexport CDPATH

# These call make on the same folders: together with another goal, one by one.
ifneq ($(and $(word 2,$(MAKECMDGOALS)),$(filter all-toolchains bench check check-ubsan \
	demo model performance release sizes,$(MAKECMDGOALS))),)
.NOTPARALLEL:
endif

# V=1 shows the commands.
Q = $(if $(V),,@)

# --- Where things are ---------------------------------------------------------
BUILD   = build
# For a processor that is none of toolchains/ it has a folder of its own.
OWN     = $(and $(filter command,$(origin MUSL_TARGET)),$(filter file,$(origin TOOLCHAIN)))
B       = $(BUILD)/$(if $(OWN),$(MUSL_TARGET),$(TOOLCHAIN))
MBEDTLS = $(BUILD)/src/mbedtls
JSMN    = $(BUILD)/src/jsmn
MUSL    = $(BUILD)/src/musl
ROOTS   = $(BUILD)/src/ca-certificates
# What was unpacked, locked or not; for recipes that run once it is there.
JSMN_VERSION  = $(shell cat $(JSMN)/.version)
MUSL_VERSION  = $(shell cat $(MUSL)/.version)
ROOTS_VERSION = $(shell cat $(ROOTS)/.version)
LIBC    = $(B)/musl

# This tree's own, whoever owns it: git looks for no other one, and so need not
# doubt whose it found.
GIT = git --git-dir=.git

# What --version says, and before what a clock is known to be wrong.
BUILD_TIME := $(or $(SOURCE_DATE_EPOCH),$(shell \
	cat third_party/src/BUILD_TIME 2>/dev/null || \
	$(GIT) log -1 --no-show-signature --format=%ct 2>/dev/null || \
	date -r Makefile +%s))

# --- Flags --------------------------------------------------------------------
SAFE = -fPIE -fstack-protector-strong
# No unwind tables: nothing here unwinds, and they are a tenth of the file. -Oz
# (gcc 12) and one piece for the linker's optimizer take 4 KB off.
takes = $(shell $(CC) $1 -Werror -E -x c /dev/null >/dev/null 2>&1 && echo $1)
OZ  := $(call takes,-Oz)
ONE := $(call takes,-flto-partition=one)
# What gcc still does at -Oz, and is longer for it: 5 KB together.
LESS := $(foreach flag,caller-saves code-hoisting expensive-optimizations \
	forward-propagate inline-small-functions shrink-wrap thread-jumps tree-ch tree-dominator-opts \
	tree-loop-im tree-pre,$(call takes,-fno-$(flag)))
# On x86 it pads tables to cache lines: 1.6 KB.
PACK := $(call takes,-malign-data=abi)
SMALL = $(or $(OZ),-Os) $(ONE) $(LESS) $(PACK) -ffunction-sections -fdata-sections \
	-fvisibility=hidden \
	-fno-unwind-tables -fno-asynchronous-unwind-tables -fno-jump-tables
# Where $(CC) and its linker can: clang needs lld, or LLVM's plugin for ld.
LTO := $(shell echo 'int main(void) { return 0; }' | $(CC) -flto=auto $(LDFLAGS) \
	-nostdlib -x c - -o /dev/null 2>/dev/null && echo -flto=auto)
# A bit for each relocation, where the linker knows how for this processor.
RELR := $(shell $(CC) -nostdlib -shared $(LDFLAGS) -Wl,-z,pack-relative-relocs \
	-o /dev/null 2>&1 | grep -q pack- || echo -Wl,-z,pack-relative-relocs)
# The same bytes wherever the tree lies: no path of it gets to the compiler.
SAME = -frandom-seed=patrm
GCC_INCLUDE := $(shell $(CC) -print-file-name=include 2>/dev/null)
LIBC_INCLUDE = -nostdinc -isystem $(LIBC)/include -isystem $(GCC_INCLUDE)
MBEDTLS_CONFIG = -Ithird_party '-DMBEDTLS_CONFIG_FILE=<mbedtls_config.h>'
MBEDTLS_INCLUDE = -isystem $(MBEDTLS)/include $(MBEDTLS_CONFIG)
OUR_CFLAGS = -std=c11 -D_GNU_SOURCE $(ARCH_CFLAGS) $(SMALL) $(SMALL_CFLAGS) $(SAFE) \
	$(SAME) $(LTO) $(UBSAN) $(STRICT) -MD -MP
OUR_INCLUDE = -Isrc -I$(B) $(LIBC_INCLUDE) $(MBEDTLS_INCLUDE) -isystem $(JSMN)
# True static-pie: musl's own start code relocates it, no interpreter is named.
OUR_LDFLAGS = -nostdlib -nostartfiles -static-pie -Wl,--no-dynamic-linker \
	-Wl,-z,relro,-z,now,-z,noexecstack,-z,noseparate-code \
	$(RELR) -Wl,--gc-sections,--exclude-libs,ALL -Wl,--build-id=none -Wl,--sort-section=alignment \
	-Wl,-T,toolchains/static-pie.ld -Wl,-Map=$@.map $(ARCH_LDFLAGS)

# --- What is compiled ---------------------------------------------------------
SOURCES = $(wildcard src/*/*.c)
OBJECTS = $(SOURCES:%.c=$(B)/%.o)
MBEDTLS_FILES = \
	aes asn1parse asn1write bignum bignum_core block_cipher chacha20 \
	chachapoly cipher cipher_wrap constant_time ecdh ecdsa ecp \
	ecp_curves gcm md oid pk pk_ecc pk_wrap pkparse \
	pkwrite platform platform_util poly1305 psa_crypto psa_crypto_aead \
	psa_crypto_cipher psa_crypto_client \
	psa_crypto_driver_wrappers_no_static psa_crypto_ecp psa_crypto_hash \
	psa_crypto_mac psa_crypto_rsa psa_crypto_slot_management psa_util \
	rsa rsa_alt_helpers sha256 sha512 ssl_ciphersuites ssl_client \
	ssl_msg ssl_tls ssl_tls12_client ssl_tls13_client ssl_tls13_generic \
	ssl_tls13_keys x509 x509_crt
# Their inner loops are nine tenths of a handshake: speed is worth its bytes, and
# an instruction set of their own (FAST_CFLAGS).
MBEDTLS_FAST = bignum_core chacha20
MBEDTLS_OBJECTS = $(MBEDTLS_FILES:%=$(B)/mbedtls/%.o)

all: $(B)/patrm

$(B)/patrm: $(OBJECTS) $(MBEDTLS_OBJECTS) $(LIBC)/lib/libc.a toolchains/static-pie.ld
	@echo '  LINK $@'
	$(Q)$(CC) $(OUR_CFLAGS) $(CFLAGS) $(OUR_LDFLAGS) $(LDFLAGS) -o $@ \
		$(LIBC)/lib/rcrt1.o $(LIBC)/lib/crti.o \
		$(OBJECTS) $(MBEDTLS_OBJECTS) -Wl,--start-group \
		$(LIBC)/lib/libc.a $$($(CC) $(ARCH_CFLAGS) -print-libgcc-file-name) \
		-Wl,--end-group $(LIBC)/lib/crtn.o
	$(Q)cp $@ $@.debug
	$(Q)$(STRIP) -s -R .comment $@
	@LC_ALL=C readelf -lWd $@ | awk -v file=$@ '\
		/INTERP|NEEDED|RWE| W?E .*GNU_STACK/ { bad = $$0 } \
		/GNU_RELRO/ { relro = 1 } /GNU_STACK .* RW / { stack = 1 } \
		END { if (bad || !relro || !stack) { \
			print file ": not a hardened static-pie: " bad; exit 1 } }'
	@echo "$@: $$(wc -c <$@) bytes"

$(OBJECTS): $(B)/%.o: %.c $(B)/flags $(LIBC)/lib/libc.a | $(MBEDTLS)/.sha256 \
		$(JSMN)/.sha256
	@mkdir -p $(@D)
	@echo '  CC $<'
	$(Q)$(CC) $(OUR_INCLUDE) $(OUR_CFLAGS) $(WARN) $(DEFINES) $(CPPFLAGS) $(CFLAGS) \
		-c -o $@ $<

$(B)/src/cli/main.o: $(B)/version
$(B)/src/cli/main.o: DEFINES = $(VERSIONS)
VERSIONS = -DPATRM_VERSION='"$(VERSION)"' -DPATRM_JSMN_VERSION='"$(JSMN_VERSION)"' \
	-DPATRM_MUSL_VERSION='"$(MUSL_VERSION)"' -DPATRM_BUILD_TIME=$(BUILD_TIME)
$(B)/version: | $(JSMN)/.sha256 $(MUSL)/.sha256

$(MBEDTLS_OBJECTS): $(B)/mbedtls/%.o: $(MBEDTLS)/.sha256 $(B)/flags \
		$(LIBC)/lib/libc.a third_party/mbedtls_config.h
	@mkdir -p $(@D)
	@echo '  CC mbedtls $*'
	$(Q)$(CC) $(LIBC_INCLUDE) $(MBEDTLS_CONFIG) -I$(MBEDTLS)/include \
		-I$(MBEDTLS)/library $(OUR_CFLAGS) \
		$(if $(filter $*,$(MBEDTLS_FAST)),-O2 -fexpensive-optimizations $(FAST_CFLAGS)) $(CPPFLAGS) $(CFLAGS) \
		-c -o $@ $(MBEDTLS)/library/$*.c

# mbedTLS offers PSS signatures in TLS 1.2, too, but takes them only with this.
# Here alone, since everywhere else it would bring 4 KB of PSA's own RSA.
$(B)/mbedtls/ssl_tls12_client.o: OUR_CFLAGS += -DPSA_WANT_ALG_RSA_PSS=1

# A HelloRetryRequest with a cookie, which mbedTLS refuses: see net/tls.c.
$(B)/mbedtls/ssl_tls13_client.o: OUR_CFLAGS += \
	-Dmbedtls_ssl_tls13_check_received_extension=tls_check_extension

# What mbedTLS could do with keys, too, is not linked: to work out what is always
# there in PKCS #1 and PKCS #8, to encrypt by RSA, to compare a public key with a
# private one. Who calls it all the same ends in musl's trap for a broken stack.
UNUSED_rsa = $(addprefix mbedtls_rsa_deduce_,primes private_exponent crt)
UNUSED_pk_wrap = mbedtls_rsa_pkcs1_encrypt mbedtls_rsa_pkcs1_decrypt \
	mbedtls_rsa_check_pub_priv mbedtls_ecp_check_pub_priv
$(B)/mbedtls/rsa.o $(B)/mbedtls/pk_wrap.o: OUR_CFLAGS += \
	$(foreach name,$(UNUSED_$(*F)),-D$(name)=un$(name))
$(B)/patrm: OUR_LDFLAGS += $(foreach name,$(UNUSED_rsa) $(UNUSED_pk_wrap), \
	-Wl,--defsym=un$(name)=__stack_chk_fail)

# Curves have prime moduli, and a power is a cheaper inverse: src/net/signature.c.
$(B)/mbedtls/ecp.o $(B)/mbedtls/ecdsa.o: OUR_CFLAGS += \
	-Dmbedtls_mpi_gcd_modinv_odd=inverse_modulo_prime

# What a server sends goes to src/net/verify, by way of src/net/tls, and not to
# mbedTLS's own X.509, of which hardly a byte is linked then.
$(B)/mbedtls/ssl_tls.o $(B)/mbedtls/ssl_tls13_generic.o: OUR_CFLAGS += \
	-Dmbedtls_x509_crt_parse_der=tls_take_certificate \
	-Dmbedtls_x509_crt_verify_restartable=tls_judge_server

# Its own build, untouched by the user's flags. Not part of the LTO, hence told
# that all calls stay within one file. A third of it, the folders that nothing
# here calls into, is not compiled.
MUSL_UNUSED = aio complex conf crypt dirent fenv ipc math mq regex search temp
MUSL_DIRS = $(addprefix musl/,crt src/malloc/mallocng $(addprefix src/,$(filter-out \
	$(MUSL_UNUSED),$(notdir $(wildcard $(MUSL)/src/*)))))
MUSL_CFLAGS = $(ARCH_CFLAGS) $(or $(OZ),-Os) $(SAFE) -fno-asynchronous-unwind-tables $(STRICT) \
	-include hidden.h
$(LIBC)/lib/libc.a: $(MUSL)/.sha256 $(B)/libc | tools
	$(Q)rm -rf $(LIBC) $(LIBC).build
	$(Q)mkdir -p $(LIBC).build
	$(Q)ln -sr $(MUSL) $(LIBC).build/musl
	$(Q)echo '#pragma GCC visibility push(hidden)' >$(LIBC).build/hidden.h
	@echo '  BUILD musl $(MUSL_VERSION) for $(MUSL_TARGET)'; \
	unset MAKEFLAGS MAKEOVERRIDES MFLAGS CFLAGS CPPFLAGS LDFLAGS; \
	cd $(LIBC).build && { \
	CC='$(CC)' CFLAGS='$(MUSL_CFLAGS)' \
	musl/configure --prefix= --target=$(MUSL_TARGET) \
		--enable-optimize=size --disable-shared --disable-wrapper && \
	$(EACH) $(or $(filter -j%,$(MAKEFLAGS)),-j$$(nproc)) AR=$(AR) RANLIB='$(AR) s' SRC_DIRS='$(MUSL_DIRS)' \
		DESTDIR=../$(notdir $(LIBC)) install; } >log 2>&1 || \
	{ tail -n 5 log; echo 'musl: see $(LIBC).build/log'; exit 1; }
	@touch $@

# The roots inside: Mozilla's list as names and keys, without what had expired
# when patrm was built. EXTRA_ROOTS: DER files to add, for a test build.
ROOTS_FILES = third_party/roots.c src/wire/name.c src/wire/der.c src/base/buf.c \
	src/base/fmt.c src/base/calendar.c
$(BUILD)/roots: $(ROOTS_FILES) | tools
	@mkdir -p $(@D)
	@echo '  CC $<'
	$(Q)$(HOSTCC) -std=c11 -D_GNU_SOURCE -O1 $(WARN) $(STRICT) -Isrc -o $@ $(ROOTS_FILES)
$(B)/roots.inc: $(BUILD)/roots $(ROOTS)/.sha256 $(B)/version $(EXTRA_ROOTS)
	@mkdir -p $(@D)
	$(Q)SOURCE_DATE_EPOCH=$(BUILD_TIME) $(BUILD)/roots -d $(ROOTS_VERSION) \
		$(ROOTS)/mozilla/certdata.txt $(EXTRA_ROOTS) >$@
$(B)/src/net/roots.o: $(B)/roots.inc

# Change with what they say, and so rebuild what depends on it.
$(B)/libc: NOTE = $(CC) $(GCC_INCLUDE) $(MUSL_TARGET) $(MUSL_CFLAGS)
$(B)/flags: NOTE = $(CC) $(OUR_CFLAGS) $(FAST_CFLAGS) $(CPPFLAGS) $(CFLAGS) $(LDFLAGS)
$(B)/version: NOTE = $(VERSIONS) $(EXTRA_ROOTS)
$(B)/libc $(B)/flags $(B)/version: FORCE | tools
	@mkdir -p $(@D)
	@echo "$(subst ",,$(NOTE))" | cmp -s - $@ || echo "$(subst ",,$(NOTE))" >$@

$(BUILD)/src/%/.sha256: third_party/lock third_party/fetch | tools
	@PATRM_SRC=$(BUILD)/src third_party/fetch $*
	@touch $@

# What tests/need gets: Debian's compilers are packages of the same name, and its
# cross compilers, NAME-gcc, of gcc-NAME.
CC_COMMAND = $(firstword $(CC))
NEED = $(sort $(PACKAGES) $(if $(shell command -v $(CC_COMMAND)),,$(CC_COMMAND:%-gcc=gcc-%)))
tools: FORCE
	@for tool in $(CC_COMMAND) $(firstword $(HOSTCC)) readelf tar bzip2 gzip xz; do \
		command -v $$tool >/dev/null || { \
		echo "make: $$tool is missing: tests/need $(NEED) installs it" >&2; \
		exit 2; }; done
	@[ "$(TOOLCHAIN)$(OWN)" != x86_64 ] || case $$($(CC) -dumpmachine) in \
		x86_64*) ;; *) echo "make: $(CC) is not for x86_64: give TOOLCHAIN=" \
		"(see toolchains/), or MUSL_TARGET= with CC=" >&2; exit 2; esac

# --- Everything else ----------------------------------------------------------
help:
	@sed -n 's/^#: //p' Makefile
#: make            build/x86_64/patrm (TOOLCHAIN=NAME: see toolchains/)
#: make sources    fetch, verify and unpack the third-party sources
#: make all-toolchains    every processor that there is a compiler for
#: make check-toolchains  tests of each that was built
#: make check-ubsan       of builds that end at undefined behaviour
#: make sizes             SIZES.md, as they are now
#: make demo       delete a token of a stand-in server and see it gone
#: make standin    that server, to use by hand
#: make check      all tests
#: make bench      patrm beside curl and wget, to build/bench; docs/scale.svg
#: make performance    docs/PERFORMANCE.md and README's table, as they are now
#: make fuzz       each fuzzer for SECONDS=60
#: make model      RUNS=20000 drawn runs against a server that keeps the truth
#: make lint       formatting, cppcheck, warnings of two compilers
#: make size       where the bytes are
#: make completions for bash, zsh and fish, to build/completions
#: make install    to $(DESTDIR)$(PREFIX); make uninstall
#: make dist       a tarball that builds without a network
#: make release    all that is given away, for all processors, to build/release
#: make clean      all but the fetched tarballs

fetch sources: $(MBEDTLS)/.sha256 $(JSMN)/.sha256 $(MUSL)/.sha256 $(ROOTS)/.sha256
# What leaves this tree is made of what third_party/lock names, or not at all.
locked: FORCE
	@PATRM_SRC=$(BUILD)/src third_party/fetch -l

# One after the other: each has its own folder, and they share build/src.
EACH = $(MAKE) --no-print-directory
all-toolchains:
	@tests/need toolchains || :
	+@for name in $(TOOLCHAINS); do \
		why=$$($(EACH) TOOLCHAIN=$$name -s tools 2>&1) || { \
			echo "$$name: skipped: $$why" | head -n 1; continue; }; \
		$(EACH) TOOLCHAIN=$$name all || exit 1; done
check-toolchains:
	@tests/need check toolchains
	@tests/toolchains
	@tests/reproducible
	@tests/sizes check
check-ubsan:
	@tests/need check toolchains
	+@for name in x86_64 i386; do $(EACH) TOOLCHAIN=$$name.ubsan || exit 1; done
	@tests/toolchains x86_64.ubsan i386.ubsan
sizes: all-toolchains
	@tests/sizes >$(BUILD)/SIZES.md && cp $(BUILD)/SIZES.md SIZES.md

demo:
	@tests/need demo $(NEED)
	@$(MAKE) all
	@PATRM=$(B)/patrm tests/demo
	@echo "$(B)/patrm: $$(wc -c <$(B)/patrm) bytes"
standin:
	@/usr/bin/python3 tests/standin/standin.py $(ARGS)
check:
	@tests/need check $(NEED)
	@$(MAKE) all
	@PATRM=$(B)/patrm tests/check

# Some minutes; the table that README has, and how cost grows with tokens.
bench:
	@tests/need bench $(NEED)
	@$(MAKE) all
	@PATRM=$(B)/patrm tests/bench/run
	@PATRM=$(B)/patrm tests/bench/scale
performance: bench
	@tests/bench/where
	@tests/bench/paste

model:
	@tests/need check
	@$(MAKE) all
	@PATRM=$(B)/patrm tests/model/run RUNS=$(or $(RUNS),20000) SEED=$(or $(SEED),1)

fuzz:
	@tests/fuzz/run $(or $(SECONDS),60)

LINT_C = $(SOURCES) third_party/roots.c docs/completions.c
LINT_TESTS = $(wildcard tests/*.c tests/*/*.c tests/*/*/*.c)
LINT_ALL = $(LINT_C) $(LINT_TESTS) $(wildcard src/*/*.h tests/*.h tests/*/*.h \
	tests/*/*/*.h third_party/*.h)
lint: $(LIBC)/lib/libc.a $(B)/flags $(MBEDTLS)/.sha256 $(JSMN)/.sha256 \
		$(if third_party/roots.c,$(B)/roots.inc)
	@$(if $(wildcard tests/net/test_roots.c),$(MAKE) -s -f tests/unit.mk \
		$(BUILD)/host/roots_names.inc)
	@if clang-format --version | grep -q 'version 14\.'; then \
		clang-format --dry-run -Werror $(LINT_ALL); \
	else echo '  FORMAT skipped: versions differ, and ours is 14'; fi
	cppcheck -q --std=c11 --error-exitcode=1 --inline-suppr \
		--enable=warning,performance,portability \
		--suppress='*:$(BUILD)/*' --suppress=normalCheckLevelMaxBranches \
		$(VERSIONS) -DMBEDTLS_VERSION_STRING='""' -Isrc $(LINT_C)
	@for cc in '$(CC)' clang; do echo "  WARNINGS of $$cc"; \
	for f in $(SOURCES); do \
		$$cc -c -o /dev/null -Werror $(OUR_INCLUDE) \
			$(filter-out -flto% -MMD -MP $(LESS) $(PACK),$(OUR_CFLAGS)) $(WARN) \
			$(VERSIONS) $$f || exit 1; done; \
	for f in $(LINT_TESTS) third_party/roots.c; do \
		$$cc -c -o /dev/null -Werror -std=c11 -D_GNU_SOURCE -O1 $(WARN) \
			-Isrc -Itests -I$(B) -I$(BUILD)/host $(MBEDTLS_INCLUDE) -isystem $(JSMN) \
			$$f || exit 1; done; done
	@echo 'lint: clean'

size: $(B)/patrm
	@wc -c <$<
	@size -A $(B)/patrm | awk '$$2 > 0 && $$3 > 0'

COMPLETIONS = $(addprefix $(BUILD)/completions/patrm.,bash zsh fish)
completions: $(COMPLETIONS)
$(BUILD)/completions/completions: docs/completions.c src/cli/options.h | tools
	@mkdir -p $(@D)
	$(Q)$(HOSTCC) -std=c11 -D_GNU_SOURCE -O1 $(WARN) $(STRICT) -Isrc -o $@ $<
$(COMPLETIONS): $(BUILD)/completions/patrm.%: $(BUILD)/completions/completions
	$(Q)$< $* >$@

# Whatever quotes and blanks are in them.
TO    = '$(subst ','\'',$(DESTDIR)$(PREFIX))'
SHARE = $(TO)/share
install: $(B)/patrm $(COMPLETIONS)
	install -D -m 755 $(B)/patrm $(TO)/bin/patrm
	install -D -m 644 docs/patrm.1 $(SHARE)/man/man1/patrm.1
	install -D -m 644 $(BUILD)/completions/patrm.bash \
		$(SHARE)/bash-completion/completions/patrm
	install -D -m 644 $(BUILD)/completions/patrm.zsh \
		$(SHARE)/zsh/site-functions/_patrm
	install -D -m 644 $(BUILD)/completions/patrm.fish \
		$(SHARE)/fish/vendor_completions.d/patrm.fish
uninstall:
	rm -f $(TO)/bin/patrm $(SHARE)/man/man1/patrm.1 \
		$(SHARE)/bash-completion/completions/patrm \
		$(SHARE)/zsh/site-functions/_patrm \
		$(SHARE)/fish/vendor_completions.d/patrm.fish

DIST = patrm-$(VERSION)
dist: locked
	rm -rf $(BUILD)/dist
	mkdir -p $(BUILD)/dist/$(DIST)/third_party/src
	test -e .git || { echo 'dist: needs git, and this is no clone' >&2; exit 2; }
	{ $(GIT) ls-files -cz && $(GIT) ls-files -dz; } | sort -z | uniq -zu | \
		xargs -0 cp --parents -Pt $(BUILD)/dist/$(DIST)
	for f in $$(sed -n 's/^[^#].* [^ ]*\/\([^ ]*\) [^ ]*$$/\1/p' third_party/lock); \
		do from="third_party/src/$$f"; [ -f "$$from" ] || \
		from="$${PATRM_CACHE:-$(BUILD)/cache}/$$f"; \
		cp "$$from" $(BUILD)/dist/$(DIST)/third_party/src/ || exit 1; done
	echo $(BUILD_TIME) >$(BUILD)/dist/$(DIST)/third_party/src/BUILD_TIME
	tar -C $(BUILD)/dist --sort=name --mtime=@$(BUILD_TIME) --owner=0 --group=0 \
		--numeric-owner --mode=u+w,go-w,a+rX -cf - $(DIST) | \
		gzip -9n >$(BUILD)/$(DIST).tar.gz
	@echo "$(BUILD)/$(DIST).tar.gz: $$(wc -c <$(BUILD)/$(DIST).tar.gz) bytes"

build-time: FORCE
	@echo $(BUILD_TIME)
# Of every processor that there is a compiler for, to build/release.
release:
	@tests/need release
	+@$(EACH) locked
	+@$(EACH) all-toolchains completions dist
	@toolchains/release $(VERSION) $(BUILD_TIME) $(BUILD)/release \
		$$(for name in $(TOOLCHAINS); do \
			$(EACH) -s TOOLCHAIN=$$name tools >/dev/null 2>&1 && \
			echo $$name; done)

clean:
	rm -rf $(filter-out $(BUILD)/cache,$(wildcard $(BUILD)/*))

.PHONY: FORCE all all-toolchains check-toolchains check-ubsan sizes help model completions fetch sources locked demo standin check bench performance lint size install uninstall dist build-time release clean fuzz tools
.DELETE_ON_ERROR:
.SUFFIXES:
-include $(OBJECTS:.o=.d) $(MBEDTLS_OBJECTS:.o=.d)
