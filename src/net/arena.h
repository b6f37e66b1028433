/* SPDX-License-Identifier: MIT */
/* The memory that mbedTLS allocates from: one static block, no heap. */
#ifndef NET_ARENA_H
#define NET_ARENA_H

#include <stddef.h>

/*
 * Zeroed memory for count things of that size, aligned for any of them; NULL
 * where there is no room. mbedtls_config.h makes these two mbedTLS's own.
 */
void *arena_calloc(size_t count, size_t size);

/* Takes it back; NULL is nothing. What was in it, its owner has wiped. */
void arena_free(void *memory);

#endif
