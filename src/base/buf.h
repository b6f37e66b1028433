/* SPDX-License-Identifier: MIT */
/* Borrowed bytes (span) and a bounded writer that remembers overflow (buf). */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Bytes that belong to somebody else. Valid as long as their owner keeps
 * them; may hold any byte, NUL included. An empty span may have at == NULL.
 */
struct span {
	const uint8_t *at;
	size_t len;
};

/* A span over a string literal, without its NUL. */
#define SPAN(literal) \
	((struct span){ (const uint8_t *)("" literal), sizeof(literal) - 1 })

/* The bytes of a NUL-terminated string, without the NUL. */
struct span span_of(const char *text);

/*
 * The n-th, from 0, of texts that stand behind each other, each with its NUL. A
 * table of pointers would be larger, and relocated at each start.
 */
const char *span_nth(const char *texts, size_t n);

/* For constants that few runs read: a segment of the file (static-pie.ld). */
#define SELDOM __attribute__((section(".seldom")))

/* What is left of s behind its first n bytes; n is at most s.len. */
struct span span_skip(struct span s, size_t n);

bool span_equal(struct span a, struct span b);

/* As span_equal, with ASCII letters compared without regard to case. */
bool span_equal_nocase(struct span a, struct span b);

/* Where `what`, which is not empty, stands first in s; s.len: nowhere. */
size_t span_find(struct span s, struct span what);

/* What people and shells leave around a value. */
#define SPAN_WRAPPING " \t\r\n\"'"

/* Without the leading and trailing bytes that occur in the string set. */
struct span span_trim(struct span s, const char *set);

/*
 * Cuts the list's next element off: what stands before the first `by` goes to
 * *item, *rest moves behind it. False once nothing is left.
 */
bool span_cut(struct span *rest, uint8_t by, struct span *item);

/* Cuts off what stands before the first byte that occurs in the string set. */
struct span span_until(struct span *rest, const char *set);

/* Whether n digits follow at the start of s; *out is their decimal value. */
bool span_digits(struct span s, size_t n, unsigned *out);

/* The value of a hexadecimal digit, or 16 for what is none. */
unsigned span_hex(uint8_t digit);

/*
 * A writer over cap bytes at `at`, which belong to the caller. What does not
 * fit sets failed, and from then on nothing is written: check failed once, at
 * the end. With a drain, a full buffer is handed to it first, and is empty then;
 * it returns false where it cannot take the bytes.
 */
struct buf {
	uint8_t *at;
	size_t len;
	size_t cap;
	bool failed;
	bool (*drain)(void *context, struct span bytes);
	void *context;
};

/* A buf over a whole array. */
#define BUF_OVER(array) ((struct buf){ .at = (array), .cap = sizeof(array) })

/* Declares a buf over so many bytes of its own. */
#define BUF_ON_STACK(name, size) \
	uint8_t name##_bytes[size]; \
	struct buf name = BUF_OVER(name##_bytes)

void buf_put(struct buf *b, const void *bytes, size_t len);
void buf_byte(struct buf *b, uint8_t byte);
void buf_span(struct buf *b, struct span s);
void buf_text(struct buf *b, const char *text);

/* What has been written so far; valid until the next write. */
struct span buf_written(const struct buf *b);

/* Overwrites all cap bytes with zeros, for good, and empties the buf. */
void buf_wipe(struct buf *b);

#endif
