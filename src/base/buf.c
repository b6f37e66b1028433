/* SPDX-License-Identifier: MIT */
/* Borrowed bytes (span) and a bounded writer that remembers overflow (buf). */
#include "base/buf.h"

#include <string.h>

struct span span_of(const char *text)
{
	return (struct span){ (const uint8_t *)text, strlen(text) };
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

static uint8_t ascii_lower(uint8_t c)
{
	return c >= 'A' && c <= 'Z' ? (uint8_t)(c | 0x20) : c;
}

bool span_equal_nocase(struct span a, struct span b)
{
	if (a.len != b.len)
		return false;
	for (size_t i = 0; i < a.len; i++)
		if (ascii_lower(a.at[i]) != ascii_lower(b.at[i]))
			return false;
	return true;
}

static bool is_in(uint8_t c, const char *set)
{
	return c != 0 && strchr(set, c) != NULL;
}

size_t span_find(struct span s, struct span what)
{
	for (size_t i = 0; i + what.len <= s.len; i++)
		if (memcmp(s.at + i, what.at, what.len) == 0)
			return i;
	return s.len;
}

struct span span_trim(struct span s, const char *set)
{
	while (s.len > 0 && is_in(s.at[0], set))
		s = span_skip(s, 1);
	while (s.len > 0 && is_in(s.at[s.len - 1], set))
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

struct span span_until(struct span *rest, const char *set)
{
	struct span before = { rest->at, 0 };

	while (before.len < rest->len && !is_in(rest->at[before.len], set))
		before.len++;
	*rest = span_skip(*rest, before.len);
	return before;
}

bool span_digits(struct span s, size_t n, unsigned *out)
{
	unsigned value = 0;

	if (s.len < n)
		return false;
	for (size_t i = 0; i < n; i++) {
		if (s.at[i] < '0' || s.at[i] > '9')
			return false;
		value = value * 10 + (unsigned)(s.at[i] - '0');
	}
	*out = value;
	return true;
}

unsigned span_hex(uint8_t digit)
{
	unsigned letter = (digit | 0x20u) - 'a';

	if (digit >= '0' && digit <= '9')
		return digit - (unsigned)'0';
	return letter < 6 ? letter + 10 : 16;
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
	if (!b->failed && b->len < b->cap)
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
