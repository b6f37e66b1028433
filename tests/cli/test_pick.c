/* SPDX-License-Identifier: MIT */
/* Tests of cli/pick: the forms of TOKENs, and what each matches. */
/* links: tests/wire/cases.c */
#include "cli/pick.h"

#include "wire/cases.h"

#define ID "3f2b6c1e-8a4d-4c55-9a77-2f1f0f3b9d10"

static const struct {
	struct span text;
	bool line; /* of standard input, where secrets may stand */
	enum pick_form form;
	enum err_code bad;
} rows[] = {
	{ BYTES(ID), false, PICK_ID, ERR_NONE },
	{ BYTES("3F2B6C1E-8A4D-4C55-9A77-2F1F0F3B9D10"), false, PICK_ID,
	  ERR_NONE },
	{ BYTES(""), false, PICK_BAD, ERR_TOKEN_FORM },
	{ BYTES("x"), false, PICK_BAD, ERR_TOKEN_FORM },
	{ BYTES(" " ID), false, PICK_BAD, ERR_TOKEN_FORM },
	{ BYTES(ID "\n"), false, PICK_BAD, ERR_TOKEN_FORM },
	{ BYTES(ID "/revocation"), false, PICK_BAD, ERR_TOKEN_FORM },
	{ BYTES(ID "\0"), false, PICK_BAD, ERR_TOKEN_FORM },
	{ BYTES("{" ID "}"), false, PICK_BAD, ERR_TOKEN_FORM },
	{ BYTES("urn:uuid:" ID), false, PICK_BAD, ERR_TOKEN_FORM },
	{ BYTES("3f2b6c1e8a4d4c559a772f1f0f3b9d10"), false, PICK_BAD,
	  ERR_TOKEN_FORM },
	{ BYTES("3f2b6c1e-8a4d-4c55-9a77-2f1f0f3b9d1/"), false, PICK_BAD,
	  ERR_TOKEN_FORM },
	{ BYTES("lsv2"), false, PICK_BAD, ERR_TOKEN_FORM },
	{ BYTES("ls_"), false, PICK_BAD, ERR_TOKEN_FORM },
	{ BYTES("lsv2_pt_0123456789abcdef0123456789abcdef_fedcba9876"), false,
	  PICK_BAD, ERR_TOKEN_SECRET },
	{ BYTES("lsv2_pt_0123456789abcdef0123456789abcdef_fedcba9876"), true,
	  PICK_SECRET, ERR_NONE },
	{ BYTES("lsv2_sk_0123456789abcdef0123456789abcdef_fedcba9876"), false,
	  PICK_BAD, ERR_TOKEN_SECRET },
	{ BYTES("lsv2_sk_0123456789abcdef0123456789abcdef_fedcba9876"), true,
	  PICK_SECRET, ERR_NONE },
	{ BYTES("lsv2_pt_0123456789abcdef0123456789abcdef_fedcba987"), false,
	  PICK_BAD, ERR_TOKEN_SECRET },
	{ BYTES("lsv2_pt_0123456789abcdef0123456789abcdef_fedcba987"), true,
	  PICK_BAD, ERR_TOKEN_PART },
	{ BYTES("lsv2_pt_0123456789abcdef0123456789abcdef_fedcba98760"), false,
	  PICK_BAD, ERR_TOKEN_SECRET },
	{ BYTES("lsv2_pt_0123456789abcdef0123456789abcdef_fedcba98760"), true,
	  PICK_BAD, ERR_TOKEN_PART },
	{ BYTES("lsv2_pt_3f2b...9d10/"), false, PICK_BAD, ERR_TOKEN_SECRET },
	{ BYTES("lsv2_pt_3f2b...9d10/"), true, PICK_BAD, ERR_TOKEN_PART },
	{ BYTES("lsv2_pt_3f2b 9d10"), false, PICK_BAD, ERR_TOKEN_SECRET },
	{ BYTES("lsv2_pt_3f2b 9d10"), true, PICK_BAD, ERR_TOKEN_PART },
	{ BYTES("lsv2_pt_0123456789abcdef0"), false, PICK_BAD,
	  ERR_TOKEN_SECRET },
	{ BYTES("lsv2_pt_0123456789abcdef0"), true, PICK_BAD, ERR_TOKEN_PART },
	{ BYTES("eyJhbGciOiJIUzI1NiJ9.e30.x"), false, PICK_BAD,
	  ERR_TOKEN_SECRET },
	{ BYTES("eyJhbGciOiJIUzI1NiJ9.e30.x"), true, PICK_BAD, ERR_TOKEN_PART },
	{ BYTES("lsv2_"), false, PICK_BAD, ERR_TOKEN_SHORT },
	{ BYTES("lsv2_"), true, PICK_BAD, ERR_TOKEN_SHORT },
	{ BYTES("lsv2_pt_"), false, PICK_BAD, ERR_TOKEN_SHORT },
	{ BYTES("lsv2_pt_"), true, PICK_BAD, ERR_TOKEN_SHORT },
	{ BYTES("lsv2_pt_3f2"), false, PICK_BAD, ERR_TOKEN_SHORT },
	{ BYTES("lsv2_pt_3f2"), true, PICK_BAD, ERR_TOKEN_SHORT },
	{ BYTES("lsv2_pt_3..b"), false, PICK_BAD, ERR_TOKEN_SHORT },
	{ BYTES("lsv2_pt_3..b"), true, PICK_BAD, ERR_TOKEN_SHORT },
	{ BYTES("ls__012"), false, PICK_BAD, ERR_TOKEN_SHORT },
	{ BYTES("ls__012"), true, PICK_BAD, ERR_TOKEN_SHORT },
	{ BYTES("lsv2_pt_3f2b"), false, PICK_SHORT_KEY, ERR_NONE },
	{ BYTES("lsv2_pt_3f2b"), true, PICK_SHORT_KEY, ERR_NONE },
	{ BYTES("lsv2_sk_3f2b"), false, PICK_SHORT_KEY, ERR_NONE },
	{ BYTES("lsv2_sk_3f2b"), true, PICK_SHORT_KEY, ERR_NONE },
	{ BYTES("lsv2_pt_3f2b...9d10"), false, PICK_SHORT_KEY, ERR_NONE },
	{ BYTES("lsv2_pt_3f2b...9d10"), true, PICK_SHORT_KEY, ERR_NONE },
	{ BYTES("lsv2_pt_3f2b*9d10"), false, PICK_SHORT_KEY, ERR_NONE },
	{ BYTES("lsv2_pt_3f2b*9d10"), true, PICK_SHORT_KEY, ERR_NONE },
	{ BYTES("lsv2_pt_3f2b\xe2\x80\xa6"
	        "9d10"),
	  false, PICK_SHORT_KEY, ERR_NONE },
	{ BYTES("lsv2_pt_3f2b\xe2\x80\xa6"
	        "9d10"),
	  true, PICK_SHORT_KEY, ERR_NONE },
	{ BYTES("lsv2_pt_3f2b***_***9d10"), false, PICK_SHORT_KEY, ERR_NONE },
	{ BYTES("lsv2_pt_3f2b***_***9d10"), true, PICK_SHORT_KEY, ERR_NONE },
	{ BYTES("lsv2_pt_0123456789abcdef"), false, PICK_SHORT_KEY, ERR_NONE },
	{ BYTES("lsv2_pt_0123456789abcdef"), true, PICK_SHORT_KEY, ERR_NONE },
	{ BYTES("lsv2_...9d10"), false, PICK_SHORT_KEY, ERR_NONE },
	{ BYTES("lsv2_...9d10"), true, PICK_SHORT_KEY, ERR_NONE },
	{ BYTES("ls__0123"), false, PICK_SHORT_KEY, ERR_NONE },
	{ BYTES("ls__0123"), true, PICK_SHORT_KEY, ERR_NONE },
};

static void
each_form_is_told_from_the_others(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		const char *label = (const char *)rows[i].text.at;
		struct pick p = { 0 };

		pick_read(&p, guarded(rows[i].text), rows[i].line);
		assert_row(label, p.form == rows[i].form);
		assert_row(label, p.bad == rows[i].bad);
		/* What it was may be a secret. */
		assert_row(label, p.form != PICK_BAD || p.text.len == 0);
	}
}

static void
the_id_is_the_one_given(void **state)
{
	uint8_t room[UUID_TEXT];
	struct buf out = BUF_OVER(room);
	struct pick p = { 0 };

	(void)state;
	pick_read(&p, SPAN("3F2B6C1E-8a4d-4C55-9A77-2f1f0f3b9d10"), false);
	assert_int_equal(p.form, PICK_ID);
	pick_put_name(&out, &p);
	assert_span("id", buf_written(&out), SPAN(ID));
}

/* --- Matching --- */

#define SECRET "lsv2_pt_0123456789abcdef0123456789abcdef_fedcba9876"

static const struct {
	const char *text, *short_key;
	size_t confirmed; /* 0: it does not match */
	bool weak;
} matches[] = {
	{ SECRET, "lsv2_pt_0123...9876", 8, false },
	{ SECRET, "lsv2_pt_012345", 6, false },
	{ SECRET, "lsv2_pt_01234", 5, true },
	{ SECRET, "lsv2_pt_0123", 4, true },
	{ SECRET, "lsv2_pt_...9876", 4, true },
	{ SECRET, "lsv2_pt_", 0, false },
	{ SECRET, "", 0, false },
	{ SECRET, "lsv2_pt_0124...9876", 0, false },
	{ SECRET, "lsv2_pt_0123...9877", 0, false },
	{ SECRET, "lsv2_sk_0123...9876", 0, false },
	/* what a short key shows is all that there is to confirm */
	{ "lsv2_pt_0123", "lsv2_pt_0123...9876", 4, false },
	{ "lsv2_pt_0123...76", "lsv2_pt_0123...9876", 6, false },
	{ "lsv2_pt_0123...a9876", "lsv2_pt_0123...9876", 8, false },
	{ "lsv2_pt_01234", "lsv2_pt_0123", 4, true },
	{ "lsv2_pt_0123...76", "lsv2_pt_0123...9877", 0, false },
};

static void
a_match_is_confirmed_by_what_both_show(void **state)
{
	struct uuid id = { { 0 } };

	(void)state;
	for (size_t i = 0; i < COUNT(matches); i++) {
		const char *label = matches[i].short_key;
		struct pick p = { 0 };
		bool matched;

		pick_read(&p, guarded(span_of(matches[i].text)), true);
		matched = pick_matches(&p, &id, span_of(matches[i].short_key));
		assert_row(label, matched == (matches[i].confirmed > 0));
		assert_row(label, p.confirmed == matches[i].confirmed);
		assert_row(label,
		           !matched || pick_is_weak(&p) == matches[i].weak);
	}
}

static void
an_id_matches_itself_alone(void **state)
{
	struct uuid same, other = { { 1 } };
	struct pick p = { 0 };

	(void)state;
	assert_true(uuid_parse(SPAN(ID), &same));
	pick_read(&p, SPAN(ID), true);
	assert_true(pick_matches(&p, &same, SPAN("")));
	assert_false(pick_matches(&p, &other, SPAN("lsv2_pt_3f2b...9d10")));
	assert_false(pick_is_weak(&p));
}

static void
what_is_no_token_matches_nothing(void **state)
{
	struct uuid id = { { 0 } };
	struct pick p = { 0 };

	(void)state;
	pick_read(&p, SPAN("x"), true);
	p.text = SPAN("lsv2_pt_0123"); /* whatever is left there */
	assert_false(pick_matches(&p, &id, SPAN("lsv2_pt_0123...9876")));
	assert_int_equal(p.confirmed, 0);
	assert_false(pick_is_weak(&p));
}

static void
another_record_does_not_take_a_match_back(void **state)
{
	struct uuid id = { { 0 } };
	struct pick p = { 0 };

	(void)state;
	pick_read(&p, SPAN(SECRET), true);
	assert_true(pick_matches(&p, &id, SPAN("lsv2_pt_0123...9876")));
	assert_false(pick_matches(&p, &id, SPAN("lsv2_pt_4567...0000")));
	assert_int_equal(p.confirmed, 8);
}

/* What hides the rest may be long, but not without end. */
static void
a_short_key_has_a_longest_length(void **state)
{
	static uint8_t text[KEY_TEXT_MAX + 1];

	(void)state;
	memset(text, '*', sizeof(text));
	memcpy(text, "lsv2_pt_3f2b", 12);
	for (size_t len = KEY_TEXT_MAX; len <= sizeof(text); len++) {
		bool fits = len == KEY_TEXT_MAX;
		struct pick p = { 0 };

		pick_read(&p, guarded((struct span){ text, len }), true);
		assert_int_equal(p.form, fits ? PICK_SHORT_KEY : PICK_BAD);
		assert_int_equal(p.bad, fits ? ERR_NONE : ERR_TOKEN_FORM);
		assert_int_equal(p.text.len, fits ? len : 0);
	}
}

static void
until_there_is_an_id_the_place_is_the_name(void **state)
{
	struct pick p = { .place = PICK_LINE, .number = 7 };
	uint8_t room[UUID_TEXT];
	struct buf out = BUF_OVER(room);

	(void)state;
	pick_put_name(&out, &p);
	assert_span("line", buf_written(&out), SPAN("line 7"));
	out.len = 0;
	p.place = PICK_ARGUMENT;
	pick_put_name(&out, &p);
	assert_span("argument", buf_written(&out), SPAN("argument 7"));
	out.len = 0;
	p.place = PICK_SELF;
	pick_put_name(&out, &p);
	assert_span("self", buf_written(&out), SPAN("--self"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_form_is_told_from_the_others),
		cmocka_unit_test(the_id_is_the_one_given),
		cmocka_unit_test(a_match_is_confirmed_by_what_both_show),
		cmocka_unit_test(an_id_matches_itself_alone),
		cmocka_unit_test(what_is_no_token_matches_nothing),
		cmocka_unit_test(another_record_does_not_take_a_match_back),
		cmocka_unit_test(a_short_key_has_a_longest_length),
		cmocka_unit_test(until_there_is_an_id_the_place_is_the_name),
	};

	return cmocka_run_group_tests_name("cli/pick", tests, NULL, NULL);
}
