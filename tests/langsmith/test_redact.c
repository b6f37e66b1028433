/* SPDX-License-Identifier: MIT */
/* Tests of langsmith/redact: what is hidden, what stays, and what stays JSON. */
/* links: tests/wire/cases.c */
#include "langsmith/redact.h"

#include "langsmith/key.h"
#include "wire/cases.h"
#include "wire/json.h"

#define KEY "s3cr3t"
#define ODD "a\"b\\c/d\"\\" /* a"b\c/d"\ */

static uint8_t room[4096];

/* What becomes of the text; valid until the next call. */
static struct span redacted(struct span text, struct span key)
{
	struct span copy = guarded(text); /* nothing behind it is read */

	redact((uint8_t *)copy.at, copy.len, key);
	memcpy(room, copy.at, copy.len);
	return (struct span){ room, copy.len };
}

static const struct row {
	const char *text, *key, *want;
} rows[] = {
	/* The key in use, as it is. */
	{ "", KEY, "" },
	{ "s3cr3t", KEY, "******" },
	{ "s3cr3t is no key", KEY, "****** is no key" },
	{ "no key is s3cr3t", KEY, "no key is ******" },
	{ "<s3cr3t>s3cr3t</s3cr3t>", KEY, "<******>******</******>" },
	{ "s3cr3", KEY, "s3cr3" },
	{ "S3CR3T 3cr3t s3cr3.t", KEY, "S3CR3T 3cr3t s3cr3.t" },
	{ "s3s3cr3t", KEY, "s3******" },
	{ "no key", "", "no key" },
	/* As JSON writes it. */
	{ "\"\\u00733cr3\\u0074\"", KEY, "\"****************\"" },
	{ "\"\\u0073\\u0033\\u0063\\u0072\\u0033\\u0074\"", KEY,
	  "\"************************************\"" },
	{ "\"\\u004b\\u004B\\u006bkkk\"", "KKkkkk",
	  "\"*********************\"" },
	{ "\"\\u00733cr3t\\u0021\"", KEY, "\"***********\\u0021\"" },
	{ "\"\\u01733cr3t\"", KEY, "\"\\u01733cr3t\"" },
	{ "\"\\u00733cr3\\u0174\"", KEY, "\"\\u00733cr3\\u0174\"" },
	{ "\"\\u00733cr3", KEY, "\"\\u00733cr3" },
	{ "\"s3cr3\\u007", KEY, "\"s3cr3\\u007" },
	{ "\"s3cr3\\", KEY, "\"s3cr3\\" },
	{ "\"a\\\"b\\\\c/d\\\"\\\\\"", ODD, "\"*************\"" },
	{ "\"a\\\"b\\\\c\\/d\\\"\\\\x\"", ODD, "\"**************x\"" },
	{ "\"a\\u0022b\\u005Cc\\u002Fd\\u0022\\u005c.\"", ODD,
	  "\"**********************************.\"" },
	{ ODD, ODD, "*********" },
	{ "<" ODD ">", ODD, "<**********" },
	/* An escaped backslash is no escape; nor is half of one a character. */
	{ "\"\\\\s3cr3t\"", KEY, "\"********\"" },
	{ "\"\\\\\\\\s3cr3t\"", KEY, "\"\\\\********\"" },
	{ "\"\\ns3cr3t\"", KEY, "\"\\n******\"" },
	{ "\"\\nabcdef\"", "nabcdef", "\"********\"" },
	{ "\"\\u00e9abcdef\"", "9abcdef", "\"************\"" },
	{ "\"abcdef\\\\\"", "abcdef\\", "\"********\"" },
	{ "\"abcdef\\\"\"", "abcdef\\", "\"********\"" },
	{ "C:\\s3cr3t", KEY, "C:*******" },
	{ "\\u1234567890", "u1234567890", "************" },
	/* What would hit common words is no secret. */
	{ "token tokens", "token", "token tokens" },
	{ "tokens token", "tokens", "****** token" },
	/* A key that may stand there as a number stays one. */
	{ "{\"build\":20240101}", "20240101", "{\"build\":11111111}" },
	{ "[-20240101,2024.0101,5]", "20240101", "[-11111111,2024.0101,5]" },
	{ "[-1.5e+30,\"-1.5e+30\"]", "-1.5e+30", "[11111111,\"11111111\"]" },
	{ "\"2024010\\u0031\"", "20240101", "\"1111111111111\"" },
	{ "[20240101,\"v20240101\"]", "v20240101", "[20240101,\"*********\"]" },
	{ "20240101 lsv2_pt_0123456789abcdef0", "20240101",
	  "11111111 lsv2_pt_*****************" },
	/* What looks like a secret: no more of it than a short key shows. */
	{ "lsv2_pt_0123456789abcdef", "", "lsv2_pt_0123456789abcdef" },
	{ "lsv2_pt_0123456789abcdef0", "", "lsv2_pt_*****************" },
	{ "lsv2_sk_0123456789abcdef", "", "lsv2_sk_0123456789abcdef" },
	{ "lsv2_sk_0123456789abcdef0", "", "lsv2_sk_*****************" },
	{ "ls__0123456789abcdef", "", "ls__0123456789abcdef" },
	{ "ls__0123456789abcdef0.", "", "ls__*****************." },
	{ "lsv2_0123456789abcdef", "", "lsv2_0123456789abcdef" },
	{ "lsv2_0123456789abcdef0", "", "lsv2_*****************" },
	{ "lsv2_pt_0123...cdef lsv2_pt_***_9876", "",
	  "lsv2_pt_0123...cdef lsv2_pt_***_9876" },
	{ "(lsv2_pt_0123456789abcdef0123456789abcdef_fedcba9876)", "",
	  "(lsv2_pt_*******************************************)" },
	{ "xlsv2_pt_0123456789abcdef0123456789abcdef_fedcba9876", "",
	  "xlsv2_pt_*******************************************" },
	{ "lsv2_pt_0123456789ABCDEFG-lsv2_pt_", "",
	  "lsv2_pt_*****************-lsv2_pt_" },
	{ "\"\\u006csv2\\u005Fpt_0123456789abcde\\u0066\\u0030\"", "",
	  "\"\\u006csv2\\u005Fpt_***************************\"" },
	{ "\"lsv2_pt_0123456789abcde\\u0066\"", "",
	  "\"lsv2_pt_0123456789abcde\\u0066\"" },
	{ "\"lsv2_pt_01234567\\nand_more_words\"", "",
	  "\"lsv2_pt_01234567\\nand_more_words\"" },
	{ "\"\\\\lsv2_pt_0123456789abcdef0\\\"\"", "",
	  "\"\\\\lsv2_pt_*****************\\\"\"" },
	/* JSON Web Tokens. */
	{ "Bearer eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIx.c2ln-_", "",
	  "Bearer eyJ*************************************" },
	{ "eyJ012345678901234567890123", "", "eyJ012345678901234567890123" },
	{ "eyJ0123456789012345678901234", "", "eyJ*************************" },
	{ "\"\\u000eyJ0123456789012345678901234\"", "",
	  "\"\\u000eyJ*************************\"" },
	/* Both: the key first, whatever it looks like. */
	{ "lsv2_pt_0123456789abcdef0 lsv2_pt_0123", "lsv2_pt_0123",
	  "************456789abcdef0 ************" },
};

static void secrets_are_hidden_and_nothing_else(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		assert_span(
			rows[i].text,
			redacted(span_of(rows[i].text), span_of(rows[i].key)),
			span_of(rows[i].want));
}

static void what_is_hidden_is_hidden_for_good(void **state)
{
	uint8_t copy[256];

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct span once =
			redacted(span_of(rows[i].text), span_of(rows[i].key));

		memcpy(copy, once.at, once.len);
		once.at = copy;
		assert_span(rows[i].text, redacted(once, span_of(rows[i].key)),
		            once);
	}
}

/* Of the rows that are JSON, or that begin like it. */
static void json_stays_json_of_the_same_structure(void **state)
{
	static jsmntok_t before[64], after[64];
	size_t count = 0;

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct span text = span_of(rows[i].text);
		struct json was, is;
		enum json_verdict verdict =
			json_parse(&was, text, before, COUNT(before));

		if (verdict == JSON_BAD)
			continue;
		count++;
		assert_row(rows[i].text,
		           json_parse(&is, redacted(text, span_of(rows[i].key)),
		                      after, COUNT(after)) == verdict);
		assert_row(rows[i].text, is.count == was.count);
		for (size_t k = 0; k < is.count; k++)
			assert_row(rows[i].text,
			           after[k].start == before[k].start &&
			                   after[k].end == before[k].end);
	}
	assert_true(count > 20);
}

static void a_record_keeps_what_is_no_secret(void **state)
{
	static const char text[] =
		"{\"id\":\"3f2b6c1e-8a4d-4c55-9a77-2f1f0f3b9d10\","
		"\"short_key\":\"lsv2_pt_3f2b...9d10\",\"description\":"
		"\"was s3cr3t, \\\"\\u00733cr3t\\\"\",\"s3cr3t\":[1,null]}";

	(void)state;
	assert_span("record", redacted(span_of(text), SPAN(KEY)),
	            SPAN("{\"id\":\"3f2b6c1e-8a4d-4c55-9a77-2f1f0f3b9d10\","
	                 "\"short_key\":\"lsv2_pt_3f2b...9d10\","
	                 "\"description\":\"was ******, \\\"***********\\\""
	                 "\",\"******\":[1,null]}"));
}

/* Wherever it is cut off: what stands there whole is hidden. */
static void a_torn_text_is_hidden_as_far_as_it_goes(void **state)
{
	static const char text[] = "\"x\\u00733cr3t \\\\s3cr3t "
				   "lsv2_pt_0123456789abcdef0\\u00";

	(void)state;
	for (size_t len = 0; len < sizeof(text); len++) {
		struct span out = redacted(
			(struct span){ span_of(text).at, len }, SPAN(KEY));

		assert_int_equal(out.len, len);
		assert_null(memmem(out.at, out.len, KEY, sizeof(KEY) - 1));
		assert_null(memmem(out.at, out.len, "0123456789abcdef0", 17));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(secrets_are_hidden_and_nothing_else),
		cmocka_unit_test(what_is_hidden_is_hidden_for_good),
		cmocka_unit_test(json_stays_json_of_the_same_structure),
		cmocka_unit_test(a_record_keeps_what_is_no_secret),
		cmocka_unit_test(a_torn_text_is_hidden_as_far_as_it_goes),
	};

	return cmocka_run_group_tests_name("langsmith/redact", tests, NULL,
	                                   NULL);
}
