/* SPDX-License-Identifier: MIT */
/* Fuzzes json_array_feed: in any pieces, the elements of the whole array. */
#include "fuzz/fuzz.h"
#include "wire/json.h"

#define TEXT_CAP 16384

/* What becomes of a text; each element has a NUL behind it: JSON has none. */
struct outcome {
	enum json_verdict verdict;
	struct span elements;
	unsigned long count;
};

static void put_element(struct buf *out, struct span element)
{
	struct json_check check = { 0 };

	CHECK(json_check_feed(&check, element) == JSON_DONE);
	buf_span(out, element);
	buf_byte(out, 0);
	CHECK(!out->failed);
}

/* --- The whole, by json_check_feed and json_parse --- */

static struct span text_of(const struct json *doc, size_t value)
{
	struct span raw = json_raw(doc, value);

	return json_is_string(doc, value)
	               ? (struct span){ raw.at - 1, raw.len + 2 }
	               : raw;
}

static enum json_verdict judge(struct span text)
{
	struct span trimmed = span_trim(text, " \t\r\n");
	struct json_check check = { 0 };

	if (trimmed.len > 0 && trimmed.at[0] != '[')
		return JSON_BAD;
	return json_check_feed(&check, text);
}

static struct outcome parse(struct span text, struct buf *out)
{
	static jsmntok_t tokens[TEXT_CAP];
	struct outcome whole = { .verdict = JSON_DONE };
	size_t at = JSON_NONE;
	struct json doc;

	CHECK(json_parse(&doc, text, tokens, TEXT_CAP) == JSON_DONE);
	CHECK(json_is_array(&doc, 0));
	while ((at = json_element(&doc, 0, at)) != JSON_NONE) {
		put_element(out, text_of(&doc, at));
		whole.count++;
	}
	whole.elements = buf_written(out);
	return whole;
}

/* --- The pieces --- */

/* The elements of one piece; false once no array begins like this. */
static bool cut_piece(struct json_array *a, struct span piece, struct buf *out)
{
	for (;;) {
		size_t before = piece.len;

		switch (json_array_feed(a, &piece)) {
		case JSON_CUT_BAD:
			return false;
		case JSON_CUT_MORE:
			CHECK(piece.len == 0);
			return true;
		case JSON_CUT_ELEMENT:
			CHECK(piece.len < before && !a->inside);
			CHECK(!a->element.failed);
			put_element(out, buf_written(&a->element));
		}
	}
}

static struct outcome cut(struct span text, size_t way, struct buf *out)
{
	static uint8_t bytes[TEXT_CAP];
	struct json_array a = { .element = BUF_OVER(bytes) };
	struct fuzz_pieces pieces = fuzz_split(text, way);
	struct outcome got = { .verdict = JSON_MORE };
	struct span piece;
	bool good = true;

	while (good && fuzz_piece(&pieces, &piece))
		good = cut_piece(&a, piece, out);
	fuzz_stop(&pieces);
	if (!good)
		got.verdict = JSON_BAD;
	else if (json_array_ended(&a))
		got.verdict = JSON_DONE;
	got.elements = buf_written(out);
	got.count = a.count;
	return got;
}

/* One that does not fit is told, and leaves the others as they are. */
static void check_room(struct span text, size_t way, struct span elements)
{
	uint8_t bytes[16];
	size_t cap = fuzz_hash(text) / 2 % (sizeof(bytes) + 1);
	struct json_array a = { .element = { .at = bytes, .cap = cap } };
	struct fuzz_pieces pieces = fuzz_split(text, way);
	struct span piece, want;

	while (fuzz_piece(&pieces, &piece))
		while (json_array_feed(&a, &piece) == JSON_CUT_ELEMENT) {
			CHECK(span_cut(&elements, 0, &want));
			CHECK(a.element.len <= cap);
			CHECK(a.element.failed == (want.len > cap));
			CHECK(a.element.failed ||
			      span_equal(buf_written(&a.element), want));
		}
	CHECK(json_array_ended(&a) && elements.len == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static uint8_t wanted[2 * TEXT_CAP], found[2 * TEXT_CAP];
	struct span text = { data, size };
	struct buf first = BUF_OVER(wanted);
	struct outcome want = { .verdict = judge(text) };

	if (size > TEXT_CAP)
		return 0;
	if (want.verdict == JSON_DONE)
		want = parse(text, &first);
	for (size_t way = 0; way < fuzz_ways(text); way++) {
		struct buf out = BUF_OVER(found);
		struct outcome got = cut(text, way, &out);

		CHECK(got.verdict == want.verdict);
		/* What is no array has some, too: those of the first way. */
		if (way == 0 && want.verdict != JSON_DONE) {
			want.count = got.count;
			buf_span(&first, got.elements);
			want.elements = buf_written(&first);
		}
		CHECK(got.count == want.count);
		CHECK(span_equal(got.elements, want.elements));
		if (want.verdict == JSON_DONE)
			check_room(text, way, want.elements);
	}
	return 0;
}
