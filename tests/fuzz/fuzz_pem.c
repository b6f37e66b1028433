/* SPDX-License-Identifier: MIT */
/* Fuzzes wire/pem: the certificates are those that a plain reader finds. */
#include "fuzz/fuzz.h"
#include "wire/pem.h"

#define BYTES_MAX 65536
#define FOUND_MAX 256

static const char opening[] = "-----BEGIN CERTIFICATE-----";
static const char closing[] = "-----END CERTIFICATE-----";

/* What was found in a text: verdicts, and the bytes of the good ones. */
struct found {
	size_t count, len;
	bool open; /* the text ends within one */
	size_t end[FOUND_MAX]; /* in bytes; as before: that one was bad */
	uint8_t bytes[BYTES_MAX];
};

static void add(struct found *f, bool good, struct span der)
{
	if (f->count == FOUND_MAX)
		return;
	if (good) {
		CHECK(der.len > 0 && f->len + der.len <= BYTES_MAX);
		memcpy(f->bytes + f->len, der.at, der.len);
		f->len += der.len;
	}
	f->end[f->count++] = f->len;
}

static void check_same(const struct found *a, const struct found *b)
{
	CHECK(a->count == b->count);
	CHECK(a->len == b->len && a->open == b->open);
	CHECK(memcmp(a->end, b->end, a->count * sizeof(a->end[0])) == 0);
	CHECK(memcmp(a->bytes, b->bytes, a->len) == 0);
}

/* --- A plain reader, of the whole text --- */

static bool plain_base64(struct span text, struct buf *out)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklm"
				     "nopqrstuvwxyz0123456789+/";
	uint32_t bits = 0;
	size_t count = 0, padding = 0;

	for (size_t i = 0; i < text.len; i++) {
		uint8_t b = text.at[i];
		const char *digit = b != 0 ? strchr(digits, b) : NULL;

		if (b != 0 && strchr(" \t\r\n", b) != NULL)
			continue;
		if (b == '=' && padding++ < 2)
			continue;
		if (digit == NULL || padding > 0)
			return false;
		bits = bits << 6 | (uint32_t)(digit - digits);
		if (count++ % 4 != 0)
			buf_byte(out,
			         (uint8_t)(bits >> (6 - (count - 1) % 4 * 2)));
	}
	return (count + padding) % 4 == 0 && count % 4 != 1 && !out->failed &&
	       (padding == 0 || count % 4 != 0);
}

/* Moves *text behind the line, and gives what stood before it. */
static bool cut_at(struct span *text, const char *line, struct span *before)
{
	size_t len = strlen(line);

	for (size_t i = 0; i + len <= text->len; i++)
		if (memcmp(text->at + i, line, len) == 0) {
			*before = fuzz_first(*text, i);
			*text = span_skip(*text, i + len);
			return true;
		}
	return false;
}

static void plain_read(struct span text, size_t cap, struct found *f)
{
	static uint8_t bytes[BYTES_MAX];
	struct span body;

	f->count = f->len = 0;
	f->open = true;
	while (cut_at(&text, opening, &body)) {
		struct buf der = { .at = bytes, .cap = cap };
		struct span rest = text;
		bool good;

		if (!cut_at(&rest, "-", &body))
			return;
		text = span_skip(text, body.len);
		good = plain_base64(body, &der) && der.len > 0;
		if (fuzz_begins(text, span_of(closing)))
			text = span_skip(text, sizeof(closing) - 1);
		else if (fuzz_begins(span_of(closing), text))
			return; /* more may come */
		else
			good = false;
		add(f, good, buf_written(&der));
	}
	f->open = false;
}

/* --- The reader --- */

static void read_pieces(struct fuzz_pieces pieces, size_t cap, struct found *f)
{
	uint8_t *bytes = malloc(cap);
	struct buf der = { .at = bytes, .cap = cap };
	struct pem p = { 0 };
	struct span in;

	CHECK(bytes != NULL);
	f->count = f->len = 0;
	while (fuzz_piece(&pieces, &in)) {
		do {
			size_t before = in.len;
			enum pem_verdict verdict = pem_feed(&p, &in, &der);

			CHECK(der.len <= cap);
			CHECK(verdict != PEM_MORE || in.len == 0);
			CHECK(verdict == PEM_MORE || in.len < before);
			if (verdict != PEM_MORE)
				add(f, verdict == PEM_CERTIFICATE,
				    buf_written(&der));
		} while (in.len > 0);
	}
	f->open = p.inside;
	free(bytes);
}

static void check_text(struct span text, size_t cap)
{
	static struct found plain, f;

	plain_read(text, cap, &plain);
	for (size_t way = 0; way < fuzz_ways(text); way++) {
		read_pieces(fuzz_split(text, way), cap, &f);
		check_same(&plain, &f);
	}
}

static void check_base64(struct span text)
{
	static uint8_t first[BYTES_MAX], second[BYTES_MAX];
	struct buf plain = { .at = first, .cap = text.len };
	struct buf out = { .at = second, .cap = text.len };
	bool good = plain_base64(text, &plain);

	CHECK(pem_take_base64(&out, text) == good);
	CHECK(!good || span_equal(buf_written(&out), buf_written(&plain)));
}

/* Blocks lie in the text, one behind the other, and between their marks. */
static void check_blocks(struct span text)
{
	struct span rest = text;
	struct pem_block block;
	const uint8_t *end = text.at;

	while (pem_next(&rest, &block)) {
		CHECK(block.label.at >= end + 11);
		CHECK(block.body.at == block.label.at + block.label.len + 5);
		end = block.body.at + block.body.len + 9;
		CHECK(rest.at == end && end + rest.len == text.at + text.len);
		CHECK(memcmp(end - 9, "-----END ", 9) == 0);
	}
}

/* Any bytes come back, in lines of any length, from between other text. */
static void check_round_trip(struct span bytes)
{
	static uint8_t text[3 * BYTES_MAX], line[2 * BYTES_MAX];
	struct buf base64 = BUF_OVER(line), out = BUF_OVER(text);
	static struct found f;
	uint32_t seed = fuzz_hash(bytes);
	size_t width = 1 + fuzz_draw(&seed) % 80;

	pem_put_base64(&base64, bytes);
	CHECK(!base64.failed && base64.len == (bytes.len + 2) / 3 * 4);
	CHECK(plain_base64(buf_written(&base64), &out));
	CHECK(span_equal(buf_written(&out), bytes));
	out.len = 0;
	buf_text(&out, opening);
	for (size_t i = 0; i < base64.len; i++) {
		if (i % width == 0)
			buf_text(&out, seed & 1 ? "\r\n" : "\n");
		buf_byte(&out, line[i]);
	}
	buf_text(&out, "\n");
	buf_text(&out, closing);
	for (size_t way = 0; way < FUZZ_WAYS; way++) {
		read_pieces(fuzz_split(buf_written(&out), way), bytes.len + 1,
		            &f);
		CHECK(f.count == 1 && f.len == bytes.len && !f.open);
		CHECK(memcmp(f.bytes, bytes.at, bytes.len) == 0);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span text = { data, size };

	if (size > BYTES_MAX / 2)
		return 0;
	check_text(text, BYTES_MAX);
	check_text(text, 16);
	check_base64(text);
	check_blocks(text);
	if (size > 0)
		check_round_trip(text);
	return 0;
}
