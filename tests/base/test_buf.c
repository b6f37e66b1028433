/* SPDX-License-Identifier: MIT */
/* Tests of base/buf: borrowed bytes and the writer that remembers overflow. */
#include "unit.h"

/* --- Spans --- */

static void span_of_a_string_has_no_nul(void **state)
{
	(void)state;
	assert_span("text", span_of("abc"), SPAN("abc"));
	assert_int_equal(span_of("").len, 0);
	assert_int_equal(SPAN("a\0b").len, 3);
	assert_null(span_of(NULL).at);
	assert_int_equal(span_of(NULL).len, 0);
}

static void a_span_begins_with_what_it_has(void **state)
{
	(void)state;
	assert_true(span_begins(SPAN("ab"), SPAN("a")));
	assert_true(span_begins(SPAN("ab"), SPAN("ab")));
	assert_true(span_begins((struct span){ NULL, 0 }, SPAN("")));
	assert_false(span_begins(SPAN("ab"), SPAN("abc")));
	assert_false(span_begins(SPAN("ab"), SPAN("b")));
	assert_false(span_begins(SPAN("ab"), SPAN("A")));
	assert_false(span_begins((struct span){ NULL, 0 }, SPAN("a")));
}

static void spans_are_equal_by_their_bytes(void **state)
{
	static const struct {
		struct span a, b;
		bool equal, nocase;
	} rows[] = {
		{ BYTES(""), { NULL, 0 }, true, true },
		{ { NULL, 0 }, { NULL, 0 }, true, true },
		{ BYTES("a"), BYTES("a"), true, true },
		{ BYTES("a"), BYTES("ab"), false, false },
		{ BYTES("ab"), BYTES("ac"), false, false },
		{ BYTES("a\0b"), BYTES("a\0c"), false, false },
		{ BYTES("aZ"), BYTES("Az"), false, true },
		/* Only letters have a case: these differ by the same bit. */
		{ BYTES("@"), BYTES("`"), false, false },
		{ BYTES("["), BYTES("{"), false, false },
		{ BYTES("\xc0"), BYTES("\xe0"), false, false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		assert_int_equal(span_equal(rows[i].a, rows[i].b),
		                 rows[i].equal);
		assert_int_equal(span_equal_nocase(rows[i].a, rows[i].b),
		                 rows[i].nocase);
	}
}

static void trim_takes_both_ends_only(void **state)
{
	static const struct span rows[][2] = {
		{ BYTES(""), BYTES("") },
		{ BYTES(" \t "), BYTES("") },
		{ BYTES(" a b\t"), BYTES("a b") },
		{ BYTES("a"), BYTES("a") },
		{ BYTES("\0 a\0"), BYTES("\0 a\0") }, /* NUL is in no set */
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		assert_span("trim", span_trim(rows[i][0], " \t"), rows[i][1]);
}

static void a_text_is_found_in_another(void **state)
{
	const struct span s = SPAN("abcabd");

	(void)state;
	assert_int_equal(span_find(s, SPAN("a")), 0);
	assert_int_equal(span_find(s, SPAN("abd")), 3);
	assert_int_equal(span_find(s, s), 0);
	assert_int_equal(span_find(s, SPAN("abe")), 6);
	assert_int_equal(span_find(s, SPAN("abcabde")), 6);
	assert_int_equal(span_find((struct span){ NULL, 0 }, s), 0);
}

static void cut_gives_every_element(void **state)
{
	static const struct {
		struct span list;
		const char *items[4];
	} rows[] = {
		{ { NULL, 0 }, { NULL } },
		{ BYTES(""), { "", NULL } },
		{ BYTES("a"), { "a", NULL } },
		{ BYTES("a,b"), { "a", "b", NULL } },
		{ BYTES(",b,"), { "", "b", "", NULL } },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct span rest = rows[i].list, item;
		size_t n = 0;

		while (span_cut(&rest, ',', &item)) {
			assert_non_null(rows[i].items[n]);
			assert_span("item", item, span_of(rows[i].items[n]));
			n++;
		}
		assert_null(rows[i].items[n]);
	}
}

static void until_stops_at_any_of_the_set(void **state)
{
	static const struct span rows[][3] = {
		{ { NULL, 0 }, { NULL, 0 }, { NULL, 0 } },
		{ BYTES("abc"), BYTES("abc"), BYTES("") },
		{ BYTES("a:b/c"), BYTES("a"), BYTES(":b/c") },
		{ BYTES("ab/:"), BYTES("ab"), BYTES("/:") },
		{ BYTES("/a"), BYTES(""), BYTES("/a") },
		{ BYTES("a\0b/"), BYTES("a\0b"), BYTES("/") },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct span rest = rows[i][0];

		assert_span("before", span_until(&rest, "/:"), rows[i][1]);
		assert_span("rest", rest, rows[i][2]);
	}
}

static void while_stops_at_what_is_not_in_the_set(void **state)
{
	struct span rest = SPAN("0a1"), none = { NULL, 0 };

	(void)state;
	assert_span("before", span_while(&rest, "01"), SPAN("0"));
	assert_span("rest", rest, SPAN("a1"));
	assert_span("nothing", span_while(&rest, "01"), SPAN(""));
	assert_int_equal(span_while(&none, "01").len, 0);
	assert_false(byte_is_in('\0', "01"));
	assert_span("end", span_trim_end(SPAN("//a//"), "/"), SPAN("//a"));
	assert_span("all", span_trim_end(SPAN("//"), "/"), SPAN(""));
}

static void ends_and_marks_are_cut_off_where_they_stand(void **state)
{
	struct span s = SPAN("ab::c:d"), before = SPAN("x");

	(void)state;
	assert_false(span_cut_prefix(&s, SPAN("b")));
	assert_false(span_cut_suffix(&s, SPAN("D")));
	assert_false(span_cut_mark(&s, SPAN(":::"), &before));
	assert_span("unchanged", s, SPAN("ab::c:d"));
	assert_span("unchanged", before, SPAN("x"));
	assert_true(span_cut_mark(&s, SPAN("::"), &before));
	assert_span("before", before, SPAN("ab"));
	assert_span("rest", s, SPAN("c:d"));
	assert_true(span_cut_prefix(&s, SPAN("c:")));
	assert_false(span_cut_prefix(&s, SPAN("de")));
	assert_false(span_cut_suffix(&s, SPAN("cd")));
	assert_true(span_cut_suffix(&s, SPAN("d")));
	assert_false(span_cut_suffix(&s, SPAN("d")));
	assert_true(span_cut_prefix(&s, SPAN("")));
	assert_int_equal(s.len, 0);
}

static void words_stand_between_marks(void **state)
{
	struct span rest = SPAN(",, a,b  "), word;

	(void)state;
	assert_true(span_cut_word(&rest, ", ", &word));
	assert_span("first", word, SPAN("a"));
	assert_true(span_cut_word(&rest, ", ", &word));
	assert_span("second", word, SPAN("b"));
	assert_false(span_cut_word(&rest, ", ", &word));
}

static void numbers_are_digits_alone(void **state)
{
	static const struct {
		struct span text;
		unsigned base;
		bool valid;
		uint64_t value;
	} rows[] = {
		{ BYTES(""), 10, false, 0 },
		{ BYTES("0"), 10, true, 0 },
		{ BYTES("007"), 10, true, 7 },
		{ BYTES("9a"), 10, false, 9 },
		{ BYTES("9aF"), 16, true, 0x9af },
		{ BYTES("1g"), 16, false, 1 },
		{ BYTES("+1"), 10, false, 0 },
		{ BYTES("18446744073709551614"), 10, true, UINT64_MAX - 1 },
		{ BYTES("18446744073709551616"), 10, true, UINT64_MAX },
		{ BYTES("99999999999999999999999"), 10, true, UINT64_MAX },
	};
	uint64_t value;

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		assert_int_equal(
			span_number(rows[i].text, rows[i].base, &value),
			rows[i].valid);
		assert_true(value == rows[i].value);
	}
}

static void digits_are_decimal(void **state)
{
	static const struct {
		struct span text;
		size_t n;
		bool valid;
		unsigned value;
	} rows[] = {
		{ BYTES(""), 1, false, 0 },
		{ BYTES(""), 0, false, 0 },
		{ BYTES("0"), 1, true, 0 },
		{ BYTES("9"), 1, true, 9 },
		{ BYTES("404x"), 3, true, 404 },
		{ BYTES("40"), 3, false, 0 },
		{ BYTES("4x4"), 3, false, 0 },
		{ BYTES("/1"), 2, false, 0 },
		{ BYTES("1:"), 2, false, 0 },
		{ BYTES("-1"), 2, false, 0 },
		{ BYTES("99999"), 5, true, 99999 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		unsigned value = 0;

		assert_int_equal(span_digits(rows[i].text, rows[i].n, &value),
		                 rows[i].valid);
		assert_int_equal(value, rows[i].value);
	}
}

/* --- The writer --- */

static void what_does_not_fit_fails_for_good(void **state)
{
	(void)state;
	for (size_t cap = 0; cap <= 8; cap++) {
		uint8_t room[9];
		struct buf b = { .at = room, .cap = cap };

		memset(room, '#', sizeof(room));
		buf_text(&b, "ab");
		buf_byte(&b, 'c');
		buf_span(&b, SPAN("def"));
		assert_int_equal(b.failed, cap < 6);
		/* Whole pieces stand, and nothing behind them is touched. */
		assert_span("pieces", buf_written(&b),
		            (struct span){ (const uint8_t *)"abcdef",
		                           cap < 2   ? 0
		                           : cap < 3 ? 2
		                           : cap < 6 ? 3
		                                     : 6 });
		assert_int_equal(room[b.len], '#');
	}
}

static void nothing_is_written_after_a_failure(void **state)
{
	uint8_t room[4];
	struct buf b = BUF_OVER(room);

	(void)state;
	buf_text(&b, "12345");
	assert_true(b.failed);
	buf_byte(&b, '1');
	assert_int_equal(b.len, 0);
}

static void nothing_always_fits(void **state)
{
	struct buf b = { 0 };

	(void)state;
	buf_put(&b, NULL, 0);
	buf_text(&b, "");
	assert_false(b.failed);
	buf_byte(&b, 'x');
	assert_true(b.failed);
}

static uint8_t drained[64];
static size_t drained_len, drain_calls;

/* Takes them, once there are 40 none. */
static bool drain(void *context, struct span bytes)
{
	assert_ptr_equal(context, &drained_len);
	drain_calls++;
	if (drained_len + bytes.len > 40)
		return false;
	memcpy(drained + drained_len, bytes.at, bytes.len);
	drained_len += bytes.len;
	return true;
}

static void a_drain_makes_room(void **state)
{
	static const char text[] = "a text that is longer than the buf";

	(void)state;
	for (size_t cap = 1; cap < 5; cap++) {
		uint8_t room[4];
		struct buf b = { .at = room, .cap = cap };

		drained_len = 0;
		b.drain = drain;
		b.context = &drained_len;
		buf_text(&b, text);
		assert_false(b.failed);
		memcpy(drained + drained_len, b.at, b.len);
		assert_span("drained",
		            (struct span){ drained, drained_len + b.len },
		            span_of(text));
	}
}

static void a_drain_that_cannot_fails_the_buf(void **state)
{
	uint8_t room[4];
	struct buf b = BUF_OVER(room);

	(void)state;
	drained_len = 0;
	b.drain = drain;
	b.context = &drained_len;
	for (size_t i = 0; i < 60; i++)
		buf_byte(&b, 'x');
	assert_true(b.failed);
	assert_int_equal(drained_len, 40);

	/* One that has failed must not be asked for ever. */
	drain_calls = 0;
	buf_text(&b, "12345678");
	assert_true(b.failed);
	assert_int_equal(drain_calls, 0);
}

static void wipe_clears_all_of_it(void **state)
{
	static const uint8_t zeros[8];
	uint8_t room[8];
	struct buf b = BUF_OVER(room), none = { 0 };

	(void)state;
	memset(room, 'k', sizeof(room));
	buf_text(&b, "key");
	buf_wipe(&b);
	assert_int_equal(b.len, 0);
	assert_memory_equal(room, zeros, sizeof(room));
	buf_wipe(&none);
}

static void hexadecimal_digits_have_values(void **state)
{
	static const char digits[] = "0123456789abcdefABCDEF";

	(void)state;
	for (unsigned i = 0; i < 256; i++) {
		const char *at = i > 0 ? strchr(digits, (int)i) : NULL;
		unsigned value = at == NULL ? 16 : (unsigned)(at - digits);

		assert_int_equal(span_hex((uint8_t)i),
		                 at != NULL && value > 15 ? value - 6 : value);
	}
}

static void texts_stand_behind_each_other(void **state)
{
	static const char texts[] = "one\0\0three";

	(void)state;
	assert_string_equal(span_nth(texts, 0), "one");
	assert_string_equal(span_nth(texts, 1), "");
	assert_string_equal(span_nth(texts, 2), "three");
}

static void bytes_are_two_hexadecimal_digits(void **state)
{
	struct span rest = SPAN("7fFfg00g0");
	uint8_t byte = 1;

	(void)state;
	assert_true(span_cut_hex(&rest, &byte));
	assert_int_equal(byte, 0x7f);
	assert_true(span_cut_hex(&rest, &byte));
	assert_int_equal(byte, 0xff);
	assert_false(span_cut_hex(&rest, &byte));
	rest = span_skip(rest, 2);
	assert_false(span_cut_hex(&rest, &byte)); /* 0g */
	rest = span_skip(rest, 2);
	assert_false(span_cut_hex(&rest, &byte)); /* a 0 alone */
	assert_int_equal(byte, 0xff);
	assert_span("rest", rest, SPAN("0"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_span_begins_with_what_it_has),
		cmocka_unit_test(a_text_is_found_in_another),
		cmocka_unit_test(span_of_a_string_has_no_nul),
		cmocka_unit_test(spans_are_equal_by_their_bytes),
		cmocka_unit_test(trim_takes_both_ends_only),
		cmocka_unit_test(cut_gives_every_element),
		cmocka_unit_test(until_stops_at_any_of_the_set),
		cmocka_unit_test(while_stops_at_what_is_not_in_the_set),
		cmocka_unit_test(ends_and_marks_are_cut_off_where_they_stand),
		cmocka_unit_test(words_stand_between_marks),
		cmocka_unit_test(numbers_are_digits_alone),
		cmocka_unit_test(bytes_are_two_hexadecimal_digits),
		cmocka_unit_test(digits_are_decimal),
		cmocka_unit_test(what_does_not_fit_fails_for_good),
		cmocka_unit_test(nothing_is_written_after_a_failure),
		cmocka_unit_test(nothing_always_fits),
		cmocka_unit_test(hexadecimal_digits_have_values),
		cmocka_unit_test(texts_stand_behind_each_other),
		cmocka_unit_test(a_drain_makes_room),
		cmocka_unit_test(a_drain_that_cannot_fails_the_buf),
		cmocka_unit_test(wipe_clears_all_of_it),
	};

	return cmocka_run_group_tests_name("base/buf", tests, NULL, NULL);
}
