/* SPDX-License-Identifier: MIT */
/* Fuzzes langsmith/key: what a text is, and that its own short key is its. */
#include "fuzz/fuzz.h"
#include "langsmith/key.h"

#define COMMON 8 /* lsv2_pt_ */
#define DIGITS (KEY_SECRET_LEN - COMMON)

/* --- A plain reader --- */

static size_t plain_common(struct span text)
{
	if (fuzz_begins(text, SPAN("lsv2_pt_")) ||
	    fuzz_begins(text, SPAN("lsv2_sk_")))
		return 8;
	if (fuzz_begins(text, SPAN("lsv2_"))) {
		static const char *const kinds[] = { "lsv2_pt", "lsv2_sk",
			                             "lsv2_p", "lsv2_s" };

		/* As much of the kind as stands before what is hidden. */
		for (size_t i = 0; i < 4; i++) {
			size_t len = strlen(kinds[i]);
			struct span rest;

			if (!fuzz_begins(text, span_of(kinds[i])))
				continue;
			rest = span_skip(text, len);
			if (rest.len == 0 || fuzz_begins(rest, SPAN(".")) ||
			    fuzz_begins(rest, SPAN("*")) ||
			    fuzz_begins(rest, SPAN("\xe2\x80\xa6")))
				return len;
		}
		return 5;
	}
	return fuzz_begins(text, SPAN("ls__")) ? 4 : 0;
}

static size_t plain_filler(struct span text)
{
	if (fuzz_begins(text, SPAN(".")) || fuzz_begins(text, SPAN("*")))
		return 1;
	return fuzz_begins(text, SPAN("\xe2\x80\xa6")) ? 3 : 0;
}

/* What is visible before the first filler, and behind the last. */
static void plain_split(struct span text, struct span *head, struct span *tail)
{
	size_t first = text.len, behind = text.len;

	for (size_t i = text.len; i-- > 0;) {
		size_t filler = plain_filler(span_skip(text, i));

		if (filler == 0)
			continue;
		if (first == text.len)
			behind = i + filler;
		first = i;
	}
	*head = fuzz_first(text, first);
	*tail = span_skip(text, behind);
}

static bool plain_is_plain(struct span text)
{
	for (size_t i = 0; i < text.len; i++)
		if (text.at[i] == 0 ||
		    strchr("0123456789abcdefghijklmnopqrstuvwxyz"
		           "ABCDEFGHIJKLMNOPQRSTUVWXYZ_",
		           text.at[i]) == NULL)
			return false;
	return true;
}

static bool plain_is_secret(struct span text)
{
	if (text.len != KEY_SECRET_LEN || plain_common(text) != COMMON)
		return false;
	for (size_t i = COMMON; i < KEY_SECRET_LEN; i++) {
		const char *set = i == 40 ? "_" : "0123456789abcdefABCDEF";

		if (text.at[i] == 0 || strchr(set, text.at[i]) == NULL)
			return false;
	}
	return true;
}

/* --- Forms --- */

static void check_form(struct span text)
{
	enum key_form form = key_form(text);
	size_t common = plain_common(text), shown = key_shown(text);
	bool begins = fuzz_begins(text, SPAN("lsv2_")) ||
	              fuzz_begins(text, SPAN("ls__"));
	bool secret = form == KEY_SECRET || form == KEY_TOO_LONG;
	struct span head, tail;

	plain_split(text, &head, &tail);
	CHECK(shown ==
	      head.len + tail.len - (common < head.len ? common : head.len));
	CHECK((form == KEY_NONE) == !begins);
	CHECK((form == KEY_SECRET) == plain_is_secret(text));
	if (begins && shown > KEY_SHOWN_MOST)
		CHECK(key_is_secret(text));
	if (form == KEY_SHORT)
		CHECK(shown >= KEY_SHOWN_LEAST && shown <= KEY_SHOWN_MOST);
	if (form == KEY_TOO_SHORT)
		CHECK(shown < KEY_SHOWN_LEAST);
	/* What may be repeated is fit for a terminal. */
	if (form == KEY_SHORT || form == KEY_TOO_SHORT) {
		CHECK(plain_is_plain(head) && plain_is_plain(tail));
		CHECK(fuzz_is_printable(text));
	}
	CHECK(key_is_secret(text) ==
	      (secret || fuzz_begins(text, SPAN("eyJ"))));
}

/* A secret that stands in a text is found wherever that is. */
static void check_in(struct span text, struct span secret)
{
	uint8_t *room = malloc(text.len + secret.len);
	size_t at = text.len > 0 ? fuzz_hash(text) % (text.len + 1) : 0;
	struct span all = { room, text.len + secret.len };

	CHECK(room != NULL);
	if (text.len > 0) {
		memcpy(room, text.at, at);
		memcpy(room + at + secret.len, text.at + at, text.len - at);
	}
	memcpy(room + at, secret.at, secret.len);
	CHECK(key_is_in(all));
	free(room);
}

/* --- Comparing --- */

static void check_pair(struct span a, struct span b)
{
	size_t confirms = key_confirms(a, b);

	/* No more than either of them shows; of a secret both ends are. */
	CHECK(confirms <= a.len);
	CHECK(confirms <= (key_form(b) == KEY_SECRET ? 2 * b.len : b.len));
	/* Between two short keys of one kind neither comes first. */
	if (key_form(a) == KEY_SHORT && key_form(b) == KEY_SHORT &&
	    plain_common(a) == plain_common(b))
		CHECK(confirms == key_confirms(b, a));
}

/* Digits that the text stands for. */
static void make_secret(struct span text, uint8_t secret[KEY_SECRET_LEN])
{
	uint32_t seed = fuzz_hash(text);

	memcpy(secret, seed % 2 ? "lsv2_pt_" : "lsv2_sk_", COMMON);
	for (size_t i = COMMON; i < KEY_SECRET_LEN; i++)
		secret[i] = (uint8_t) "0123456789abcdef"[fuzz_draw(&seed) % 16];
	secret[40] = '_';
}

/* The secret with its middle hidden is confirmed as far as it is shown. */
static void check_own(struct span secret, size_t head, size_t tail,
                      size_t filler)
{
	static const char *const fillers[] = { ".", "...", "***_***",
		                               "\xe2\x80\xa6" };
	uint8_t room[COMMON + DIGITS + 16];
	struct buf out = BUF_OVER(room);
	struct span own;

	buf_span(&out, fuzz_first(secret, COMMON + head));
	buf_text(&out, fillers[filler]);
	buf_span(&out, span_skip(secret, secret.len - tail));
	own = buf_written(&out);
	CHECK(!out.failed);
	CHECK(key_shown(own) == head + tail);
	CHECK(key_confirms(own, secret) == head + tail);
	CHECK(key_confirms(own, own) == head + tail);
	CHECK(key_form(own) == (head + tail < KEY_SHOWN_LEAST  ? KEY_TOO_SHORT
	                        : head + tail > KEY_SHOWN_MOST ? KEY_TOO_LONG
	                                                       : KEY_SHORT));
	/* One character that is not so, and it is another's. */
	if (head > 0) {
		room[COMMON] ^= 1;
		CHECK(key_confirms(own, secret) == 0);
		room[COMMON] ^= 1;
	}
	if (tail > 0) {
		room[out.len - 1] ^= 1;
		CHECK(key_confirms(own, secret) == 0);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span text = { data, size };
	uint32_t seed = fuzz_hash(text);
	uint8_t bytes[KEY_SECRET_LEN];
	struct span secret = { bytes, sizeof(bytes) };
	size_t head, half = size / 2;

	/* A call each: what is read behind it is seen. */
	check_form(text);
	key_is_in(text);
	make_secret(text, bytes);
	CHECK(key_form(secret) == KEY_SECRET);
	check_in(text, secret);
	check_pair(text, secret);
	check_pair(secret, text);
	check_pair(text, text);
	/* The two halves, or what stands before and behind a newline. */
	for (size_t i = 0; i < size; i++)
		if (data[i] == '\n') {
			half = i;
			break;
		}
	if (size > 0) {
		struct span rest = span_skip(text, half);

		if (rest.len > 0 && rest.at[0] == '\n')
			rest = span_skip(rest, 1);
		check_form(rest);
		check_pair(fuzz_first(text, half), rest);
		check_pair(rest, fuzz_first(text, half));
	}
	head = fuzz_draw(&seed) % (DIGITS / 2);
	check_own(secret, head, fuzz_draw(&seed) % (DIGITS - head),
	          fuzz_draw(&seed) % 4);
	return 0;
}
