/* SPDX-License-Identifier: MIT */
/* Hides secrets in what the server says, before anybody reads it. */
#include "langsmith/redact.h"

#include <string.h>

#include "langsmith/key.h"

#define JWT_LEAST 24 /* characters of the shortest that is worth hiding */

/* The character at the start of text, as JSON reads it; 0 for a rare one. */
static uint8_t read_char(struct span text, size_t *len)
{
	unsigned unit = 0;

	*len = 1;
	if (text.at[0] != '\\' || text.len < 2)
		return text.at[0];
	*len = 2;
	if (text.at[1] != 'u')
		return text.at[1];
	if (text.len < 6)
		return 0;
	for (size_t i = 2; i < 6; i++)
		unit = unit << 4 | span_hex(text.at[i]);
	*len = 6;
	return unit < 0x80 ? (uint8_t)unit : 0;
}

/* Whether text may spell `what`, by two of its bytes: hardly any does. */
static bool may_spell(struct span text, const char *what)
{
	for (size_t i = 0; i < 2 && text.len > i && text.at[i] != '\\'; i++)
		if (text.at[i] != (uint8_t)what[i])
			return false;
	return true;
}

/*
 * Bytes at the start of text that spell `what`, escaped or as it is; 0: others.
 * An escape in which it ends as it is counts whole.
 */
static size_t spelled(struct span text, struct span what)
{
	bool plain = span_begins(text, what);
	size_t at = 0, len;

	for (size_t i = 0; plain ? at < what.len : i < what.len; i++, at += len)
		if (at == text.len ||
		    (read_char(span_skip(text, at), &len) != what.at[i] &&
		     !plain))
			return 0;
	return at;
}

/* How many characters of a word follow, and how many bytes they take. */
static size_t count_word(struct span text, const char *more, size_t *bytes)
{
	size_t count = 0, len;

	for (*bytes = 0; *bytes < text.len; *bytes += len, count++) {
		uint8_t c = read_char(span_skip(text, *bytes), &len);

		/* The escapes of two bytes stand for no such character. */
		if (c == 0 || len == 2 ||
		    (!key_is_char(c) && strchr(more, c) == NULL))
			break;
	}
	return count;
}

/*
 * Bytes at the start of text that are to be hidden, behind *shown that may
 * stay; 0: no secret begins here.
 */
static size_t secret_at(struct span text, struct span key, size_t *shown)
{
	static const char kinds[][9] = { "lsv2_pt_", "lsv2_sk_", "lsv2_",
		                         "ls__", "eyJ" };
	size_t bytes, count, most = KEY_SHOWN_MOST;
	const char *more = "";

	*shown = 0;
	if (key.len >= REDACT_KEY_LEAST &&
	    may_spell(text, (const char *)key.at)) {
		bytes = spelled(text, key);
		if (bytes > 0)
			return bytes;
	}
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (!may_spell(text, kinds[i]))
			continue;
		*shown = spelled(text, span_of(kinds[i]));
		if (*shown == 0)
			continue;
		if (kinds[i][0] == 'e') {
			more = "-.";
			most = JWT_LEAST;
		}
		count = count_word(span_skip(text, *shown), more, &bytes);
		return count > most ? bytes : 0;
	}
	return 0;
}

/* Whole characters at a time: half of an escape would not be JSON. */
void redact(uint8_t *text, size_t len, struct span key)
{
	const uint8_t first = key.len > 0 ? key.at[0] : 'l';
	/* What may stand there as a number has to stay one. */
	bool number = span_trim(key, "+-.0123456789eE").len == 0;

	for (size_t i = 0, next; i < len; i = next) {
		size_t at = i, from, shown = 0, hidden = 0;
		uint8_t b = text[i];

		next = i + 1;
		/* Most bytes begin nothing of the kind. */
		if (b != 'l' && b != 'e' && b != '\\' && b != first)
			continue;
		read_char((struct span){ text + i, len - i }, &next);
		for (next += i; at < next && hidden == 0; at++)
			hidden = secret_at((struct span){ text + at, len - at },
			                   key, &shown);
		if (hidden == 0)
			continue;
		from = shown > 0 ? at - 1 + shown : i;
		next = at - 1 + shown + hidden;
		memset(text + from, number && shown == 0 ? '1' : '*',
		       next - from);
	}
}
