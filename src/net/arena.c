/* SPDX-License-Identifier: MIT */
/* The memory that mbedTLS allocates from: one static block, no heap. */
#include "net/arena.h"

#include <stdalign.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "base/limits.h"

/* The head of a block; its memory is what follows up to the next head. */
struct head {
	alignas(max_align_t) uint32_t units; /* of the block, its head too */
	bool used;
};

#define UNIT sizeof(struct head)
#define END (TLS_ARENA / UNIT)

_Static_assert(END < UINT32_MAX, "a head counts units in 32 bits");

/* Blocks stand one behind the other from 0 to END. Only what is used is
 * touched: the rest costs no memory. */
static struct head arena[END];

/* From this unit on nothing was ever written: it is zeros. */
static size_t fresh;

/* No block before this one is free. */
static size_t first_free;

/* Makes one block of this free one and the free ones behind it. */
static void merge(size_t at)
{
	size_t end = at + arena[at].units;

	while (end < END && !arena[end].used)
		end += arena[end].units;
	arena[at].units = (uint32_t)(end - at);
}

/* Makes units zeros, up to the head behind them. */
static void clear(size_t from, size_t to)
{
	size_t used = to < fresh ? to : fresh;

	if (used > from)
		memset(&arena[from], 0, (used - from) * UNIT);
	if (fresh <= to)
		fresh = to + 1;
}

/* The first fit: most of what mbedTLS asks for is small and short-lived. */
void *arena_calloc(size_t count, size_t size)
{
	bool is_first = true;
	size_t units, rest;

	if (size > 0 && count > (TLS_ARENA - UNIT) / size)
		return NULL;
	units = 1 + (count * size + UNIT - 1) / UNIT;
	if (arena[0].units == 0)
		arena[0].units = END;
	for (size_t at = first_free; at < END; at += arena[at].units) {
		if (arena[at].used)
			continue;
		merge(at);
		if (is_first)
			first_free = at;
		is_first = false;
		if (arena[at].units < units)
			continue;
		/* The rest of it is a free block. */
		rest = arena[at].units - units;
		if (rest > 0)
			arena[at + units] =
				(struct head){ (uint32_t)rest, false };
		arena[at] = (struct head){ (uint32_t)units, true };
		clear(at + 1, at + units);
		return &arena[at + 1];
	}
	return NULL;
}

void arena_free(void *memory)
{
	struct head *block = memory;
	size_t at;

	if (block == NULL)
		return;
	at = (size_t)(--block - arena);
	block->used = false;
	if (at < first_free)
		first_free = at;
}
