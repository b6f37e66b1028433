/* SPDX-License-Identifier: MIT */
/* Tests of langsmith/token: which token a record is about. */
/* links: tests/wire/cases.c */
#include "langsmith/token.h"

#include "wire/cases.h"

#define ID "3f2b6c1e-8a4d-4c55-9a77-2f1f0f3b9d10"
#define OTHER "11111111-2222-4333-8444-555555555555"

static jsmntok_t tokens[512];

static enum json_verdict parse(struct json *doc, const char *text)
{
	return json_parse(doc, guarded(span_of(text)), tokens, COUNT(tokens));
}

static const struct row {
	const char *text;
	enum token_identity identity;
} rows[] = {
	{ "{\"id\":\"" ID "\"}", TOKEN_SAME },
	{ "{\"id\":\"3F2B6C1E-8A4D-4C55-9A77-2F1F0F3B9D10\"}", TOKEN_SAME },
	{ "{\"\\u0069d\":\"\\u0033f2b6c1e-8a4d-4c55-9a77-2f1f0f3b9d10\"}",
	  TOKEN_SAME },
	{ " {\"a\":{\"id\":\"" OTHER "\"},\"id\":\"" ID "\"} ", TOKEN_SAME },
	{ "{\"id\":\"" OTHER "\"}", TOKEN_OTHER },
	{ "{\"a\":{\"id\":\"" ID "\"},\"id\":\"" OTHER "\"}", TOKEN_OTHER },
	/* no record, or none that says one thing */
	{ "{}", TOKEN_NONE },
	{ "[]", TOKEN_NONE },
	{ "[{\"id\":\"" ID "\"}]", TOKEN_NONE },
	{ "{\"a\":{\"id\":\"" ID "\"}}", TOKEN_NONE },
	{ "{\"ID\":\"" ID "\"}", TOKEN_NONE },
	{ "{\"id\":null}", TOKEN_NONE },
	{ "{\"id\":[\"" ID "\"]}", TOKEN_NONE },
	{ "{\"id\":\"\"}", TOKEN_NONE },
	{ "{\"id\":\"" ID "0\"}", TOKEN_NONE },
	{ "{\"id\":\" " ID "\"}", TOKEN_NONE },
	{ "{\"id\":\"{" ID "}\"}", TOKEN_NONE },
	{ "{\"id\":\"" ID "\\u0000\"}", TOKEN_NONE },
	{ "{\"id\":\"" ID "\",\"id\":\"" ID "\"}", TOKEN_NONE },
	{ "{\"id\":\"" ID "\",\"\\u0069d\":\"" OTHER "\"}", TOKEN_NONE },
	{ "{\"id\":\"" ID "\",\"a\":1,\"a\":2}", TOKEN_NONE },
	{ "\"" ID "\"", TOKEN_NONE },
	{ "null", TOKEN_NONE },
	{ "", TOKEN_NONE },
};

static void a_record_is_about_one_token(void **state)
{
	struct uuid asked, found;

	(void)state;
	assert_true(uuid_parse(SPAN(ID), &asked));
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct json doc;

		parse(&doc, rows[i].text);
		assert_row(rows[i].text,
		           token_identify(&doc, false, &asked, &found) ==
		                   rows[i].identity);
	}
}

static void the_other_token_is_named(void **state)
{
	struct uuid asked, other, found;
	struct json doc;

	(void)state;
	assert_true(uuid_parse(SPAN(ID), &asked));
	assert_true(uuid_parse(SPAN(OTHER), &other));
	parse(&doc, "{\"id\":\"" OTHER "\"}");
	assert_int_equal(token_identify(&doc, false, &asked, &found),
	                 TOKEN_OTHER);
	assert_true(uuid_equal(&found, &other));
}

/* However much of it has come, it is never another's, and never no record. */
static void a_torn_record_is_this_one_or_unsaid(void **state)
{
	static const char text[] =
		" {\"short_key\":\"lsv2_pt_3f2b\",\"a\":[{\"id\":\"" OTHER
		"\"}],\"id\":\"" ID "\",\"description\":\"d\"}";
	const char *end = strstr(text, ",\"description");
	struct uuid asked, found;
	char copy[sizeof(text)];

	(void)state;
	assert_true(uuid_parse(SPAN(ID), &asked));
	for (size_t cut = 0; cut < sizeof(text) - 1; cut++) {
		struct json doc;
		enum token_identity want =
			cut >= (size_t)(end - text) ? TOKEN_SAME : TOKEN_UNSAID;

		memcpy(copy, text, cut);
		copy[cut] = '\0';
		assert_int_equal(parse(&doc, copy), JSON_MORE);
		assert_row(copy,
		           token_identify(&doc, true, &asked, &found) == want);
	}
}

static void a_torn_record_may_be_another_one(void **state)
{
	static const struct row torn[] = {
		{ "{\"id\":\"" OTHER "\",\"a", TOKEN_OTHER },
		{ "{\"id\":null,\"a", TOKEN_NONE },
		{ "{\"id\":\"" ID "\",\"id\":\"" ID "\",", TOKEN_NONE },
		{ "[{\"id\":\"" ID "\"", TOKEN_NONE },
		/* What begins otherwise is no object in the end. */
		{ "", TOKEN_UNSAID },
		{ " \t\r\n", TOKEN_UNSAID },
		{ " {", TOKEN_UNSAID },
		{ "\"abc", TOKEN_NONE },
		{ "\"" ID, TOKEN_NONE },
		{ " \"\\", TOKEN_NONE },
		{ "tru", TOKEN_NONE },
		{ "n", TOKEN_NONE },
		{ "-", TOKEN_NONE },
		{ "1.", TOKEN_NONE },
		{ "[", TOKEN_NONE },
		{ " [ {", TOKEN_NONE },
		/* An id that has begun is this one's, as far as it goes. */
		{ "{\"id\"", TOKEN_UNSAID },
		{ "{\"id\" : ", TOKEN_UNSAID },
		{ "{\"id\":\"", TOKEN_UNSAID },
		{ "{\"id\":\"3f2b6c1e-8", TOKEN_UNSAID },
		{ "{\"id\" :\t\"3F2B6C1E-8a", TOKEN_UNSAID },
		{ "{\"id\":\"" ID, TOKEN_UNSAID },
		{ "{\"\\u0069d\":\"3f2b6c1e", TOKEN_UNSAID },
		{ "{\"id\":\"\\u0033f2b", TOKEN_UNSAID },
		{ "{\"id\":\"\\", TOKEN_UNSAID },
		{ "{\"id\":\"4", TOKEN_NONE },
		{ "{\"id\":\"3f2b6c1e-9", TOKEN_NONE },
		{ "{\"id\":\"3f2b6c1e8", TOKEN_NONE },
		{ "{\"id\":\"" ID "0", TOKEN_NONE },
		{ "{\"id\":\" ", TOKEN_NONE },
		{ "{\"id\":\"{3f2b6c1e", TOKEN_NONE },
		{ "{\"\\u0069d\":\"11111111", TOKEN_NONE },
		{ "{\"a\":1,\"id\":\"11111111-2", TOKEN_NONE },
		{ "{\"id\":n", TOKEN_NONE },
		{ "{\"id\": tru", TOKEN_NONE },
		{ "{\"id\":3", TOKEN_NONE },
		{ "{\"id\":{", TOKEN_NONE },
		{ "{\"id\":[\"3f2b", TOKEN_NONE },
		/* The id of something in it is not its own. */
		{ "{\"a\":{\"id\":\"11111111", TOKEN_UNSAID },
		{ "{\"a\":{\"id\":\"11111111\"},\"id\":\"3f", TOKEN_UNSAID },
		{ "{\"a\":\"id", TOKEN_UNSAID },
		{ "{\"a\":[\"id\",\"1", TOKEN_UNSAID },
		{ "{\"i", TOKEN_UNSAID },
		{ "{\"ids\":\"1", TOKEN_UNSAID },
	};
	struct uuid asked, found;

	(void)state;
	assert_true(uuid_parse(SPAN(ID), &asked));
	for (size_t i = 0; i < COUNT(torn); i++) {
		struct json doc;

		assert_int_equal(parse(&doc, torn[i].text), JSON_MORE);
		assert_row(torn[i].text,
		           token_identify(&doc, true, &asked, &found) ==
		                   torn[i].identity);
	}
}

static void an_id_is_read_from_a_whole_record(void **state)
{
	struct uuid asked, id;

	(void)state;
	assert_true(uuid_parse(SPAN(ID), &asked));
	for (size_t i = 0; i < COUNT(rows); i++) {
		bool has = rows[i].identity != TOKEN_NONE;
		struct json doc;

		parse(&doc, rows[i].text);
		assert_row(rows[i].text, token_id(&doc, &id) == has);
		if (has)
			assert_row(rows[i].text,
			           uuid_equal(&id, &asked) ==
			                   (rows[i].identity == TOKEN_SAME));
	}
}

/* --- What a record says of times --- */

#define DAY_ENDS INT64_C(1795435200) /* 2026-11-23T12:00:00Z */

static void times_are_read_as_servers_write_them(void **state)
{
	static const struct {
		const char *json;
		int64_t seconds; /* 0: none */
	} times[] = {
		{ "{\"t\":\"2026-11-23T12:00:00Z\"}", DAY_ENDS },
		{ "{\"t\":\"2026-11-23T12:00:00.123456+00:00\"}", DAY_ENDS },
		{ "{\"t\":\"2026-11-23T13:30:00+01:30\"}", DAY_ENDS },
		{ "{\"t\":\"2026-11-23T12:00:00\"}", DAY_ENDS },
		{ "{\"t\":\"2026-11-23T12:00:00.123456\"}", DAY_ENDS },
		{ "{\"t\":\"2026-11-23T12:00:0\\u0030Z\"}", DAY_ENDS },
		{ "{\"t\":\"2026-11-23\"}", 0 },
		{ "{\"t\":\"2026-11-23T12:00:00+\"}", 0 },
		{ "{\"t\":\"never\"}", 0 },
		{ "{\"t\":\"\"}", 0 },
		{ "{\"t\":null}", 0 },
		{ "{\"t\":1795435200}", 0 },
		{ "{\"x\":\"2026-11-23T12:00:00Z\"}", 0 },
		{ "{\"t\":\"2026-11-23T12:00:00.0000000000000000000000000000"
		  "0000000000000000000000000000000000000000Z\"}",
		  0 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(times); i++) {
		int64_t seconds = 0;
		struct json doc;

		parse(&doc, times[i].json);
		assert_row(times[i].json, token_time(&doc, "t", &seconds) ==
		                                  (times[i].seconds != 0));
		assert_row(times[i].json, seconds == times[i].seconds);
	}
}

#define MADE(day) "\"created_at\":\"2026-" day "T12:00:00Z\""
#define USED(day) "\"last_used_at\":\"2026-" day "T12:00:00Z\""
#define ENDS(day) "\"expires_at\":\"2026-" day "T12:00:00Z\""
#define BOB "\"created_by\":\"Bob@Example.com\""

/* Whether it is one of those that are meant; it is 2026-11-23, at noon. */
static const struct {
	const char *json;
	bool ended;
	unsigned unused, age;
	const char *owner;
	bool passes;
} chosen[] = {
	{ "{}", false, 0, 0, "", true },
	/* what does not authenticate */
	{ "{}", true, 0, 0, "", false },
	{ "{\"expires_at\":null,\"revoked_at\":null}", true, 0, 0, "", false },
	{ "{" ENDS("11-23") "}", true, 0, 0, "", true },
	{ "{" ENDS("11-24") "}", true, 0, 0, "", false },
	{ "{\"expires_at\":\"soon\"}", true, 0, 0, "", false },
	{ "{" ENDS("11-24") ",\"revoked_at\":\"2026-11-01T00:00:00Z\"}", true,
	  0, 0, "", true },
	{ "{\"revoked_at\":true}", true, 0, 0, "", true },
	/* what was not used: at least so long, and made before, too */
	{ "{" USED("11-13") "}", false, 10, 0, "", true },
	{ "{" USED("11-13") "}", false, 11, 0, "", false },
	{ "{\"last_used_at\":null," MADE("11-13") "}", false, 10, 0, "", true },
	{ "{\"last_used_at\":null," MADE("11-13") "}", false, 11, 0, "",
	  false },
	{ "{" USED("11-22") "," MADE("01-01") "}", false, 10, 0, "", false },
	/* what is not known is not so */
	{ "{" MADE("01-01") "}", false, 10, 0, "", false },
	{ "{\"last_used_at\":\"x\"," MADE("01-01") "}", false, 10, 0, "",
	  false },
	{ "{\"last_used_at\":null}", false, 10, 0, "", false },
	{ "{" USED("12-24") "}", false, 1, 0, "", false },
	/* what is old */
	{ "{" MADE("11-13") "}", false, 0, 10, "", true },
	{ "{" MADE("11-13") "}", false, 0, 11, "", false },
	{ "{" USED("01-01") "}", false, 0, 10, "", false },
	{ "{\"created_at\":null}", false, 0, 1, "", false },
	{ "{" MADE("11-13") "}", false, 0, 36500, "", false },
	/* whose it is */
	{ "{" BOB "}", false, 0, 0, "Bob@Example.com", true },
	{ "{" BOB "}", false, 0, 0, "bob", true },
	{ "{" BOB "}", false, 0, 0, "EXAMPLE", true },
	{ "{" BOB "}", false, 0, 0, ".com", true },
	{ "{" BOB "}", false, 0, 0, "bobby", false },
	{ "{" BOB "}", false, 0, 0, "Bob@Example.com.", false },
	{ "{\"created_by\":\"B\\u006fb\"}", false, 0, 0, "bob", true },
	{ "{\"created_by\":null}", false, 0, 0, "null", false },
	{ "{}", false, 0, 0, "bob", false },
	{ "{\"description\":\"bob\"}", false, 0, 0, "bob", false },
	/* all of it */
	{ "{" BOB "," USED("10-01") "," MADE("01-01") "," ENDS("11-01") "}",
	  true, 30, 300, "bob", true },
	{ "{" BOB "," USED("10-01") "," MADE("01-01") "," ENDS("12-01") "}",
	  true, 30, 300, "bob", false },
	{ "{" BOB "," USED("11-01") "," MADE("01-01") "," ENDS("11-01") "}",
	  true, 30, 300, "bob", false },
	{ "{" BOB "," USED("10-01") "," MADE("03-01") "," ENDS("11-01") "}",
	  true, 30, 300, "bob", false },
	{ "{" BOB "," USED("10-01") "," MADE("01-01") "," ENDS("11-01") "}",
	  true, 30, 300, "alice", false },
};

static void some_of_a_list_are_meant(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(chosen); i++) {
		const struct token_filter filter = {
			.now = DAY_ENDS,
			.ended = chosen[i].ended,
			.unused_days = chosen[i].unused,
			.age_days = chosen[i].age,
			.owner = span_of(chosen[i].owner),
		};
		struct json doc;

		parse(&doc, chosen[i].json);
		assert_row(chosen[i].json,
		           token_passes(&doc, &filter) == chosen[i].passes);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_record_is_about_one_token),
		cmocka_unit_test(the_other_token_is_named),
		cmocka_unit_test(a_torn_record_is_this_one_or_unsaid),
		cmocka_unit_test(a_torn_record_may_be_another_one),
		cmocka_unit_test(an_id_is_read_from_a_whole_record),
		cmocka_unit_test(times_are_read_as_servers_write_them),
		cmocka_unit_test(some_of_a_list_are_meant),
	};

	return cmocka_run_group_tests_name("langsmith/token", tests, NULL,
	                                   NULL);
}
