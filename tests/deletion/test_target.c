/* SPDX-License-Identifier: MIT */
/* Tests of deletion/target: forms of TOKENs, what each matches, its states. */
/* links: tests/wire/cases.c */
#include "deletion/target.h"

#include "langsmith/key.h"
#include "wire/cases.h"

#define ID "3f2b6c1e-8a4d-4c55-9a77-2f1f0f3b9d10"

static const struct {
	struct span text;
	bool line; /* of standard input, where secrets may stand */
	enum target_form form;
	enum err_code bad;
} rows[] = {
	{ BYTES(ID), false, TARGET_ID, ERR_NONE },
	{ BYTES("3F2B6C1E-8A4D-4C55-9A77-2F1F0F3B9D10"), false, TARGET_ID,
	  ERR_NONE },
	{ BYTES(""), false, TARGET_NO_FORM, ERR_TOKEN_FORM },
	{ BYTES("x"), false, TARGET_NO_FORM, ERR_TOKEN_FORM },
	{ BYTES(" " ID), false, TARGET_NO_FORM, ERR_TOKEN_FORM },
	{ BYTES(ID "\n"), false, TARGET_NO_FORM, ERR_TOKEN_FORM },
	{ BYTES(ID "/revocation"), false, TARGET_NO_FORM, ERR_TOKEN_FORM },
	{ BYTES(ID "\0"), false, TARGET_NO_FORM, ERR_TOKEN_FORM },
	{ BYTES("{" ID "}"), false, TARGET_NO_FORM, ERR_TOKEN_FORM },
	{ BYTES("urn:uuid:" ID), false, TARGET_NO_FORM, ERR_TOKEN_FORM },
	{ BYTES("3f2b6c1e8a4d4c559a772f1f0f3b9d10"), false, TARGET_NO_FORM,
	  ERR_TOKEN_FORM },
	{ BYTES("3f2b6c1e-8a4d-4c55-9a77-2f1f0f3b9d1/"), false, TARGET_NO_FORM,
	  ERR_TOKEN_FORM },
	{ BYTES("lsv2"), false, TARGET_NO_FORM, ERR_TOKEN_FORM },
	{ BYTES("ls_"), false, TARGET_NO_FORM, ERR_TOKEN_FORM },
	{ BYTES("lsv2_pt_0123456789abcdef0123456789abcdef_fedcba9876"), false,
	  TARGET_NO_FORM, ERR_TOKEN_SECRET },
	{ BYTES("lsv2_pt_0123456789abcdef0123456789abcdef_fedcba9876"), true,
	  TARGET_SECRET, ERR_NONE },
	{ BYTES("lsv2_sk_0123456789abcdef0123456789abcdef_fedcba9876"), false,
	  TARGET_NO_FORM, ERR_TOKEN_SECRET },
	{ BYTES("lsv2_sk_0123456789abcdef0123456789abcdef_fedcba9876"), true,
	  TARGET_SECRET, ERR_NONE },
	{ BYTES("lsv2_pt_0123456789abcdef0123456789abcdef_fedcba987"), false,
	  TARGET_NO_FORM, ERR_TOKEN_SECRET },
	{ BYTES("lsv2_pt_0123456789abcdef0123456789abcdef_fedcba987"), true,
	  TARGET_NO_FORM, ERR_TOKEN_PART },
	{ BYTES("lsv2_pt_0123456789abcdef0123456789abcdef_fedcba98760"), false,
	  TARGET_NO_FORM, ERR_TOKEN_SECRET },
	{ BYTES("lsv2_pt_0123456789abcdef0123456789abcdef_fedcba98760"), true,
	  TARGET_NO_FORM, ERR_TOKEN_PART },
	{ BYTES("lsv2_pt_3f2b...9d10/"), false, TARGET_NO_FORM,
	  ERR_TOKEN_SECRET },
	{ BYTES("lsv2_pt_3f2b...9d10/"), true, TARGET_NO_FORM, ERR_TOKEN_PART },
	{ BYTES("lsv2_pt_3f2b 9d10"), false, TARGET_NO_FORM, ERR_TOKEN_SECRET },
	{ BYTES("lsv2_pt_3f2b 9d10"), true, TARGET_NO_FORM, ERR_TOKEN_PART },
	{ BYTES("lsv2_pt_0123456789abcdef0"), false, TARGET_NO_FORM,
	  ERR_TOKEN_SECRET },
	{ BYTES("lsv2_pt_0123456789abcdef0"), true, TARGET_NO_FORM,
	  ERR_TOKEN_PART },
	{ BYTES("eyJhbGciOiJIUzI1NiJ9.e30.x"), false, TARGET_NO_FORM,
	  ERR_TOKEN_SECRET },
	{ BYTES("eyJhbGciOiJIUzI1NiJ9.e30.x"), true, TARGET_NO_FORM,
	  ERR_TOKEN_PART },
	{ BYTES("lsv2_"), false, TARGET_NO_FORM, ERR_TOKEN_SHORT },
	{ BYTES("lsv2_"), true, TARGET_NO_FORM, ERR_TOKEN_SHORT },
	{ BYTES("lsv2_pt_"), false, TARGET_NO_FORM, ERR_TOKEN_SHORT },
	{ BYTES("lsv2_pt_"), true, TARGET_NO_FORM, ERR_TOKEN_SHORT },
	{ BYTES("lsv2_pt_3f2"), false, TARGET_NO_FORM, ERR_TOKEN_SHORT },
	{ BYTES("lsv2_pt_3f2"), true, TARGET_NO_FORM, ERR_TOKEN_SHORT },
	{ BYTES("lsv2_pt_3..b"), false, TARGET_NO_FORM, ERR_TOKEN_SHORT },
	{ BYTES("lsv2_pt_3..b"), true, TARGET_NO_FORM, ERR_TOKEN_SHORT },
	{ BYTES("ls__012"), false, TARGET_NO_FORM, ERR_TOKEN_SHORT },
	{ BYTES("ls__012"), true, TARGET_NO_FORM, ERR_TOKEN_SHORT },
	{ BYTES("lsv2_pt_3f2b"), false, TARGET_SHORT_KEY, ERR_NONE },
	{ BYTES("lsv2_pt_3f2b"), true, TARGET_SHORT_KEY, ERR_NONE },
	{ BYTES("lsv2_sk_3f2b"), false, TARGET_SHORT_KEY, ERR_NONE },
	{ BYTES("lsv2_sk_3f2b"), true, TARGET_SHORT_KEY, ERR_NONE },
	{ BYTES("lsv2_pt_3f2b...9d10"), false, TARGET_SHORT_KEY, ERR_NONE },
	{ BYTES("lsv2_pt_3f2b...9d10"), true, TARGET_SHORT_KEY, ERR_NONE },
	{ BYTES("lsv2_pt_3f2b*9d10"), false, TARGET_SHORT_KEY, ERR_NONE },
	{ BYTES("lsv2_pt_3f2b*9d10"), true, TARGET_SHORT_KEY, ERR_NONE },
	{ BYTES("lsv2_pt_3f2b\xe2\x80\xa6"
	        "9d10"),
	  false, TARGET_SHORT_KEY, ERR_NONE },
	{ BYTES("lsv2_pt_3f2b\xe2\x80\xa6"
	        "9d10"),
	  true, TARGET_SHORT_KEY, ERR_NONE },
	{ BYTES("lsv2_pt_3f2b***_***9d10"), false, TARGET_SHORT_KEY, ERR_NONE },
	{ BYTES("lsv2_pt_3f2b***_***9d10"), true, TARGET_SHORT_KEY, ERR_NONE },
	{ BYTES("lsv2_pt_0123456789abcdef"), false, TARGET_SHORT_KEY,
	  ERR_NONE },
	{ BYTES("lsv2_pt_0123456789abcdef"), true, TARGET_SHORT_KEY, ERR_NONE },
	{ BYTES("lsv2_...9d10"), false, TARGET_SHORT_KEY, ERR_NONE },
	{ BYTES("lsv2_...9d10"), true, TARGET_SHORT_KEY, ERR_NONE },
	{ BYTES("ls__0123"), false, TARGET_SHORT_KEY, ERR_NONE },
	{ BYTES("ls__0123"), true, TARGET_SHORT_KEY, ERR_NONE },
};

static void each_form_is_told_from_the_others(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		const char *label = (const char *)rows[i].text.at;
		struct target p = { 0 };

		target_read(&p, guarded(rows[i].text), rows[i].line);
		assert_row(label, p.form == rows[i].form);
		assert_row(label, p.invalid == rows[i].bad);
		/* What it was may be a secret. */
		assert_row(label, p.form != TARGET_NO_FORM || p.text.len == 0);
	}
}

/* --- Records --- */

#define SERVICE "\"short_key\":\"lsv2_sk_3f2b...9d10\""
#define TOKEN "\"short_key\":\"lsv2_pt_3f2b...9d10\""

static const struct {
	const char *text;
	bool record;
	bool services, service; /* as it was said, and as it is */
} records[] = {
	{ "{\"id\":\"" ID "\"}", true, false, false },
	{ "{\"id\":\"" ID "\"}", true, true, true },
	{ "{\"id\":\"" ID "\"," SERVICE "}", true, false, true },
	{ "{" TOKEN ",\"id\":\"" ID "\"}", true, true, false },
	{ "{\"id\":\"" ID "\",\"short_key\":7}", true, true, true },
	{ "{\"x\":[{\"id\":1}], \"id\" : \"" ID "\" }", true, false, false },
	{ "{\"\\u0069d\":\"" ID "\"}", true, false, false },
	{ "{\"id\":\"3F2B6C1E-8A4D-4C55-9A77-2F1F0F3B9D10\"}", true, false,
	  false },
	{ "{}", false, false, false },
	{ "{", false, false, false },
	{ "{\"id\":null}", false, false, false },
	{ "{\"id\":7}", false, false, false },
	{ "{\"id\":\"lsv2_pt_3f2b\"}", false, false, false },
	{ "{\"id\":\"" ID " \"}", false, false, false },
	{ "{\"id\":\"" ID "\"", false, false, false },
	{ "{\"id\":\"" ID "\"} x", false, false, false },
	{ "{\"id\":\"" ID "\"}{}", false, false, false },
	{ "{\"id\":\"" ID "\",\"id\":\"" ID "\"}", false, false, false },
	{ "{\"id\":\"" ID "\",\"x\":1,\"x\":1}", false, false, false },
	{ "{\"token\":\"" ID "\",\"outcome\":\"deleted\"}", false, false,
	  false },
	{ "{\"record\":{\"id\":\"" ID "\"}}", false, false, false },
	{ "{" ID "}", false, false, false },
	{ "[{\"id\":\"" ID "\"}]", false, false, false },
};

static void a_record_is_its_id(void **state)
{
	static jsmntok_t tokens[JSON_TOKENS_MAX];
	struct uuid id;

	(void)state;
	assert_true(uuid_parse(SPAN(ID), &id));
	for (size_t i = 0; i < COUNT(records); i++) {
		const char *label = records[i].text;
		struct target p = { .service = records[i].services };

		target_read_record(&p, guarded(span_of(label)), tokens);
		assert_row(label, p.text.len == 0);
		if (!records[i].record) {
			assert_row(label,
			           p.state == TARGET_INVALID &&
			                   p.form == TARGET_NO_FORM &&
			                   p.invalid == ERR_TOKEN_RECORD);
			continue;
		}
		assert_row(label, p.state == TARGET_READY);
		assert_row(label, p.form == TARGET_ID);
		assert_row(label, uuid_equal(&p.id, &id));
		assert_row(label, p.service == records[i].service);
	}
}

static void what_is_refused_is_not_kept(void **state)
{
	struct target p = { 0 };

	(void)state;
	target_read(&p, SPAN("lsv2_sk_3f2b"), false);
	assert_true(p.service);
	target_refuse(&p, ERR_TOKEN_SERVICE);
	assert_int_equal(p.state, TARGET_INVALID);
	assert_int_equal(p.invalid, ERR_TOKEN_SERVICE);
	assert_int_equal(p.form, TARGET_NO_FORM);
	assert_int_equal(p.text.len, 0);
}

static void the_id_is_the_one_given(void **state)
{
	uint8_t room[UUID_TEXT];
	struct buf out = BUF_OVER(room);
	struct target p = { 0 };

	(void)state;
	target_read(&p, SPAN("3F2B6C1E-8a4d-4C55-9A77-2f1f0f3b9d10"), false);
	assert_int_equal(p.form, TARGET_ID);
	target_put_name(&out, &p);
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

static void a_match_is_confirmed_by_what_both_show(void **state)
{
	struct uuid id = { { 0 } };

	(void)state;
	for (size_t i = 0; i < COUNT(matches); i++) {
		const char *label = matches[i].short_key;
		struct target p = { 0 };
		bool matched;

		target_read(&p, guarded(span_of(matches[i].text)), true);
		matched =
			target_matches(&p, &id, span_of(matches[i].short_key));
		assert_row(label, matched == (matches[i].confirmed > 0));
		/* As lookup does for the one that is found. */
		p.confirmed =
			key_confirms(span_of(matches[i].short_key), p.text);
		assert_row(label, p.confirmed == matches[i].confirmed);
		assert_row(label,
		           !matched || target_is_weak(&p) == matches[i].weak);
	}
}

static void an_id_matches_itself_alone(void **state)
{
	struct uuid same, other = { { 1 } };
	struct target p = { 0 };

	(void)state;
	assert_true(uuid_parse(SPAN(ID), &same));
	target_read(&p, SPAN(ID), true);
	assert_true(target_matches(&p, &same, SPAN("")));
	assert_false(target_matches(&p, &other, SPAN("lsv2_pt_3f2b...9d10")));
	assert_false(target_is_weak(&p));
}

static void what_is_no_token_matches_nothing(void **state)
{
	struct uuid id = { { 0 } };
	struct target p = { 0 };

	(void)state;
	target_read(&p, SPAN("x"), true);
	p.text = SPAN("lsv2_pt_0123"); /* whatever is left there */
	assert_false(target_matches(&p, &id, SPAN("lsv2_pt_0123...9876")));
	assert_false(target_is_weak(&p));
}

/* What hides the rest may be long, but not without end. */
static void a_short_key_has_a_longest_length(void **state)
{
	static uint8_t text[KEY_TEXT_MAX + 1];

	(void)state;
	memset(text, '*', sizeof(text));
	memcpy(text, "lsv2_pt_3f2b", 12);
	for (size_t len = KEY_TEXT_MAX; len <= sizeof(text); len++) {
		bool fits = len == KEY_TEXT_MAX;
		struct target p = { 0 };

		target_read(&p, guarded((struct span){ text, len }), true);
		assert_int_equal(p.form,
		                 fits ? TARGET_SHORT_KEY : TARGET_NO_FORM);
		assert_int_equal(p.invalid, fits ? ERR_NONE : ERR_TOKEN_FORM);
		assert_int_equal(p.text.len, fits ? len : 0);
	}
}

static void until_there_is_an_id_the_place_is_the_name(void **state)
{
	struct target p = { .source = TARGET_LINE, .number = 7 };
	uint8_t room[UUID_TEXT];
	struct buf out = BUF_OVER(room);

	(void)state;
	target_put_name(&out, &p);
	assert_span("line", buf_written(&out), SPAN("line 7"));
	out.len = 0;
	p.source = TARGET_ARGUMENT;
	target_put_name(&out, &p);
	assert_span("argument", buf_written(&out), SPAN("argument 7"));
	out.len = 0;
	p.source = TARGET_SELF;
	target_put_name(&out, &p);
	assert_span("self", buf_written(&out), SPAN("--self"));
}

/* --- States --- */

static void each_state_that_is_an_end_is_reported_so(void **state)
{
	static const struct {
		enum target_state state;
		bool identified;
		enum outcome outcome; /* OUTCOME_NONE: it is no end */
		enum err_code code;
	} ends[] = {
		{ TARGET_INVALID, false, OUTCOME_INVALID, ERR_TOKEN_LONG },
		{ TARGET_UNMATCHED, false, OUTCOME_MISSING, ERR_NO_MATCH },
		{ TARGET_UNLISTED, false, OUTCOME_REFUSED, ERR_LIST_TORN },
		{ TARGET_AMBIGUOUS, false, OUTCOME_AMBIGUOUS, ERR_AMBIGUOUS },
		{ TARGET_CLASHING, false, OUTCOME_AMBIGUOUS, ERR_CLASH },
		{ TARGET_NO_ROOM, false, OUTCOME_NOT_TRIED, ERR_NO_ROOM },
		{ TARGET_WEAK, true, OUTCOME_NOT_TRIED, ERR_WEAK },
		{ TARGET_UNCERTAIN, false, OUTCOME_AMBIGUOUS, ERR_UNCERTAIN },
		{ TARGET_SOUGHT, false, OUTCOME_NONE, ERR_NONE },
		{ TARGET_FOUND, true, OUTCOME_NONE, ERR_NONE },
		{ TARGET_READY, true, OUTCOME_NONE, ERR_NONE },
		{ TARGET_CHANGED, true, OUTCOME_NONE, ERR_NONE },
		{ TARGET_REPEATED, true, OUTCOME_NONE, ERR_NONE },
		{ TARGET_HELD, true, OUTCOME_NONE, ERR_NONE },
		{ TARGET_REPORTED, true, OUTCOME_NONE, ERR_NONE },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(ends); i++) {
		struct target t = { .form = TARGET_SHORT_KEY,
			            .invalid = ERR_TOKEN_LONG,
			            .short_key_len = 4 };
		bool ended = ends[i].outcome != OUTCOME_NONE;
		struct result r = { 0 };

		assert_int_equal(ends[i].state, i); /* all of them */
		target_become(&t, ends[i].state);
		assert_int_equal(target_is_identified(&t), ends[i].identified);
		assert_int_equal(target_short_key(&t).len,
		                 ends[i].identified ? 4 : 0);
		assert_int_equal(target_has_ended(&t), ended);
		if (!ended)
			continue;
		target_put_end(&t, SPAN("D"), &r);
		assert_int_equal(r.outcome, ends[i].outcome);
		assert_int_equal(r.err.code, ends[i].code);
		assert_int_equal(r.status, err_status(ends[i].code));
		assert_int_equal(r.err.detail[0], 'D');
		/* An id that was given is known from the start. */
		t.form = TARGET_ID;
		assert_true(target_is_identified(&t));
	}
	assert_int_equal(COUNT(ends), TARGET_REPORTED + 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_form_is_told_from_the_others),
		cmocka_unit_test(a_record_is_its_id),
		cmocka_unit_test(what_is_refused_is_not_kept),
		cmocka_unit_test(the_id_is_the_one_given),
		cmocka_unit_test(a_match_is_confirmed_by_what_both_show),
		cmocka_unit_test(an_id_matches_itself_alone),
		cmocka_unit_test(what_is_no_token_matches_nothing),
		cmocka_unit_test(a_short_key_has_a_longest_length),
		cmocka_unit_test(until_there_is_an_id_the_place_is_the_name),
		cmocka_unit_test(each_state_that_is_an_end_is_reported_so),
	};

	return cmocka_run_group_tests_name("deletion/target", tests, NULL,
	                                   NULL);
}
