/* SPDX-License-Identifier: MIT */
/* Tests of wire/json: JSONTestSuite, torn texts, arrays, members, strings. */
/* links: tests/wire/cases.c */
#include "wire/json.h"

#include <unistd.h>

#include "wire/cases.h"

#define BIG ((size_t)1 << 20)
#define ELEMENT_MAX 65536

static jsmntok_t tokens[JSON_TOKENS_MAX];
static uint8_t room[BIG];
static size_t splits, prefixes;

static struct span first(struct span s, size_t n)
{
	return (struct span){ s.at, n };
}

static enum json_verdict parse(struct json *doc, struct span text)
{
	return json_parse(doc, guarded(text), tokens, COUNT(tokens));
}

/* --- The validator --- */

static enum json_verdict check(struct span text)
{
	struct json_check c = { 0 };

	return json_check_feed(&c, guarded(text));
}

static enum json_verdict check_in_two(struct span text, size_t at)
{
	struct json_check c = { 0 };
	enum json_verdict verdict =
		json_check_feed(&c, guarded(first(text, at)));

	return verdict == JSON_BAD
	               ? JSON_BAD
	               : json_check_feed(&c, guarded(span_skip(text, at)));
}

static enum json_verdict check_bytewise(struct span text)
{
	struct json_check c = { 0 };
	enum json_verdict verdict = JSON_MORE;

	for (size_t i = 0; i < text.len && verdict != JSON_BAD; i++)
		verdict = json_check_feed(
			&c, guarded(first(span_skip(text, i), 1)));
	return verdict;
}

/* Whether what is left of a valid text may lack: white space, or digits. */
static bool may_end(struct span text, size_t at)
{
	bool number = memchr("-0123456789", span_trim(text, " \t\r\n").at[0],
	                     11) != NULL;

	return number || span_trim(span_skip(text, at), " \t\r\n").len == 0;
}

static void check_text(const char *name, struct span text,
                       enum json_verdict want)
{
	/* Two cases are long: their first 4 KiB are cut everywhere. */
	size_t last = text.len < 4096 ? text.len : 4096;
	struct json doc;

	assert_row(name, check(text) == want);
	assert_row(name, check_bytewise(text) == want);
	for (size_t i = 0; i <= last; i++, splits++)
		assert_row(name, check_in_two(text, i) == want);
	assert_row(name, parse(&doc, text) == want);
	for (size_t i = 0; want == JSON_DONE && i < text.len; i++, prefixes++) {
		enum json_verdict verdict = check(first(text, i));

		assert_row(name,
		           verdict == JSON_MORE ||
		                   (verdict == JSON_DONE && may_end(text, i)));
		assert_row(name, parse(&doc, first(text, i)) == verdict);
	}
}

static void conformance_cases(void **state)
{
	static struct test_cases cases;

	(void)state;
	splits = prefixes = 0;
	cases_load("json.jsonl", &cases);
	for (size_t i = 0; i < cases.count; i++) {
		const struct test_case *c = &cases.at[i];
		enum json_verdict verdict = check(c->text);

		assert_row(c->name, (verdict == JSON_DONE) == c->accept);
		check_text(c->name, c->text, verdict);
	}
	print_message("%zu cases, %zu splits, %zu prefixes\n", cases.count,
	              splits, prefixes);
}

static void rfc_8259_to_the_letter(void **state)
{
	static const struct {
		struct span text;
		enum json_verdict verdict;
	} rows[] = {
		{ BYTES(""), JSON_MORE },
		{ BYTES(" \t\r\n"), JSON_MORE },
		{ BYTES("null"), JSON_DONE },
		{ BYTES(" true "), JSON_DONE },
		{ BYTES("false\n"), JSON_DONE },
		{ BYTES("-0.0e-0"), JSON_DONE },
		{ BYTES("123456789012345678901234567890"), JSON_DONE },
		{ BYTES("[]"), JSON_DONE },
		{ BYTES("{}"), JSON_DONE },
		{ BYTES("[{},[],\"\",0,{\"\":{}}]"), JSON_DONE },
		{ BYTES("\"\x7f\xc2\x80\xef\xbf\xbf\xf4\x8f\xbf\xbf\""),
		  JSON_DONE },
		{ BYTES("-"), JSON_MORE },
		{ BYTES("1."), JSON_MORE },
		{ BYTES("1e"), JSON_MORE },
		{ BYTES("1e+"), JSON_MORE },
		{ BYTES("nul"), JSON_MORE },
		{ BYTES("\"a"), JSON_MORE },
		{ BYTES("\"\xe2\x82"), JSON_MORE },
		{ BYTES("\"\\"), JSON_MORE },
		{ BYTES("\"\\ud83d\\ude0"), JSON_MORE },
		{ BYTES("\xef\xbb\xbf[]"), JSON_BAD },
		{ BYTES("\xff\xfe[\0]\0"), JSON_BAD },
		{ BYTES("\0"), JSON_BAD },
		{ BYTES("[]\0"), JSON_BAD },
		{ BYTES("[\0]"), JSON_BAD },
		{ BYTES("\"\0\""), JSON_BAD },
		{ BYTES("\"\\\0\""), JSON_BAD },
		{ BYTES("[] []"), JSON_BAD },
		{ BYTES("{}x"), JSON_BAD },
		{ BYTES("[]]"), JSON_BAD },
		{ BYTES("[}"), JSON_BAD },
		{ BYTES("{]"), JSON_BAD },
		{ BYTES("[1}"), JSON_BAD },
		{ BYTES("{\"a\":1]"), JSON_BAD },
		{ BYTES("[1,]"), JSON_BAD },
		{ BYTES("{\"a\":1,}"), JSON_BAD },
		{ BYTES("{\"a\" 1}"), JSON_BAD },
		{ BYTES("{\"a\"}"), JSON_BAD },
		{ BYTES("{a:1}"), JSON_BAD },
		{ BYTES("{1:1}"), JSON_BAD },
		{ BYTES("[1:2]"), JSON_BAD },
		{ BYTES(":"), JSON_BAD },
		{ BYTES(","), JSON_BAD },
		{ BYTES("01"), JSON_BAD },
		{ BYTES("-01"), JSON_BAD },
		{ BYTES("+1"), JSON_BAD },
		{ BYTES(".1"), JSON_BAD },
		{ BYTES("1.e1"), JSON_BAD },
		{ BYTES("1 2"), JSON_BAD },
		{ BYTES("1x"), JSON_BAD },
		{ BYTES("--1"), JSON_BAD },
		{ BYTES("1.2.3"), JSON_BAD },
		{ BYTES("1e1.5"), JSON_BAD },
		{ BYTES("1e1e1"), JSON_BAD },
		{ BYTES("Infinity"), JSON_BAD },
		{ BYTES("NaN"), JSON_BAD },
		{ BYTES("True"), JSON_BAD },
		{ BYTES("truE"), JSON_BAD },
		{ BYTES("nulll"), JSON_BAD },
		{ BYTES("'a'"), JSON_BAD },
		{ BYTES("/**/1"), JSON_BAD },
		{ BYTES("[1]\f"), JSON_BAD },
		{ BYTES("\"\n\""), JSON_BAD },
		{ BYTES("\"\x1f\""), JSON_BAD },
		{ BYTES("\"\\x41\""), JSON_BAD },
		{ BYTES("\"\\u00g0\""), JSON_BAD },
		{ BYTES("\"\\U0000\""), JSON_BAD },
		{ BYTES("\"\\u004\""), JSON_BAD },
		/* lone surrogates */
		{ BYTES("\"\\ud83d\""), JSON_BAD },
		{ BYTES("\"\\ude00\""), JSON_BAD },
		{ BYTES("\"\\ud83dx\""), JSON_BAD },
		{ BYTES("\"\\ud83d\\n\""), JSON_BAD },
		{ BYTES("\"\\ud83d\\ud83d\""), JSON_BAD },
		{ BYTES("\"\\ud83d\\u0041\""), JSON_BAD },
		{ BYTES("\"\\udbff\\ue000\""), JSON_BAD },
		{ BYTES("\"\\ud83d\\ude00\\ude00\""), JSON_BAD },
		{ BYTES("\"\\udbff\\udfff\\ud7ff\\ue000\""), JSON_DONE },
		/* no UTF-8 */
		{ BYTES("\"\x80\""), JSON_BAD },
		{ BYTES("\"\xc0\x80\""), JSON_BAD },
		{ BYTES("\"\xc1\xbf\""), JSON_BAD },
		{ BYTES("\"\xe0\x9f\xbf\""), JSON_BAD },
		{ BYTES("\"\xed\xa0\x80\""), JSON_BAD },
		{ BYTES("\"\xf0\x8f\xbf\xbf\""), JSON_BAD },
		{ BYTES("\"\xf4\x90\x80\x80\""), JSON_BAD },
		{ BYTES("\"\xf5\x80\x80\x80\""), JSON_BAD },
		{ BYTES("\"\xc2\""), JSON_BAD },
		{ BYTES("\"\xe2\x82\""), JSON_BAD },
		{ BYTES("\"\xe2\x82\xc0\""), JSON_BAD },
		{ BYTES("\"\xf0\x9f\x98\x7f\""), JSON_BAD },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		check_text((const char *)rows[i].text.at, rows[i].text,
		           rows[i].verdict);
}

/* `depth` levels: of arrays, of objects, or of both in turn. */
static struct span nested(size_t depth, const char *opening,
                          const char *closing)
{
	struct buf out = BUF_OVER(room);
	size_t kinds = strlen(opening);

	for (size_t i = 0; i < depth; i++)
		buf_text(&out, opening[i % kinds] == '[' ? "[" : "{\"\":");
	buf_text(&out, "1");
	for (size_t i = depth; i-- > 0;)
		buf_byte(&out, (uint8_t)closing[i % kinds]);
	return buf_written(&out);
}

static void depth_is_at_most_32(void **state)
{
	static const char *const kinds[][2] = {
		{ "[", "]" },   { "{", "}" },     { "[{", "]}" },
		{ "{[", "}]" }, { "[[{", "]]}" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(kinds); i++)
		for (size_t depth = 1; depth <= 40; depth++)
			check_text(kinds[i][0],
			           nested(depth, kinds[i][0], kinds[i][1]),
			           depth <= JSON_DEPTH_MAX ? JSON_DONE
			                                   : JSON_BAD);
	assert_int_equal(JSON_DEPTH_MAX, 32);
}

/* A deadline for what would take minutes if it were quadratic. */
static void a_megabyte_of_brackets_is_refused_at_once(void **state)
{
	static const char *const starts[] = { "[", "[1,", "[[],", "{\"a\":" };
	struct json_check c = { 0 };
	struct json doc;

	(void)state;
	alarm(20);
	for (size_t i = 0; i < COUNT(starts); i++) {
		struct buf out = BUF_OVER(room);

		while (out.cap - out.len >= strlen(starts[i]))
			buf_text(&out, starts[i]);
		assert_int_equal(check(buf_written(&out)), JSON_BAD);
		assert_int_equal(parse(&doc, buf_written(&out)), JSON_BAD);
		assert_int_equal(doc.count, 0);
	}
	/* The 33rd bracket decides. */
	memset(room, '[', 33);
	assert_int_equal(json_check_feed(&c, first(SPAN("["), 0)), JSON_MORE);
	assert_int_equal(json_check_feed(&c, (struct span){ room, 32 }),
	                 JSON_MORE);
	assert_int_equal(json_check_feed(&c, (struct span){ room, 1 }),
	                 JSON_BAD);
	alarm(0);
}

/* --- Arrays in pieces --- */

/* What becomes of one; its elements as lines, `!` for one without room. */
struct outcome {
	enum json_verdict verdict;
	unsigned long count;
	struct buf elements;
};

/* One piece; each element is valid by itself. */
static void feed(struct json_array *a, struct span piece, struct outcome *out)
{
	piece = guarded(piece);
	for (;;) {
		enum json_cut cut = json_array_feed(a, &piece);
		struct json_check whole = { 0 };

		if (cut == JSON_CUT_BAD)
			out->verdict = JSON_BAD;
		if (cut == JSON_CUT_MORE)
			assert_int_equal(piece.len, 0);
		if (cut != JSON_CUT_ELEMENT)
			return;
		assert_false(a->inside);
		assert_true(a->element.len <= a->element.cap);
		if (a->element.failed) {
			buf_text(&out->elements, "!");
			continue;
		}
		assert_int_equal(
			json_check_feed(&whole, buf_written(&a->element)),
			JSON_DONE);
		buf_span(&out->elements, buf_written(&a->element));
		buf_byte(&out->elements, '\n');
	}
}

/* In pieces of `size` bytes, but for the first one. */
static struct outcome stream(struct span text, size_t first_size, size_t size,
                             size_t cap)
{
	static uint8_t element[ELEMENT_MAX], bytes[2 * ELEMENT_MAX];
	struct json_array a = { .element = { .at = element, .cap = cap } };
	struct outcome out = { .verdict = JSON_MORE,
		               .elements = BUF_OVER(bytes) };
	size_t len = first_size;

	assert_true(cap <= sizeof(element));
	do {
		if (len > text.len)
			len = text.len;
		feed(&a, first(text, len), &out);
		text = span_skip(text, len);
		len = size;
	} while (text.len > 0 && out.verdict != JSON_BAD);
	if (out.verdict != JSON_BAD && json_array_ended(&a))
		out.verdict = JSON_DONE;
	out.count = a.count;
	assert_false(out.elements.failed);
	return out;
}

struct array_case {
	struct span text;
	enum json_verdict verdict;
	unsigned long count; /* of elements begun */
	const char *elements;
};

static void assert_outcome(const struct array_case *want,
                           const struct outcome *got)
{
	const char *label = (const char *)want->text.at;

	assert_row(label, got->verdict == want->verdict);
	assert_row(label, got->count == want->count);
	assert_span(label, buf_written(&got->elements),
	            span_of(want->elements));
}

/* Whole, byte by byte, in threes and in two everywhere. */
static void stream_every_way(const struct array_case *c, size_t cap)
{
	size_t len = c->text.len;
	struct outcome got = stream(c->text, len, len, cap);

	assert_outcome(c, &got);
	for (size_t size = 1; size <= 3; size += 2) {
		got = stream(c->text, size, size, cap);
		assert_outcome(c, &got);
	}
	for (size_t at = 0; at <= len; at++) {
		got = stream(c->text, at, len, cap);
		assert_outcome(c, &got);
	}
}

static void an_array_is_cut_into_its_elements(void **state)
{
	static const struct array_case rows[] = {
		{ BYTES("[]"), JSON_DONE, 0, "" },
		{ BYTES(" \t[\r\n] \n"), JSON_DONE, 0, "" },
		{ BYTES("[{}]"), JSON_DONE, 1, "{}\n" },
		{ BYTES("[[]]"), JSON_DONE, 1, "[]\n" },
		{ BYTES("[\"\"]"), JSON_DONE, 1, "\"\"\n" },
		{ BYTES("[[],{},\"\",0,null]"), JSON_DONE, 5,
		  "[]\n{}\n\"\"\n0\nnull\n" },
		{ BYTES(" [ [ ] , { } , \"\" , 0 , null ] "), JSON_DONE, 5,
		  "[ ]\n{ }\n\"\"\n0\nnull\n" },
		/* nested */
		{ BYTES("[{\"id\":\"3f\",\"a\":[1,{\"b\":[]}]},{\"c\":{}}]"),
		  JSON_DONE, 2,
		  "{\"id\":\"3f\",\"a\":[1,{\"b\":[]}]}\n{\"c\":{}}\n" },
		{ BYTES("[[1,[2,3]],[[[]],4] ,5]"), JSON_DONE, 3,
		  "[1,[2,3]]\n[[[]],4]\n5\n" },
		{ BYTES("[{ \"a\" : 1 , \"b\" : [ 2 , 3 ] }]"), JSON_DONE, 1,
		  "{ \"a\" : 1 , \"b\" : [ 2 , 3 ] }\n" },
		/* strings */
		{ BYTES("[\"],[{\",\"}\",\" , \"]"), JSON_DONE, 3,
		  "\"],[{\"\n\"}\"\n\" , \"\n" },
		{ BYTES("[\"\\\"\",\"\\\\\",\"\\\\\\\",]\"]"), JSON_DONE, 3,
		  "\"\\\"\"\n\"\\\\\"\n\"\\\\\\\",]\"\n" },
		{ BYTES("[\"\\u005d\\ud83d\\ude00\",\"\xc3\xa9\xe2\x82\xac"
		        "\xf0\x9f\x98\x80\"]"),
		  JSON_DONE, 2,
		  "\"\\u005d\\ud83d\\ude00\"\n\"\xc3\xa9\xe2\x82\xac"
		  "\xf0\x9f\x98\x80\"\n" },
		{ BYTES("[{\"]\":\"[\",\"\\\"}\":\"{\"},\"\"]"), JSON_DONE, 2,
		  "{\"]\":\"[\",\"\\\"}\":\"{\"}\n\"\"\n" },
		/* numbers: the byte behind is the first to tell their end */
		{ BYTES("[1]"), JSON_DONE, 1, "1\n" },
		{ BYTES("[0,-0,12,-3.25]"), JSON_DONE, 4,
		  "0\n-0\n12\n-3.25\n" },
		{ BYTES("[0 ,1\t,2\n,3\r]"), JSON_DONE, 4, "0\n1\n2\n3\n" },
		{ BYTES("[1e5,1E-5 ,0.5e+10]"), JSON_DONE, 3,
		  "1e5\n1E-5\n0.5e+10\n" },
		{ BYTES("[[1],{\"a\":2},3]"), JSON_DONE, 3,
		  "[1]\n{\"a\":2}\n3\n" },
		/* literals */
		{ BYTES("[true,false ,null]"), JSON_DONE, 3,
		  "true\nfalse\nnull\n" },
		{ BYTES("[[true],null,{\"a\":false}]"), JSON_DONE, 3,
		  "[true]\nnull\n{\"a\":false}\n" },
		/* torn */
		{ BYTES(""), JSON_MORE, 0, "" },
		{ BYTES(" \n"), JSON_MORE, 0, "" },
		{ BYTES("["), JSON_MORE, 0, "" },
		{ BYTES("[1"), JSON_MORE, 1, "" },
		{ BYTES("[1 "), JSON_MORE, 1, "1\n" },
		{ BYTES("[1,"), JSON_MORE, 1, "1\n" },
		{ BYTES("[1,2"), JSON_MORE, 2, "1\n" },
		{ BYTES("[1,-"), JSON_MORE, 2, "1\n" },
		{ BYTES("[{}"), JSON_MORE, 1, "{}\n" },
		{ BYTES("[{},{\"a\":[1]"), JSON_MORE, 2, "{}\n" },
		{ BYTES("[\"a\",\"b]"), JSON_MORE, 2, "\"a\"\n" },
		{ BYTES("[\"a\\\""), JSON_MORE, 1, "" },
		{ BYTES("[null,tru"), JSON_MORE, 2, "null\n" },
		{ BYTES("[[1,2]"), JSON_MORE, 1, "[1,2]\n" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		stream_every_way(&rows[i], ELEMENT_MAX);
}

/* What came before the first bad byte is given all the same. */
static void what_is_no_array_is_refused(void **state)
{
	static const struct array_case rows[] = {
		{ BYTES("{}"), JSON_BAD, 0, "" },
		{ BYTES(" {\"a\":[1]}"), JSON_BAD, 0, "" },
		{ BYTES("1"), JSON_BAD, 0, "" },
		{ BYTES("-1"), JSON_BAD, 0, "" },
		{ BYTES("\"a\""), JSON_BAD, 0, "" },
		{ BYTES("\"[]\""), JSON_BAD, 0, "" },
		{ BYTES("\nnull"), JSON_BAD, 0, "" },
		{ BYTES("true"), JSON_BAD, 0, "" },
		{ BYTES("]"), JSON_BAD, 0, "" },
		{ BYTES(",[]"), JSON_BAD, 0, "" },
		{ BYTES("\0[]"), JSON_BAD, 0, "" },
		{ BYTES("\xef\xbb\xbf[]"), JSON_BAD, 0, "" },
		{ BYTES("<html>"), JSON_BAD, 0, "" },
		/* behind the end */
		{ BYTES("[]]"), JSON_BAD, 0, "" },
		{ BYTES("[] []"), JSON_BAD, 0, "" },
		{ BYTES("[1]2"), JSON_BAD, 1, "1\n" },
		{ BYTES("[1],"), JSON_BAD, 1, "1\n" },
		{ BYTES("[{}]\n{}"), JSON_BAD, 1, "{}\n" },
		{ BYTES("[{}]\0"), JSON_BAD, 1, "{}\n" },
		/* between the elements */
		{ BYTES("[,1]"), JSON_BAD, 1, "" },
		{ BYTES("[1,]"), JSON_BAD, 1, "1\n" },
		{ BYTES("[1,,2]"), JSON_BAD, 2, "1\n" },
		{ BYTES("[1 2]"), JSON_BAD, 1, "1\n" },
		{ BYTES("[{}{}]"), JSON_BAD, 1, "{}\n" },
		{ BYTES("[\"a\":1]"), JSON_BAD, 1, "\"a\"\n" },
		{ BYTES("[1}"), JSON_BAD, 1, "" },
		{ BYTES("[{}}"), JSON_BAD, 1, "{}\n" },
		/* in an element */
		{ BYTES("[{},{\"a\":1,}]"), JSON_BAD, 2, "{}\n" },
		{ BYTES("[{},[1}]"), JSON_BAD, 2, "{}\n" },
		{ BYTES("[}"), JSON_BAD, 1, "" },
		{ BYTES("[{]"), JSON_BAD, 1, "" },
		{ BYTES("[01]"), JSON_BAD, 1, "" },
		{ BYTES("[{},01]"), JSON_BAD, 2, "{}\n" },
		{ BYTES("[{},1.]"), JSON_BAD, 2, "{}\n" },
		{ BYTES("[{},-]"), JSON_BAD, 2, "{}\n" },
		{ BYTES("[{},nul]"), JSON_BAD, 2, "{}\n" },
		{ BYTES("[{},\"\xff\"]"), JSON_BAD, 2, "{}\n" },
		{ BYTES("[{},\"\\ud83d\"]"), JSON_BAD, 2, "{}\n" },
		{ BYTES("[{},\"\n\"]"), JSON_BAD, 2, "{}\n" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		stream_every_way(&rows[i], ELEMENT_MAX);
}

static void an_element_without_room_does_not_harm_the_next(void **state)
{
	static const struct {
		size_t cap;
		struct array_case is;
	} rows[] = {
		{ 4, { BYTES("[1234,12345,1]"), JSON_DONE, 3, "1234\n!1\n" } },
		{ 4,
		  { BYTES("[\"ab\",\"abc\",\"\"]"), JSON_DONE, 3,
		    "\"ab\"\n!\"\"\n" } },
		{ 4,
		  { BYTES("[12345 ,{\"a\":[]},[1,2],[1] ]"), JSON_DONE, 4,
		    "!!![1]\n" } },
		{ 4,
		  { BYTES("[false,true,null,false]"), JSON_DONE, 4,
		    "!true\nnull\n!" } },
		{ 4, { BYTES("[[1, ],1]"), JSON_BAD, 1, "" } },
		{ 4, { BYTES("[123456,01]"), JSON_BAD, 2, "!" } },
		{ 4, { BYTES("[123456"), JSON_MORE, 1, "" } },
		{ 1, { BYTES("[1,22,3]"), JSON_DONE, 3, "1\n!3\n" } },
		{ 0, { BYTES("[1,{},\"\"]"), JSON_DONE, 3, "!!!" } },
		{ 0, { BYTES("[]"), JSON_DONE, 0, "" } },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		stream_every_way(&rows[i].is, rows[i].cap);
}

static void an_array_is_at_most_32_levels_deep(void **state)
{
	(void)state;
	for (size_t depth = 1; depth <= 40; depth++) {
		bool good = depth <= JSON_DEPTH_MAX;
		struct span text = nested(depth, "[", "]");
		struct outcome got =
			stream(text, text.len, text.len, ELEMENT_MAX);

		assert_int_equal(got.verdict, good ? JSON_DONE : JSON_BAD);
		assert_int_equal(got.count, 1);
		if (good) /* all but the outermost brackets */
			assert_span(
				"element",
				first(buf_written(&got.elements), text.len - 2),
				first(span_skip(text, 1), text.len - 2));
		got = stream(text, 1, 1, ELEMENT_MAX);
		assert_int_equal(got.verdict, good ? JSON_DONE : JSON_BAD);
	}
}

/* More bytes than any body may have, and one element's room. */
static void an_array_may_be_longer_than_a_body(void **state)
{
	static const char one[] = "{\"id\":\"3f\"} , ";
	size_t len = sizeof(one) - 1, pieces = 2 * BODY_MAX / len;
	uint8_t element[16];
	struct json_array a = { .element = BUF_OVER(element) };
	struct span in = SPAN("[");

	(void)state;
	assert_int_equal(json_array_feed(&a, &in), JSON_CUT_MORE);
	for (size_t i = 0; i < pieces; i++) {
		in = span_of(one);
		assert_int_equal(json_array_feed(&a, &in), JSON_CUT_ELEMENT);
		assert_span("element", buf_written(&a.element),
		            SPAN("{\"id\":\"3f\"}"));
		assert_int_equal(a.count, i + 1);
		assert_int_equal(json_array_feed(&a, &in), JSON_CUT_MORE);
		assert_false(json_array_ended(&a));
	}
	in = SPAN("0]");
	assert_int_equal(json_array_feed(&a, &in), JSON_CUT_ELEMENT);
	assert_span("element", buf_written(&a.element), SPAN("0"));
	assert_int_equal(json_array_feed(&a, &in), JSON_CUT_MORE);
	assert_true(json_array_ended(&a));
	assert_int_equal(a.count, pieces + 1);
}

static void no_bytes_change_nothing(void **state)
{
	uint8_t element[4];
	struct json_array a = { .element = BUF_OVER(element) };
	struct span in = SPAN("[12");
	struct span nothing = { NULL, 0 };

	(void)state;
	assert_int_equal(json_array_feed(&a, &nothing), JSON_CUT_MORE);
	assert_int_equal(json_array_feed(&a, &in), JSON_CUT_MORE);
	assert_int_equal(json_array_feed(&a, &nothing), JSON_CUT_MORE);
	in = SPAN("3]");
	assert_int_equal(json_array_feed(&a, &in), JSON_CUT_ELEMENT);
	assert_span("element", buf_written(&a.element), SPAN("123"));
	assert_int_equal(json_array_feed(&a, &nothing), JSON_CUT_MORE);
	assert_true(json_array_ended(&a));
}

/* The validator's word, for what begins with a bracket; else there is none. */
static void arrays_of_the_conformance_cases(void **state)
{
	static struct test_cases cases;

	(void)state;
	cases_load("json.jsonl", &cases);
	for (size_t i = 0; i < cases.count; i++) {
		const struct test_case *c = &cases.at[i];
		struct span trimmed = span_trim(c->text, " \t\r\n");
		enum json_verdict want = check(c->text);
		struct outcome got =
			stream(c->text, c->text.len, c->text.len, ELEMENT_MAX);

		if (trimmed.len > 0 && trimmed.at[0] != '[')
			want = JSON_BAD;
		assert_row(c->name, got.verdict == want);
		got = stream(c->text, 1, 1, ELEMENT_MAX);
		assert_row(c->name, got.verdict == want);
	}
}

/* --- Documents --- */

static void a_text_has_at_most_body_max_bytes(void **state)
{
	struct json doc;

	(void)state;
	for (size_t len = BODY_MAX - 1; len <= BODY_MAX + 1; len++) {
		memset(room, 'a', len);
		room[0] = room[len - 1] = '"';
		assert_int_equal(parse(&doc, (struct span){ room, len }),
		                 len <= BODY_MAX ? JSON_DONE : JSON_BAD);
		assert_int_equal(doc.count, len <= BODY_MAX ? 1 : 0);
	}
}

/* JSON_DONE promises all of the text in *doc, white space behind or not. */
static void every_value_may_be_the_outermost(void **state)
{
	static const struct {
		const char *text;
		bool object, array, string, null;
	} rows[] = {
		{ "{}", true, false, false, false },
		{ "[]", false, true, false, false },
		{ "\"\"", false, false, true, false },
		{ "\"null\"", false, false, true, false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		const char *label = rows[i].text;
		struct json doc;

		assert_row(label, parse(&doc, span_of(label)) == JSON_DONE);
		assert_row(label, doc.count == 1);
		assert_row(label, json_is_object(&doc, 0) == rows[i].object);
		assert_row(label, json_is_array(&doc, 0) == rows[i].array);
		assert_row(label, json_is_string(&doc, 0) == rows[i].string);
		assert_row(label, json_is_null(&doc, 0) == rows[i].null);
	}
}

static void a_member_is_there_if_it_is_not_null(void **state)
{
	struct json doc;
	size_t value;

	(void)state;
	assert_int_equal(parse(&doc, SPAN("{\"a\":1,\"b\":null,\"c\":[]}")),
	                 JSON_DONE);
	assert_true(json_has(&doc, 0, "a", &value));
	assert_span("a", json_raw(&doc, value), SPAN("1"));
	assert_false(json_has(&doc, 0, "b", &value));
	assert_true(json_has(&doc, 0, "c", &value));
	/* Nothing but an object has members. */
	assert_false(json_has(&doc, value, "a", &value));
	assert_false(json_has(&doc, JSON_NONE, "a", &value));
	assert_false(json_has(&doc, 0, "d", &value));
}

static void no_value_is_nothing(void **state)
{
	struct json doc;

	(void)state;
	assert_int_equal(parse(&doc, SPAN("[1]")), JSON_DONE);
	for (int i = 0; i < 2; i++) {
		size_t value = i == 0 ? JSON_NONE : doc.count;

		assert_false(json_is_object(&doc, value));
		assert_false(json_is_array(&doc, value));
		assert_false(json_is_string(&doc, value));
		assert_false(json_is_null(&doc, value));
		assert_false(json_is_unambiguous(&doc, value));
	}
	assert_int_equal(parse(&doc, SPAN("[1]]")), JSON_BAD);
	assert_int_equal(doc.count, 0);
	assert_false(json_is_array(&doc, 0));
}

static void a_member_is_found_by_its_name(void **state)
{
	static const struct {
		const char *text, *name;
		const char *raw; /* NULL: there is none */
	} rows[] = {
		{ "{}", "id", NULL },
		{ "{\"id\":1}", "id", "1" },
		{ "{\"id\":\"x\"}", "id", "x" },
		{ "{ \"id\" : null }", "id", "null" },
		{ "{\"a\":1,\"id\":2}", "id", "2" },
		{ "{\"a\":[1,{\"id\":3}],\"id\":[2]}", "id", "[2]" },
		{ "{\"a\":{\"id\":3}}", "id", NULL },
		{ "{\"a\":\"id\",\"b\":\"id\"}", "id", NULL },
		{ "{\"i\":1,\"idd\":2,\"ID\":3,\"\":4}", "id", NULL },
		{ "{\"\":4}", "", "4" },
		{ "{\"\\u0069\\u0064\":5}", "id", "5" },
		{ "{\"\\/\":6}", "/", "6" },
		{ "{\"\\u00e9\":7}", "\xc3\xa9", "7" },
		{ "{\"\xc3\xa9\":8}", "\xc3\xa9", "8" },
		{ "{\"\\ud83d\\ude00\":9}", "\xf0\x9f\x98\x80", "9" },
		{ "{\"id\\u0000\":10}", "id", NULL },
		{ "{\"id\":{\"id\":1}}", "id", "{\"id\":1}" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		const char *label = rows[i].text;
		struct json doc;
		size_t value;

		assert_row(label, parse(&doc, span_of(label)) == JSON_DONE);
		value = json_member(&doc, 0, rows[i].name);
		assert_row(label,
		           (value != JSON_NONE) == (rows[i].raw != NULL));
		if (value != JSON_NONE)
			assert_span(label, json_raw(&doc, value),
			            span_of(rows[i].raw));
	}
}

static void members_of_members_are_found(void **state)
{
	struct json doc;
	size_t inner, list;

	(void)state;
	assert_int_equal(parse(&doc, SPAN("{\"a\":{\"b\":[{\"c\":1},{\"c\":2}]}"
	                                  ",\"c\":3}")),
	                 JSON_DONE);
	inner = json_member(&doc, 0, "a");
	assert_true(json_is_object(&doc, inner));
	assert_int_equal(json_member(&doc, inner, "c"), JSON_NONE);
	list = json_member(&doc, inner, "b");
	assert_true(json_is_array(&doc, list));
	inner = json_element(&doc, list, json_element(&doc, list, JSON_NONE));
	assert_span("c", json_raw(&doc, json_member(&doc, inner, "c")),
	            SPAN("2"));
	assert_span("c", json_raw(&doc, json_member(&doc, 0, "c")), SPAN("3"));
}

static void an_array_is_walked_in_order(void **state)
{
	static const struct {
		const char *text;
		const char *items[6];
	} rows[] = {
		{ "[]", { NULL } },
		{ "[1]", { "1", NULL } },
		{ "[1,[2,3],\"x\",{\"a\":[4]},null]",
		  { "1", "[2,3]", "x", "{\"a\":[4]}", "null", NULL } },
		{ "[[[]],[]]", { "[[]]", "[]", NULL } },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		size_t at = JSON_NONE, n = 0;
		struct json doc;

		assert_int_equal(parse(&doc, span_of(rows[i].text)), JSON_DONE);
		while ((at = json_element(&doc, 0, at)) != JSON_NONE) {
			assert_non_null(rows[i].items[n]);
			assert_span(rows[i].text, json_raw(&doc, at),
			            span_of(rows[i].items[n]));
			n++;
		}
		assert_null(rows[i].items[n]);
	}
}

static void a_name_stands_only_once(void **state)
{
	static const struct {
		const char *text;
		bool unambiguous;
	} rows[] = {
		{ "{}", true },
		{ "{\"id\":1}", true },
		{ "{\"id\":1,\"ID\":1,\"i\":1,\"d\":1,\"\":1}", true },
		{ "{\"a\":{\"id\":1},\"id\":1}", true },
		{ "{\"a\":{\"b\":1,\"b\":1}}", true },
		{ "{\"id\":1,\"id\":1}", false },
		{ "{\"\":1,\"\":1}", false },
		{ "{\"id\":1,\"a\":2,\"b\":{\"x\":3},\"id\":1}", false },
		{ "{\"id\":1,\"\\u0069d\":2}", false },
		{ "{\"\\u0069\\u0064\":1,\"i\\u0064\":2}", false },
		{ "{\"\\/\":1,\"/\":2}", false },
		{ "{\"\\ud83d\\ude00\":1,\"\xf0\x9f\x98\x80\":2}", false },
		{ "{\"\\ud83d\\ude00\":1,\"\\ud83d\\ude01\":2}", true },
		{ "{\"a\\u0000b\":1,\"a\\u0000c\":2}", true },
		{ "[]", false },
		{ "[{}]", false },
		{ "\"\"", false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct json doc;

		assert_int_equal(parse(&doc, span_of(rows[i].text)), JSON_DONE);
		assert_row(rows[i].text,
		           json_is_unambiguous(&doc, 0) == rows[i].unambiguous);
	}
}

static void too_many_members_are_no_clear_object(void **state)
{
	(void)state;
	for (size_t count = JSON_MEMBERS_MAX - 1; count <= JSON_MEMBERS_MAX + 1;
	     count++) {
		struct buf out = BUF_OVER(room);
		struct json doc;

		buf_byte(&out, '{');
		for (size_t i = 0; i < count; i++) {
			buf_text(&out, i > 0 ? ",\"" : "\"");
			buf_byte(&out, (uint8_t)('a' + i / 26));
			buf_byte(&out, (uint8_t)('a' + i % 26));
			buf_text(&out, "\":0");
		}
		buf_byte(&out, '}');
		assert_int_equal(parse(&doc, buf_written(&out)), JSON_DONE);
		assert_int_equal(json_is_unambiguous(&doc, 0),
		                 count <= JSON_MEMBERS_MAX);
	}
}

/* Every prefix is MORE, and a member is there once its value is complete. */
static void a_torn_text_has_what_is_complete(void **state)
{
	static const struct {
		const char *text, *name, *raw;
		size_t from; /* the first prefix that has it */
	} rows[] = {
		{ "{\"id\":\"3f\",\"b\":[1,{\"y\":2}],\"z\":true}", "id", "3f",
		  10 },
		{ "{\"a\":[{\"id\":\"no\"}],\"id\":\"3f\"}", "id", "3f", 28 },
		{ "{\"a\":1,\"id\":\"\",\"id2\":{}}", "id", "", 14 },
		{ "{\"id\":12,\"b\":0}", "id", "12", 9 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct span text = span_of(rows[i].text);

		for (size_t len = 1; len < text.len; len++) {
			struct json doc;
			size_t value;

			assert_int_equal(parse(&doc, first(text, len)),
			                 JSON_MORE);
			assert_true(json_is_object(&doc, 0));
			assert_true(json_is_unambiguous(&doc, 0));
			assert_span("open", json_raw(&doc, 0),
			            first(text, len));
			value = json_member(&doc, 0, rows[i].name);
			if (len < rows[i].from) {
				/* A torn number must not pass for a whole. */
				assert_row(rows[i].text, value == JSON_NONE);
				continue;
			}
			assert_row(rows[i].text, value != JSON_NONE);
			assert_span(rows[i].text, json_raw(&doc, value),
			            span_of(rows[i].raw));
		}
	}
}

/* As above for any valid text: no value of a prefix is wrong or out of it. */
static void a_torn_text_has_no_value_that_the_whole_has_not(void **state)
{
	static const struct span text =
		BYTES("{\"a\":[1,[2,\"\\u00e9\"],{\"b\":{}}],\"c\":null,\"d\":"
	              "{\"e\":-1.5,\"f\":[true,false]},\"g\":\"\"}");
	static jsmntok_t all[64], some[64];
	struct json whole, torn;

	(void)state;
	assert_int_equal(json_parse(&whole, text, all, COUNT(all)), JSON_DONE);
	for (size_t len = 0; len < text.len; len++) {
		assert_int_equal(json_parse(&torn, guarded(first(text, len)),
		                            some, COUNT(some)),
		                 JSON_MORE);
		assert_true(torn.count <= whole.count);
		for (size_t i = 0; i < torn.count; i++) {
			assert_int_equal(some[i].type, all[i].type);
			assert_int_equal(some[i].start, all[i].start);
			assert_int_equal(some[i].parent, all[i].parent);
			assert_true(some[i].end == -1 ||
			            some[i].end == all[i].end);
			assert_true(json_raw(&torn, i).len <=
			            json_raw(&whole, i).len);
		}
	}
}

static void what_begins_like_an_object_may_become_one(void **state)
{
	static const struct {
		struct span text;
		bool may;
	} rows[] = {
		{ BYTES(""), true },        { { NULL, 0 }, true },
		{ BYTES(" \t\r\n"), true }, { BYTES("{"), true },
		{ BYTES("\n {\"a"), true }, { BYTES("{}"), true },
		{ BYTES("["), false },      { BYTES(" [{"), false },
		{ BYTES("\"{"), false },    { BYTES("tru"), false },
		{ BYTES("-"), false },      { BYTES("\xef\xbb\xbf{"), false },
		{ BYTES("\v{"), false },    { BYTES("\0{"), false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		assert_int_equal(json_may_become_object(guarded(rows[i].text)),
		                 rows[i].may);
}

static void the_value_that_is_torn_is_found_by_its_name(void **state)
{
	static const struct {
		const char *text, *begun; /* NULL: it is another */
	} rows[] = {
		{ "{\"a\"", "" },
		{ "{\"a\" ", "" },
		{ "{\"a\":", "" },
		{ " { \"a\" :\t", "" },
		{ "{\"a\":\"", "\"" },
		{ "{\"a\" : \"b c", "\"b c" },
		{ "{\"a\":tru", "tru" },
		{ "{\"a\":-1", "-1" },
		{ "{\"b\":[1,{\"a\":2}],\"a\":\"x", "\"x" },
		{ "{\"\\u0061\":\"b", "\"b" },
		{ "{\"a\":\":", "\":" },
		/* the value is not the one that is torn, or a larger one is */
		{ "", NULL },
		{ "{", NULL },
		{ "{\"", NULL },
		{ "{\"a", NULL },
		{ "{\"b\":\"a", NULL },
		{ "{\"ab\":\"", NULL },
		{ "{\"a\":\"b\"", NULL },
		{ "{\"a\":\"b\",", NULL },
		{ "{\"a\":{", NULL },
		{ "{\"a\":[", NULL },
		{ "{\"a\":[\"x", NULL },
		{ "{\"b\":{\"a\":\"x", NULL },
		{ "{\"b\":\"a\"", NULL },
		{ "{\"b\":[\"a\"", NULL },
		{ "[\"a\"", NULL },
		{ "\"a\"", NULL },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		const char *want = rows[i].begun;
		struct span begun;
		struct json doc;

		parse(&doc, span_of(rows[i].text));
		assert_row(rows[i].text, json_torn_member(&doc, "a", &begun) ==
		                                 (want != NULL));
		if (want != NULL)
			assert_span(rows[i].text, begun, span_of(want));
	}
}

static void too_many_values_are_told(void **state)
{
	static const struct span text =
		BYTES("{\"id\":\"3f\",\"b\":[1,2,{\"c\":3}]}");
	static jsmntok_t few[16];

	(void)state;
	for (size_t cap = 0; cap <= 11; cap++) {
		struct json doc;
		size_t id;

		assert_int_equal(json_parse(&doc, guarded(text), few, cap),
		                 cap < 10 ? JSON_LONG : JSON_DONE);
		assert_int_equal(doc.count, cap < 10 ? cap : 10);
		if (cap == 0)
			continue;
		id = json_member(&doc, 0, "id");
		assert_int_equal(id, cap < 3 ? JSON_NONE : 2);
	}
}

/* --- Strings --- */

static void escapes_are_resolved(void **state)
{
	static const struct {
		const char *text;
		struct span utf8;
	} rows[] = {
		{ "\"\"", BYTES("") },
		{ "\"plain \xe2\x82\xac\"", BYTES("plain \xe2\x82\xac") },
		{ "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"", BYTES("\"\\/\b\f\n\r\t") },
		{ "\"\\u0000\\u001F\\u007f\"", BYTES("\0\x1f\x7f") },
		{ "\"\\u0041\\u00E9\\u20aC\"", BYTES("A\xc3\xa9\xe2\x82\xac") },
		{ "\"\\ud7ff\\ue000\\uffff\"",
		  BYTES("\xed\x9f\xbf\xee\x80\x80\xef\xbf\xbf") },
		{ "\"\\ud800\\udc00\\uDBFF\\uDFFFx\"",
		  BYTES("\xf0\x90\x80\x80\xf4\x8f\xbf\xbfx") },
		{ "\"\\ud83d\\ude00\"", BYTES("\xf0\x9f\x98\x80") },
		{ "\"\\\\u0041\"", BYTES("\\u0041") },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct buf out = BUF_OVER(room);
		struct json doc;

		assert_int_equal(parse(&doc, span_of(rows[i].text)), JSON_DONE);
		json_put_string(&out, &doc, 0);
		assert_span(rows[i].text, buf_written(&out), rows[i].utf8);
	}
}

/* --- Output --- */

static void output_is_ascii_on_one_line(void **state)
{
	static const struct {
		struct span text;
		const char *ascii;
	} rows[] = {
		{ BYTES(" { \"a\" :\r\n[ 1 ,\t-2.50E+3 ] } \n"),
		  "{\"a\":[1,-2.50E+3]}" },
		{ BYTES("\" a  b \""), "\" a  b \"" },
		{ BYTES("\"\\\" \\\\\" "), "\"\\\" \\\\\"" },
		{ BYTES("[\"\\\\\" , \"\\n \"]"), "[\"\\\\\",\"\\n \"]" },
		{ BYTES("\"\xc3\xa9\x7f\xe2\x80\xae\xf0\x9f\x98\x80\""),
		  "\"\\u00e9\\u007f\\u202e\\ud83d\\ude00\"" },
		{ BYTES("\"\\u00E9\\/\""), "\"\\u00E9\\/\"" },
		{ BYTES("[ true , false , null ]"), "[true,false,null]" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct buf out = BUF_OVER(room);

		json_put_ascii(&out, guarded(rows[i].text));
		assert_span(rows[i].ascii, buf_written(&out),
		            span_of(rows[i].ascii));
	}
}

/* Prints, and asserts that what is printed is ASCII and says the same. */
static void print_again(const char *name, struct span text)
{
	static uint8_t once[8192], twice[8192];
	static jsmntok_t before[512], after[512];
	struct buf out = BUF_OVER(once), again = BUF_OVER(twice);
	struct json a, b;

	json_put_ascii(&out, guarded(text));
	assert_false(out.failed);
	for (size_t i = 0; i < out.len; i++)
		assert_row(name, once[i] >= 0x20 && once[i] < 0x7f);
	assert_row(name, json_parse(&a, text, before, 512) == JSON_DONE);
	assert_row(name,
	           json_parse(&b, buf_written(&out), after, 512) == JSON_DONE);
	assert_row(name, a.count == b.count);
	for (size_t i = 0; i < a.count; i++) {
		assert_row(name, before[i].type == after[i].type);
		assert_row(name, before[i].parent == after[i].parent);
		if (before[i].type != JSMN_STRING)
			continue;
		struct span left = json_raw(&a, i), right = json_raw(&b, i);

		while (left.len > 0 && right.len > 0)
			assert_row(name, json_next_char(&left) ==
			                         json_next_char(&right));
		assert_row(name, left.len == 0 && right.len == 0);
	}
	json_put_ascii(&again, buf_written(&out));
	assert_span(name, buf_written(&again), buf_written(&out));
}

static void parse_print_parse_is_stable(void **state)
{
	static struct test_cases cases;

	(void)state;
	cases_load("json.jsonl", &cases);
	for (size_t i = 0; i < cases.count; i++)
		if (cases.at[i].accept)
			print_again(cases.at[i].name, cases.at[i].text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(conformance_cases),
		cmocka_unit_test(rfc_8259_to_the_letter),
		cmocka_unit_test(depth_is_at_most_32),
		cmocka_unit_test(a_megabyte_of_brackets_is_refused_at_once),
		cmocka_unit_test(an_array_is_cut_into_its_elements),
		cmocka_unit_test(what_is_no_array_is_refused),
		cmocka_unit_test(
			an_element_without_room_does_not_harm_the_next),
		cmocka_unit_test(an_array_is_at_most_32_levels_deep),
		cmocka_unit_test(an_array_may_be_longer_than_a_body),
		cmocka_unit_test(no_bytes_change_nothing),
		cmocka_unit_test(arrays_of_the_conformance_cases),
		cmocka_unit_test(a_text_has_at_most_body_max_bytes),
		cmocka_unit_test(every_value_may_be_the_outermost),
		cmocka_unit_test(a_member_is_there_if_it_is_not_null),
		cmocka_unit_test(no_value_is_nothing),
		cmocka_unit_test(a_member_is_found_by_its_name),
		cmocka_unit_test(members_of_members_are_found),
		cmocka_unit_test(an_array_is_walked_in_order),
		cmocka_unit_test(a_name_stands_only_once),
		cmocka_unit_test(too_many_members_are_no_clear_object),
		cmocka_unit_test(a_torn_text_has_what_is_complete),
		cmocka_unit_test(
			a_torn_text_has_no_value_that_the_whole_has_not),
		cmocka_unit_test(what_begins_like_an_object_may_become_one),
		cmocka_unit_test(the_value_that_is_torn_is_found_by_its_name),
		cmocka_unit_test(too_many_values_are_told),
		cmocka_unit_test(escapes_are_resolved),
		cmocka_unit_test(output_is_ascii_on_one_line),
		cmocka_unit_test(parse_print_parse_is_stable),
	};

	return cmocka_run_group_tests_name("wire/json", tests, NULL, NULL);
}
