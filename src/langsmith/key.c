/* SPDX-License-Identifier: MIT */
/* Keys in their forms, whole secrets and short keys, and how they compare. */
#include "langsmith/key.h"

/* Bytes of a mark that stands for hidden characters; 0 if there is none. */
static size_t filler_len(struct span text)
{
	if (text.at[0] == '.' || text.at[0] == '*')
		return 1;
	return span_begins(text, SPAN("\xe2\x80\xa6")) ? 3 : 0;
}

/*
 * Bytes of the beginning that is the same in many secrets: lsv2_pt_, or as much
 * of it as stands before what is hidden.
 */
static size_t common_len(struct span text)
{
	static const char kinds[][9] = { "lsv2_pt_", "lsv2_sk_" };

	if (!span_begins(text, SPAN("lsv2_")))
		return span_begins(text, SPAN("ls__")) ? 4 : 0;
	for (size_t i = 0; i < 2; i++) {
		size_t n = 5;

		while (n < 8 && n < text.len &&
		       text.at[n] == (uint8_t)kinds[i][n])
			n++;
		if (n == 8 || n == text.len ||
		    filler_len(span_skip(text, n)) > 0)
			return n;
	}
	return 5;
}

/* What is visible before and behind the hidden part. */
struct parts {
	struct span head, tail;
};

static struct parts split(struct span text)
{
	struct parts p = { text, span_skip(text, text.len) };

	for (size_t i = 0; i < text.len; i++) {
		size_t filler = filler_len(span_skip(text, i));

		if (filler > 0 && i < p.head.len)
			p.head.len = i;
		if (filler > 0)
			p.tail = span_skip(text, i + filler);
	}
	return p;
}

bool key_is_char(uint8_t b)
{
	return (b >= '0' && b <= '9') || (b >= 'a' && b <= 'z') ||
	       (b >= 'A' && b <= 'Z') || b == '_';
}

static bool is_plain(struct span text)
{
	for (size_t i = 0; i < text.len; i++)
		if (!key_is_char(text.at[i]))
			return false;
	return true;
}

/* Nothing but what hides, and the _ that some leave standing in it. */
static bool is_filler(struct span text)
{
	while (text.len > 0) {
		size_t len = text.at[0] == '_' ? 1 : filler_len(text);

		if (len == 0)
			return false;
		text = span_skip(text, len);
	}
	return true;
}

static bool is_whole(struct span text)
{
	bool whole = text.len == KEY_SECRET_LEN && common_len(text) == 8;

	for (size_t i = 8; whole && i < text.len; i++)
		whole = i == 40 ? text.at[i] == '_' : span_hex(text.at[i]) < 16;
	return whole;
}

bool key_is_of_service(struct span text, bool said)
{
	return span_begins(text, SPAN("lsv2_s")) ||
	       (said && !span_begins(text, SPAN("lsv2_p")));
}

size_t key_shown(struct span text)
{
	struct parts p = split(text);
	size_t common = common_len(text);

	return p.head.len + p.tail.len -
	       (common < p.head.len ? common : p.head.len);
}

enum key_form key_form(struct span text)
{
	struct parts p = split(text);
	struct span hidden = span_skip(text, p.head.len);
	size_t shown = key_shown(text);

	hidden.len -= p.tail.len;
	if (common_len(text) == 0)
		return KEY_NONE;
	if (is_whole(text))
		return KEY_SECRET;
	if (!is_plain(p.head) || !is_plain(p.tail) || !is_filler(hidden) ||
	    shown > KEY_SHOWN_MOST)
		return KEY_TOO_LONG;
	return shown < KEY_SHOWN_LEAST ? KEY_TOO_SHORT : KEY_SHORT;
}

bool key_is_secret(struct span text)
{
	enum key_form form = key_form(text);

	return form == KEY_SECRET || form == KEY_TOO_LONG ||
	       span_begins(text, SPAN("eyJ"));
}

bool key_is_in(struct span text)
{
	if (key_is_secret(span_trim(text, SPAN_WRAPPING)))
		return true;
	for (; text.len > 0; text = span_skip(text, 1)) {
		size_t common = common_len(text), len = common;

		while (common > 0 && len < text.len &&
		       key_is_char(text.at[len]))
			len++;
		if (len > common + KEY_SHOWN_MOST)
			return true;
	}
	return false;
}

static size_t shorter(struct span a, struct span b)
{
	return a.len < b.len ? a.len : b.len;
}

/* Whether what follows may be hidden, so that it need not agree. */
static bool may_hide(uint8_t b)
{
	return b == '.' || b == '*' || b == 0xe2;
}

/* Most differ soon, and there may be a hundred million pairs of them. */
static bool differ_soon(struct span a, struct span b)
{
	size_t i = 0, end = shorter(a, b);

	while (i < end && a.at[i] == b.at[i] && !may_hide(a.at[i]))
		i++;
	return i < end && !may_hide(a.at[i]) && !may_hide(b.at[i]);
}

/* Whether they agree as far as both go; then *confirmed bytes of both do. */
static bool agree(struct parts a, struct parts b, size_t common,
                  size_t *confirmed)
{
	size_t head = shorter(a.head, b.head), tail = shorter(a.tail, b.tail);

	a.head.len = b.head.len = head;
	a.tail = span_skip(a.tail, a.tail.len - tail);
	b.tail = span_skip(b.tail, b.tail.len - tail);
	*confirmed = tail + (head > common ? head - common : 0);
	return span_equal(a.head, b.head) && span_equal(a.tail, b.tail);
}

/* A whole secret shows its end as well as its beginning. */
static struct parts split_token(struct span text)
{
	struct parts p = split(text);

	if (is_whole(text))
		p.tail = text;
	return p;
}

bool key_contradicts(struct span a, struct span b)
{
	size_t confirmed;

	return !agree(split_token(a), split_token(b), 0, &confirmed);
}

size_t key_confirms(struct span short_key, struct span text)
{
	size_t confirmed;

	if (differ_soon(short_key, text) ||
	    !agree(split(short_key), split_token(text), common_len(text),
	           &confirmed))
		return 0;
	return confirmed;
}
