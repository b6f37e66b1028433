/* SPDX-License-Identifier: MIT */
/* Borrowed bytes (span) and a bounded writer that remembers overflow (buf). */
#include "base/buf.h"

#include <string.h>

struct span span_of(const char *text)
{
	return (struct span){ (const uint8_t *)text,
		              text != NULL ? strlen(text) : 0 };
}

const char *span_nth(const char *texts, size_t n)
{
	while (n-- > 0)
		texts += strlen(texts) + 1;
	return texts;
}

struct span span_skip(struct span s, size_t n)
{
	/* No address plus nothing is undefined in C, all the same. */
	return (struct span){ n > 0 ? s.at + n : s.at, s.len - n };
}

bool span_equal(struct span a, struct span b)
{
	return a.len == b.len && (a.len == 0 || memcmp(a.at, b.at, a.len) == 0);
}

bool span_begins(struct span s, struct span with)
{
	return s.len >= with.len &&
	       span_equal((struct span){ s.at, with.len }, with);
}

uint8_t byte_lower(uint8_t c)
{
	return c >= 'A' && c <= 'Z' ? (uint8_t)(c | 0x20) : c;
}

bool span_equal_nocase(struct span a, struct span b)
{
	if (a.len != b.len)
		return false;
	for (size_t i = 0; i < a.len; i++)
		if (byte_lower(a.at[i]) != byte_lower(b.at[i]))
			return false;
	return true;
}

bool byte_is_in(uint8_t c, const char *set)
{
	return c != 0 && strchr(set, c) != NULL;
}

size_t span_find(struct span s, struct span what)
{
	for (size_t i = 0; i + what.len <= s.len; i++)
		if (s.at[i] == what.at[0] &&
		    memcmp(s.at + i, what.at, what.len) == 0)
			return i;
	return s.len;
}

struct span span_trim(struct span s, const char *set)
{
	span_while(&s, set);
	return span_trim_end(s, set);
}

struct span span_trim_end(struct span s, const char *set)
{
	while (s.len > 0 && byte_is_in(s.at[s.len - 1], set))
		s.len--;
	return s;
}

bool span_cut(struct span *rest, uint8_t by, struct span *item)
{
	const uint8_t *end;

	if (rest->at == NULL)
		return false;
	*item = *rest;
	end = rest->len ? memchr(rest->at, by, rest->len) : NULL;
	if (end == NULL) {
		*rest = (struct span){ NULL, 0 };
		return true;
	}
	item->len = (size_t)(end - rest->at);
	*rest = span_skip(*rest, item->len + 1);
	return true;
}

bool span_cut_prefix(struct span *s, struct span prefix)
{
	bool begins = span_begins(*s, prefix);

	*s = span_skip(*s, begins ? prefix.len : 0);
	return begins;
}

bool span_cut_suffix(struct span *s, struct span suffix)
{
	if (s->len < suffix.len ||
	    !span_equal(span_skip(*s, s->len - suffix.len), suffix))
		return false;
	s->len -= suffix.len;
	return true;
}

bool span_cut_mark(struct span *rest, struct span mark, struct span *before)
{
	const size_t at = span_find(*rest, mark);

	if (at == rest->len)
		return false;
	*before = (struct span){ rest->at, at };
	*rest = span_skip(*rest, at + mark.len);
	return true;
}

/* Cuts off the bytes that are in the set, or that are not. */
static struct span cut_run(struct span *rest, const char *set, bool in)
{
	struct span run = { rest->at, 0 };

	while (run.len < rest->len && byte_is_in(rest->at[run.len], set) == in)
		run.len++;
	*rest = span_skip(*rest, run.len);
	return run;
}

struct span span_until(struct span *rest, const char *set)
{
	return cut_run(rest, set, false);
}

struct span span_while(struct span *rest, const char *set)
{
	return cut_run(rest, set, true);
}

bool span_cut_word(struct span *rest, const char *marks, struct span *word)
{
	span_while(rest, marks);
	*word = span_until(rest, marks);
	return word->len > 0;
}

bool span_number(struct span digits, unsigned base, uint64_t *number)
{
	*number = 0;
	for (size_t i = 0; i < digits.len; i++) {
		unsigned digit = span_hex(digits.at[i]);

		if (digit >= base)
			return false;
		*number = *number > (UINT64_MAX - digit) / base
		                  ? UINT64_MAX
		                  : *number * base + digit;
	}
	return digits.len > 0;
}

bool span_digits(struct span s, size_t n, unsigned *out)
{
	uint64_t value;

	if (s.len < n || !span_number((struct span){ s.at, n }, 10, &value))
		return false;
	*out = (unsigned)value;
	return true;
}

unsigned span_hex(uint8_t digit)
{
	unsigned letter = (digit | 0x20u) - 'a';

	if (digit >= '0' && digit <= '9')
		return digit - (unsigned)'0';
	return letter < 6 ? letter + 10 : 16;
}

bool span_cut_hex(struct span *rest, uint8_t *byte)
{
	unsigned value;

	if (rest->len < 2)
		return false;
	value = span_hex(rest->at[0]) << 4 | span_hex(rest->at[1]);
	if (value > 255 || span_hex(rest->at[1]) == 16)
		return false;
	*byte = (uint8_t)value;
	*rest = span_skip(*rest, 2);
	return true;
}

struct buf buf_over(uint8_t *bytes, size_t cap)
{
	return (struct buf){ .at = bytes, .cap = cap };
}

void buf_put(struct buf *b, const void *bytes, size_t len)
{
	const uint8_t *from = bytes;

	while (!b->failed && len > b->cap - b->len) {
		size_t room = b->cap - b->len;

		if (b->drain == NULL) {
			b->failed = true;
			return;
		}
		if (room > 0)
			memcpy(b->at + b->len, from, room);
		b->len += room;
		from += room;
		len -= room;
		b->failed = !b->drain(b->context, buf_written(b));
		b->len = 0;
	}
	if (b->failed || len == 0)
		return;
	memcpy(b->at + b->len, from, len);
	b->len += len;
}

void buf_byte(struct buf *b, uint8_t byte)
{
	if (!b->failed && b->len < b->cap) /* as a rule, and often */
		b->at[b->len++] = byte;
	else
		buf_put(b, &byte, 1);
}

void buf_span(struct buf *b, struct span s)
{
	buf_put(b, s.at, s.len);
}

void buf_text(struct buf *b, const char *text)
{
	buf_put(b, text, strlen(text));
}

struct span buf_written(const struct buf *b)
{
	return (struct span){ b->at, b->len };
}

void buf_wipe(struct buf *b)
{
	if (b->cap > 0)
		explicit_bzero(b->at, b->cap);
	b->len = 0;
}
