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

/* The bytes of a NUL-terminated string, without the NUL; none for NULL. */
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

/* Whether s begins with those bytes. */
bool span_begins(struct span s, struct span with);

/* As span_equal, with ASCII letters compared without regard to case. */
bool span_equal_nocase(struct span a, struct span b);

/* An ASCII letter in lower case; any other byte as it is. */
uint8_t byte_lower(uint8_t c);

/* Whether a byte occurs in the string set; NUL does in none. */
bool byte_is_in(uint8_t c, const char *set);

/* Where `what`, which is not empty, stands first in s; s.len: nowhere. */
size_t span_find(struct span s, struct span what);

/* What people and shells leave around a value. */
#define SPAN_WRAPPING " \t\r\n\"'"

/* Without the leading and trailing bytes that occur in the string set. */
struct span span_trim(struct span s, const char *set);

/* Without the trailing ones alone. */
struct span span_trim_end(struct span s, const char *set);

/*
 * Cuts the list's next element off: what stands before the first `by` goes to
 * *item, *rest moves behind it. False once nothing is left.
 */
bool span_cut(struct span *rest, uint8_t by, struct span *item);

/* Cuts it off the start, or the end, of s; whether it stood there. */
bool span_cut_prefix(struct span *s, struct span prefix);
bool span_cut_suffix(struct span *s, struct span suffix);

/*
 * Cuts off the mark, which is not empty, and what stands before it. False, with
 * nothing changed, where there is none.
 */
bool span_cut_mark(struct span *rest, struct span mark, struct span *before);

/* Cuts off what stands before the first byte that occurs in the string set. */
struct span span_until(struct span *rest, const char *set);

/* Cuts off what stands before the first byte that does not. */
struct span span_while(struct span *rest, const char *set);

/* Cuts the next word off, and any marks before it; false: none is left. */
bool span_cut_word(struct span *rest, const char *marks, struct span *word);

/*
 * Whether s is digits of that base, 10 or 16, and nothing else: *number is
 * their value, or UINT64_MAX where it is larger.
 */
bool span_number(struct span digits, unsigned base, uint64_t *number);

/* Whether 1 to 9 digits, n, are at the start of s; *out is their value. */
bool span_digits(struct span s, size_t n, unsigned *out);

/* The value of a hexadecimal digit, or 16 for what is none. */
unsigned span_hex(uint8_t digit);

/* Cuts off a byte that stands there as two such digits, if one does. */
bool span_cut_hex(struct span *rest, uint8_t *byte);

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

/* An empty buf over so many bytes, or over a whole array. What it sets is more
 * code than a call, in 75 places. */
__attribute__((noinline)) struct buf buf_over(uint8_t *bytes, size_t cap);
#define BUF_OVER(array) buf_over(array, sizeof(array))

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
