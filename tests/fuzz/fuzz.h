/* SPDX-License-Identifier: MIT */
/* What the fuzzers share: a check, ways to split a text, what may be shown. */
#ifndef TESTS_FUZZ_H
#define TESTS_FUZZ_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"

/* One fuzzer: judges one input, and ends the program where it finds a fault. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define CHECK(condition) \
	((condition) ? (void)0 : fuzz_fail(__FILE__, __LINE__, #condition))

static inline _Noreturn void fuzz_fail(const char *file, int line,
                                       const char *condition)
{
	fprintf(stderr, "%s:%d: not so: %s\n", file, line, condition);
	abort();
}

/* FNV-1a: choices that depend on every byte, and leave the input readable. */
static inline uint32_t fuzz_hash(struct span text)
{
	uint32_t hash = 2166136261u;

	for (size_t i = 0; i < text.len; i++)
		hash = (hash ^ text.at[i]) * 16777619u;
	return hash | 1;
}

/* The next choice; the seed must not be 0 (xorshift). */
static inline uint32_t fuzz_draw(uint32_t *seed)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 17;
	*seed ^= *seed << 5;
	return *seed;
}

static inline struct span fuzz_first(struct span text, size_t n)
{
	return (struct span){ text.at, n < text.len ? n : text.len };
}

static inline bool fuzz_begins(struct span text, struct span with)
{
	return text.len >= with.len &&
	       span_equal(fuzz_first(text, with.len), with);
}

/* --- Splits --- */

/*
 * The ways to split a text: 0 whole, 1 byte by byte, 2 and 3 in small and large
 * pieces drawn from it; then in two, everywhere or, if it is long, at 16 spots.
 */
#define FUZZ_WAYS 4
#define FUZZ_SHORT 160

static inline size_t fuzz_ways(struct span text)
{
	return FUZZ_WAYS + (text.len <= FUZZ_SHORT ? text.len : 16);
}

struct fuzz_pieces {
	struct span rest;
	size_t way;
	uint32_t seed;
	uint8_t *copy; /* the piece at hand: whoever reads behind it is seen */
};

static inline struct fuzz_pieces fuzz_split(struct span text, size_t way)
{
	return (struct fuzz_pieces){ text, way, fuzz_hash(text), NULL };
}

static inline size_t fuzz_piece_size(struct fuzz_pieces *p)
{
	size_t way = p->way;

	if (way == 1)
		return 1;
	if (way == 2)
		return fuzz_draw(&p->seed) % 8;
	if (way == 3)
		return fuzz_draw(&p->seed) % 700;
	p->way = 0;
	if (way == 0)
		return p->rest.len;
	if (p->rest.len <= FUZZ_SHORT)
		return way - FUZZ_WAYS;
	while (way-- > FUZZ_WAYS)
		fuzz_draw(&p->seed);
	return p->seed % p->rest.len;
}

/* The next piece, perhaps an empty one, valid until the next call. */
static inline bool fuzz_piece(struct fuzz_pieces *p, struct span *piece)
{
	free(p->copy);
	p->copy = NULL;
	if (p->rest.len == 0)
		return false;
	*piece = fuzz_first(p->rest, fuzz_piece_size(p));
	p->rest = span_skip(p->rest, piece->len);
	p->copy = malloc(piece->len + (piece->len == 0));
	CHECK(p->copy != NULL);
	memcpy(p->copy, piece->at, piece->len);
	piece->at = p->copy;
	return true;
}

/* Before the last piece was asked for. */
static inline void fuzz_stop(struct fuzz_pieces *p)
{
	free(p->copy);
	p->copy = NULL;
}

/* --- What a terminal may be shown --- */

/* A plain decoder beside fmt.c's; UINT32_MAX for what is no UTF-8. */
static inline uint32_t fuzz_utf8(struct span *s)
{
	uint8_t b = s->at[0];
	size_t len = b < 0x80         ? 1
	             : b >> 5 == 0x06 ? 2
	             : b >> 4 == 0x0e ? 3
	             : b >> 3 == 0x1e ? 4
	                              : 0;
	uint32_t cp = len == 1 ? b : b & (0x7fu >> len);
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };

	if (len == 0 || len > s->len)
		return UINT32_MAX;
	for (size_t i = 1; i < len; i++) {
		if (s->at[i] >> 6 != 2)
			return UINT32_MAX;
		cp = cp << 6 | (s->at[i] & 0x3fu);
	}
	if (cp < least[len] || cp > 0x10ffff || cp >> 11 == 0x1b)
		return UINT32_MAX;
	*s = span_skip(*s, len);
	return cp;
}

/* Controls, bidi marks, what has no width, tags, noncharacters. */
static inline bool fuzz_is_hidden(uint32_t cp)
{
	return cp < 0x20 || (cp >= 0x7f && cp <= 0x9f) || cp == 0xad ||
	       cp == 0x61c || cp == 0x180e || (cp >= 0x200b && cp <= 0x200f) ||
	       (cp >= 0x2028 && cp <= 0x202e) ||
	       (cp >= 0x2060 && cp <= 0x206f) ||
	       (cp >= 0xfdd0 && cp <= 0xfdef) || cp == 0xfeff ||
	       (cp >= 0xfff9 && cp <= 0xfffb) || (cp & 0xfffe) == 0xfffe ||
	       (cp >= 0xe0000 && cp <= 0xe0fff);
}

static inline bool fuzz_is_utf8(struct span text)
{
	while (text.len > 0)
		if (fuzz_utf8(&text) == UINT32_MAX)
			return false;
	return true;
}

/* UTF-8 on one line that a terminal neither obeys nor hides nor turns round. */
static inline bool fuzz_is_printable(struct span text)
{
	while (text.len > 0)
		if (fuzz_is_hidden(fuzz_utf8(&text)))
			return false;
	return true;
}

#endif
