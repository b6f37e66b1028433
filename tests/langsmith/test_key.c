/* SPDX-License-Identifier: MIT */
/* Tests of langsmith/key: the forms of keys, and what confirms what. */
/* links: tests/wire/cases.c */
#include "langsmith/key.h"

#include "wire/cases.h"

#define DIGITS "0123456789abcdef"
#define SECRET "lsv2_pt_" DIGITS DIGITS "_fedcba9876"
#define DOTS "\xe2\x80\xa6" /* U+2026 */

/* --- Kinds --- */

static void a_kind_is_what_shows_or_what_is_said(void **state)
{
	static const struct {
		const char *text;
		bool shows, service;
	} kinds[] = {
		{ SECRET, true, false },
		{ "lsv2_sk_" DIGITS DIGITS "_fedcba9876", true, true },
		{ "lsv2_pt_3f2b", true, false },
		{ "lsv2_sk_3f2b", true, true },
		{ "lsv2_sk_...9d10", true, true },
		{ "lsv2_p...9d10", true, false },
		{ "lsv2_s...9d10", true, true },
		{ "lsv2_...9d10", false, false },
		{ "lsv2_****_...9d10", false, false },
		{ "ls__3f2b", false, false },
		{ "", false, false },
		{ "lsv", false, false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(kinds); i++)
		for (int said = 0; said < 2; said++)
			assert_row(kinds[i].text,
			           key_is_of_service(span_of(kinds[i].text),
			                             said == 1) ==
			                   (kinds[i].shows ? kinds[i].service
			                                   : said == 1));
}

/* --- Forms --- */

static const struct {
	struct span text;
	enum key_form form;
	size_t shown;
} forms[] = {
	{ BYTES(SECRET), KEY_SECRET, 43 },
	{ BYTES("lsv2_sk_" DIGITS DIGITS "_fedcba9876"), KEY_SECRET, 43 },
	{ BYTES("lsv2_pt_" DIGITS "0123456789ABCDEF_fedcba9876"), KEY_SECRET,
	  43 },
	{ BYTES(SECRET "0"), KEY_TOO_LONG, 44 },
	{ BYTES("lsv2_xx_" DIGITS DIGITS "_fedcba9876"), KEY_TOO_LONG, 46 },
	{ BYTES("lsv2_pt_" DIGITS "0123456789abcdeg_fedcba9876"), KEY_TOO_LONG,
	  43 },
	{ BYTES("lsv2_pt_" DIGITS DIGITS "-fedcba9876"), KEY_TOO_LONG, 43 },
	{ BYTES("lsv2_pt_3f2b"), KEY_SHORT, 4 },
	{ BYTES("lsv2_pt_" DIGITS), KEY_SHORT, 16 },
	{ BYTES("lsv2_pt_" DIGITS "0"), KEY_TOO_LONG, 17 },
	{ BYTES("lsv2_pt_3f2"), KEY_TOO_SHORT, 3 },
	{ BYTES("lsv2_pt_"), KEY_TOO_SHORT, 0 },
	{ BYTES("lsv2_"), KEY_TOO_SHORT, 0 },
	{ BYTES("lsv2_pt_3f2b...9d10"), KEY_SHORT, 8 },
	{ BYTES("lsv2_pt_3f2b.9d10"), KEY_SHORT, 8 },
	{ BYTES("lsv2_pt_3f2b" DOTS "9d10"), KEY_SHORT, 8 },
	{ BYTES("lsv2_pt_3f2b****_**9d10"), KEY_SHORT, 8 },
	{ BYTES("lsv2_pt_3f2b***"), KEY_SHORT, 4 },
	{ BYTES("lsv2_pt_3f...b1"), KEY_SHORT, 4 },
	{ BYTES("lsv2_pt_3...b1"), KEY_TOO_SHORT, 3 },
	{ BYTES("lsv2_pt_...9d10"), KEY_SHORT, 4 },
	{ BYTES("lsv2_...9d10"), KEY_SHORT, 4 },
	{ BYTES("lsv2_pt_01234567...89abcdef"), KEY_SHORT, 16 },
	{ BYTES("lsv2_pt_012345678...9abcdef0"), KEY_TOO_LONG, 17 },
	/* what is between two hidden parts is not hidden */
	{ BYTES("lsv2_pt_3f2b..secret..9d10"), KEY_TOO_LONG, 8 },
	{ BYTES("ls__3f2b"), KEY_SHORT, 4 },
	{ BYTES("ls__" DIGITS "0"), KEY_TOO_LONG, 17 },
	{ BYTES("lsv2_pt_3f2b 9d10"), KEY_TOO_LONG, 9 },
	{ BYTES("lsv2_pt_3f2b\n"), KEY_TOO_LONG, 5 },
	{ BYTES("lsv2_pt_3f2b-9d10"), KEY_TOO_LONG, 9 },
	{ BYTES("lsv2_pt_3f2b...9d/0"), KEY_TOO_LONG, 8 },
	{ BYTES("lsv2_pt_3f2b...9d10\n"), KEY_TOO_LONG, 9 },
	{ BYTES("lsv2_pt_3f2b...\x1b[2J"), KEY_TOO_LONG, 8 },
	{ BYTES("lsv2_pt_3\xff...9d"), KEY_TOO_LONG, 4 },
	{ BYTES("ls__3f2...9d"), KEY_SHORT, 5 },
	{ BYTES("ls__3f2"), KEY_TOO_SHORT, 3 },
	{ BYTES("lsv2_pt_3f2b\0"), KEY_TOO_LONG, 5 },
	{ BYTES("lsv2_pt_3f2b\xe2\x80"), KEY_TOO_LONG, 6 },
	{ BYTES("LSV2_pt_3f2b"), KEY_NONE, 12 },
	{ BYTES(" lsv2_pt_3f2b"), KEY_NONE, 13 },
	{ BYTES("lsv"), KEY_NONE, 3 },
	{ BYTES(""), KEY_NONE, 0 },
};

static void each_text_has_a_form(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(forms); i++) {
		const char *label = (const char *)forms[i].text.at;
		struct span text = guarded(forms[i].text);

		assert_row(label, key_form(text) == forms[i].form);
		assert_row(label, key_shown(text) == forms[i].shown);
		assert_row(label, key_is_secret(text) ==
		                          (forms[i].form == KEY_SECRET ||
		                           forms[i].form == KEY_TOO_LONG));
	}
	assert_true(key_is_secret(SPAN("eyJhbGciOiJIUzI1NiJ9")));
}

/* What kind of key it is says nothing of its secret, however little of it. */
static void the_kind_is_no_part_of_the_secret(void **state)
{
	static const struct {
		const char *text;
		size_t shown;
	} rows[] = {
		{ "lsv2_pt_...9d", 2 }, { "lsv2_...9d", 2 },
		{ "lsv2_pt...9d", 2 },  { "lsv2_sk...9d", 2 },
		{ "lsv2_p...9d1", 3 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct span text = guarded(span_of(rows[i].text));

		assert_row(rows[i].text, key_shown(text) == rows[i].shown);
		assert_row(rows[i].text, key_form(text) == KEY_TOO_SHORT);
	}
}

static void a_secret_is_found_anywhere(void **state)
{
	static const struct {
		struct span text;
		bool secret;
	} rows[] = {
		{ BYTES(SECRET), true },
		{ BYTES(" " SECRET), true },
		{ BYTES("'" SECRET "'"), true },
		{ BYTES("./keys/" SECRET ".txt"), true },
		{ BYTES("x=lsv2_pt_" DIGITS "0"), true },
		{ BYTES("xls__" DIGITS "0"), true },
		{ BYTES("\"eyJhbGciOi\""), true },
		{ BYTES("lsv2_pt_3f2b...9d10"), false },
		{ BYTES("./lsv2_pt_3f2b/key"), false },
		{ BYTES("sha256//xeyJhbGciOiJIUzI1NiJ9"), false },
		{ BYTES("/etc/ssl/cert.pem"), false },
		{ BYTES(""), false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		assert_row((const char *)rows[i].text.at,
		           key_is_in(guarded(rows[i].text)) == rows[i].secret);
}

/* --- Comparing --- */

static const struct {
	const char *short_key, *text;
	size_t confirmed;
} pairs[] = {
	/* shapes of a record, for a whole secret */
	{ "lsv2_pt_0123...9876", SECRET, 8 },
	{ "lsv2_pt_0123.9876", SECRET, 8 },
	{ "lsv2_pt_0123***9876", SECRET, 8 },
	{ "lsv2_pt_0123" DOTS "9876", SECRET, 8 },
	{ "lsv2_pt_0123****************************_******9876", SECRET, 8 },
	{ "lsv2_pt_0123", SECRET, 4 },
	{ "lsv2_pt_0123...", SECRET, 4 },
	{ "lsv2_pt_...9876", SECRET, 4 },
	{ "lsv2_...9876", SECRET, 4 },
	{ "...9876", SECRET, 4 },
	{ SECRET, SECRET, 43 },
	/* that contradict it */
	{ "lsv2_pt_0124...9876", SECRET, 0 },
	{ "lsv2_pt_0123...9877", SECRET, 0 },
	{ "lsv2_pt_0123...8876", SECRET, 0 },
	{ "lsv2_sk_0123...9876", SECRET, 0 },
	{ "ls__0123...9876", SECRET, 0 },
	/* that say nothing */
	{ "lsv2_pt_...", SECRET, 0 },
	{ "lsv2_pt_", SECRET, 0 },
	{ "***", SECRET, 0 },
	{ "", SECRET, 0 },
	/* short keys, as far as both go */
	{ "lsv2_pt_0123...9876", "lsv2_pt_0123...9876", 8 },
	{ "lsv2_pt_0123...9876", "lsv2_pt_0123", 4 },
	{ "lsv2_pt_0123...9876", "lsv2_pt_012345", 4 },
	{ "lsv2_pt_0123...9876", "lsv2_pt_0123...76", 6 },
	{ "lsv2_pt_0123...9876", "lsv2_pt_0123...ba9876", 8 },
	{ "lsv2_pt_0123...9876", "lsv2_pt_01*9876", 6 },
	{ "lsv2_pt_0123...9876", "lsv2_...9876", 4 },
	{ "lsv2_pt_0123", "lsv2_pt_0123...9876", 4 },
	{ "lsv2_pt_0123...9876", "lsv2_pt_0123...75", 0 },
	{ "lsv2_pt_0123...9876", "lsv2_pt_0133...76", 0 },
	{ "lsv2_pt_0123...9876", "lsv2_pt_012b" DOTS "9876", 0 },
};

static void what_both_show_must_agree(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(pairs); i++)
		assert_row(pairs[i].short_key,
		           key_confirms(guarded(span_of(pairs[i].short_key)),
		                        span_of(pairs[i].text)) ==
		                   pairs[i].confirmed);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_kind_is_what_shows_or_what_is_said),
		cmocka_unit_test(each_text_has_a_form),
		cmocka_unit_test(the_kind_is_no_part_of_the_secret),
		cmocka_unit_test(a_secret_is_found_anywhere),
		cmocka_unit_test(what_both_show_must_agree),
	};

	return cmocka_run_group_tests_name("langsmith/key", tests, NULL, NULL);
}
