/* SPDX-License-Identifier: MIT */
/* Fuzzes wire/json: a plain grammar agrees, print and parse are stable. */
#include "base/fmt.h"
#include "fuzz/fuzz.h"
#include "wire/json.h"

#define TOKENS 4096
#define TEXT_CAP 65536

static struct span text_of(const struct buf *b)
{
	CHECK(!b->failed);
	return buf_written(b);
}

/* --- A plain grammar, RFC 8259, of a whole text --- */

static void plain_white(struct span *s)
{
	while (s->len > 0 && s->at[0] != 0 && strchr(" \t\r\n", s->at[0]))
		*s = span_skip(*s, 1);
}

static bool plain_byte(struct span *s, uint8_t b)
{
	if (s->len == 0 || s->at[0] != b)
		return false;
	*s = span_skip(*s, 1);
	return true;
}

static bool plain_unit(struct span *s, unsigned *unit)
{
	char text[5] = "";

	if (s->len < 5 || !plain_byte(s, 'u'))
		return false;
	memcpy(text, s->at, 4);
	if (strspn(text, "0123456789abcdefABCDEF") != 4)
		return false;
	*unit = (unsigned)strtoul(text, NULL, 16);
	*s = span_skip(*s, 4);
	return true;
}

/* Behind the backslash. */
static bool plain_escape(struct span *s)
{
	unsigned high, low;

	if (s->len == 0 || s->at[0] == 0)
		return false;
	if (strchr("\"\\/bfnrt", s->at[0]) != NULL)
		return plain_byte(s, s->at[0]);
	if (!plain_unit(s, &high) || high >> 10 == 0x37)
		return false;
	return high >> 10 != 0x36 || (plain_byte(s, '\\') &&
	                              plain_unit(s, &low) && low >> 10 == 0x37);
}

static bool plain_string(struct span *s)
{
	if (!plain_byte(s, '"'))
		return false;
	while (!plain_byte(s, '"')) {
		if (s->len == 0)
			return false;
		if (plain_byte(s, '\\')
		            ? !plain_escape(s)
		            : s->at[0] < 0x20 || fuzz_utf8(s) == UINT32_MAX)
			return false;
	}
	return true;
}

static bool plain_digits(struct span *s)
{
	size_t before = s->len;

	while (s->len > 0 && s->at[0] >= '0' && s->at[0] <= '9')
		*s = span_skip(*s, 1);
	return s->len < before;
}

static bool plain_number(struct span *s)
{
	plain_byte(s, '-');
	if (!plain_byte(s, '0') && !plain_digits(s))
		return false;
	if (plain_byte(s, '.') && !plain_digits(s))
		return false;
	if (!plain_byte(s, 'e') && !plain_byte(s, 'E'))
		return true;
	if (!plain_byte(s, '-'))
		plain_byte(s, '+');
	return plain_digits(s);
}

static bool plain_value(struct span *s, unsigned depth);

/* Behind the bracket. */
static bool plain_list(struct span *s, bool object, unsigned depth)
{
	uint8_t end = object ? '}' : ']';

	plain_white(s);
	if (plain_byte(s, end))
		return true;
	do {
		plain_white(s);
		if (object) {
			if (!plain_string(s))
				return false;
			plain_white(s);
			if (!plain_byte(s, ':'))
				return false;
		}
		if (!plain_value(s, depth))
			return false;
	} while (plain_byte(s, ','));
	return plain_byte(s, end);
}

static bool plain_value(struct span *s, unsigned depth)
{
	static const char *const literals[] = { "true", "false", "null" };
	bool good = false;

	plain_white(s);
	if (plain_byte(s, '{')) {
		good = depth < JSON_DEPTH_MAX && plain_list(s, true, depth + 1);
	} else if (plain_byte(s, '[')) {
		good = depth < JSON_DEPTH_MAX &&
		       plain_list(s, false, depth + 1);
	} else if (s->len > 0 && s->at[0] == '"') {
		good = plain_string(s);
	} else {
		for (size_t i = 0; i < 3 && !good; i++)
			if (fuzz_begins(*s, span_of(literals[i]))) {
				*s = span_skip(*s, strlen(literals[i]));
				good = true;
			}
		good = good || plain_number(s);
	}
	plain_white(s);
	return good;
}

/* --- The validator --- */

static enum json_verdict check_pieces(struct fuzz_pieces pieces)
{
	struct json_check c = { 0 };
	struct span piece;
	enum json_verdict verdict = JSON_MORE;

	while (verdict != JSON_BAD && fuzz_piece(&pieces, &piece))
		verdict = json_check_feed(&c, piece);
	fuzz_stop(&pieces);
	return verdict;
}

/* "More" is no empty promise: some bytes make a whole text of it. */
static bool can_end(struct json_check c, unsigned depth)
{
	static const uint8_t bytes[] = "\"}]:0dcrueals\\\x80\x90\xa0";

	for (size_t i = 0; i < sizeof(bytes) - 1; i++) {
		struct json_check next = c;
		struct span one = { bytes + i, 1 };
		enum json_verdict verdict = json_check_feed(&next, one);

		if (verdict == JSON_DONE ||
		    (verdict == JSON_MORE && depth < 2 * JSON_DEPTH_MAX + 32 &&
		     can_end(next, depth + 1)))
			return true;
	}
	return false;
}

static enum json_verdict check_validator(struct span text)
{
	struct span rest = text;
	bool good = plain_value(&rest, 0) && rest.len == 0;
	struct json_check c = { 0 };
	enum json_verdict verdict = json_check_feed(&c, text);

	CHECK((verdict == JSON_DONE) == good);
	for (size_t way = 1; way < fuzz_ways(text); way++)
		CHECK(text.len == 0 ||
		      check_pieces(fuzz_split(text, way)) == verdict);
	if (verdict == JSON_MORE)
		CHECK(can_end(c, 0));
	return verdict;
}

/* --- Documents --- */

static bool is_named(const struct json *doc, size_t name, struct span want)
{
	static uint8_t bytes[TEXT_CAP];
	struct buf out = BUF_OVER(bytes);

	json_put_string(&out, doc, name);
	return span_equal(text_of(&out), want);
}

/* Of a name; "" for one that no C string can ask for. */
static const char *name_of(const struct json *doc, size_t name)
{
	static uint8_t bytes[TEXT_CAP];
	struct buf out = BUF_OVER(bytes);

	json_put_string(&out, doc, name);
	CHECK(fuzz_is_utf8(text_of(&out)));
	if (out.len > 0 && memchr(bytes, 0, out.len) != NULL)
		return "";
	buf_byte(&out, 0);
	CHECK(!out.failed);
	return (const char *)bytes;
}

static void check_object(const struct json *doc, size_t object)
{
	size_t count = 0;
	bool twice = false;

	for (size_t i = object + 1; i < doc->count; i++) {
		const char *name;
		bool before = false;
		size_t found;

		if (doc->token[i].parent != (int)object)
			continue;
		if (++count > 300)
			break;
		CHECK(json_is_string(doc, i));
		name = name_of(doc, i);
		for (size_t j = object + 1; j < i && *name != '\0'; j++)
			if (doc->token[j].parent == (int)object &&
			    is_named(doc, j, span_of(name)))
				before = true;
		twice |= before;
		if (*name == '\0' || before)
			continue;
		found = json_member(doc, object, name);
		CHECK(found == i + 1 || (found == JSON_NONE &&
		                         (i + 1 == doc->count ||
		                          doc->token[i + 1].parent != (int)i)));
	}
	CHECK(json_member(doc, object, "\x01 no such name") == JSON_NONE ||
	      count > 0);
	if (twice || count > JSON_MEMBERS_MAX)
		CHECK(!json_is_unambiguous(doc, object));
}

static void check_array(const struct json *doc, size_t array)
{
	size_t element = JSON_NONE;

	for (size_t i = array + 1; i < doc->count; i++) {
		if (doc->token[i].parent != (int)array)
			continue;
		element = json_element(doc, array, element);
		CHECK(element == i);
	}
	CHECK(json_element(doc, array, element) == JSON_NONE);
}

static void check_document(const struct json *doc, bool whole)
{
	size_t seen = 0;

	for (size_t i = 0; i < doc->count; i++) {
		const jsmntok_t *t = &doc->token[i];
		struct span raw = json_raw(doc, i);

		CHECK(raw.at >= doc->text.at);
		CHECK(raw.at + raw.len <= doc->text.at + doc->text.len);
		CHECK(t->parent < (int)i && (t->parent < 0) == (i == 0));
		CHECK(!whole || t->end >= t->start);
		if (++seen > 400)
			continue; /* of each the work grows with all others */
		if (json_is_object(doc, i))
			check_object(doc, i);
		else if (json_is_array(doc, i))
			check_array(doc, i);
	}
}

/* Both texts hold the same values. */
static void check_equal(const struct json *a, const struct json *b)
{
	static uint8_t bytes[TEXT_CAP];

	CHECK(a->count == b->count);
	for (size_t i = 0; i < a->count; i++) {
		struct buf out = BUF_OVER(bytes);

		CHECK(a->token[i].type == b->token[i].type);
		CHECK(a->token[i].parent == b->token[i].parent);
		CHECK(a->token[i].size == b->token[i].size);
		if (json_is_string(a, i)) {
			json_put_string(&out, a, i);
			CHECK(fuzz_is_utf8(text_of(&out)));
			CHECK(is_named(b, i, buf_written(&out)));
		} else if (!json_is_object(a, i) && !json_is_array(a, i)) {
			CHECK(span_equal(json_raw(a, i), json_raw(b, i)));
		}
		CHECK(json_is_null(a, i) == json_is_null(b, i));
		CHECK(!json_is_object(a, i) ||
		      json_is_unambiguous(a, i) == json_is_unambiguous(b, i));
	}
}

static void check_print(const struct json *doc)
{
	static uint8_t first[TEXT_CAP], second[TEXT_CAP];
	static jsmntok_t tokens[TOKENS];
	struct buf out = BUF_OVER(first), again = BUF_OVER(second);
	struct json printed;

	json_put_ascii(&out, doc->text);
	for (size_t i = 0; i < text_of(&out).len; i++)
		CHECK(first[i] >= 0x20 && first[i] < 0x7f);
	CHECK(json_parse(&printed, buf_written(&out), tokens, TOKENS) ==
	      JSON_DONE);
	/* A number or a literal alone has no token, or one before blanks. */
	if (printed.count > 0)
		check_equal(doc, &printed);
	else
		CHECK(strchr("\"[{", first[0]) == NULL && doc->count <= 1);
	json_put_ascii(&again, buf_written(&out));
	CHECK(span_equal(text_of(&again), buf_written(&out)));
}

static void check_parse(struct span text, enum json_verdict verdict)
{
	static jsmntok_t tokens[TOKENS];
	struct json doc;
	size_t few = fuzz_hash(text) % 16;
	enum json_verdict parsed = json_parse(&doc, text, tokens, TOKENS);

	CHECK(doc.count <= TOKENS);
	if (verdict == JSON_BAD) {
		CHECK(parsed == JSON_BAD && doc.count == 0);
		return;
	}
	CHECK(parsed == verdict ||
	      (parsed == JSON_LONG && doc.count == TOKENS));
	check_document(&doc, parsed == JSON_DONE);
	if (parsed == JSON_DONE)
		check_print(&doc);
	parsed = json_parse(&doc, text, tokens, few);
	CHECK(parsed == verdict || parsed == JSON_LONG);
	CHECK(parsed == JSON_LONG ? doc.count == few : doc.count <= few);
	check_document(&doc, parsed == JSON_DONE);
}

/* --- Any text inside a string --- */

static void check_text(struct span text)
{
	static uint8_t json[6 * TEXT_CAP], plain[6 * TEXT_CAP];
	struct buf out = BUF_OVER(json), shown = BUF_OVER(plain);
	jsmntok_t tokens[4];
	struct json doc;

	buf_byte(&out, '[');
	fmt_json_string(&out, text);
	buf_byte(&out, ']');
	CHECK(json_parse(&doc, text_of(&out), tokens, 4) == JSON_DONE);
	CHECK(doc.count == 2 && json_is_string(&doc, 1));
	json_put_string(&shown, &doc, 1);
	CHECK(fuzz_is_utf8(text_of(&shown)));
	CHECK(!fuzz_is_utf8(text) || span_equal(buf_written(&shown), text));
	shown.len = 0;
	fmt_printable(&shown, text);
	CHECK(fuzz_is_printable(text_of(&shown)));
	CHECK(!fuzz_is_printable(text) || shown.len >= text.len);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span text = { data, size };

	if (size > TEXT_CAP / 6)
		return 0;
	check_parse(text, check_validator(text));
	check_text(text);
	return 0;
}
