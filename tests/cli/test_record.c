/* SPDX-License-Identifier: MIT */
/* Tests of cli/record: a record as text, as facts, and as a row. */
/* links: tests/wire/cases.c */
#include "cli/record.h"

#include <stdio.h>

#include "base/fmt.h"
#include "wire/cases.h"
#include "wire/uuid.h"

#define ID "3f2b6c1e-8a4d-4c55-9a77-2f1f0f3b9d10"

static jsmntok_t tokens[512];

static enum json_verdict parse(struct json *doc, const char *text)
{
	return json_parse(doc, guarded(span_of(text)), tokens, COUNT(tokens));
}

/* --- Text --- */

static const struct {
	const char *json, *text;
} texts[] = {
	{ "{}", "" },
	{ "{\"id\":\"" ID "\",\"short_key\":\"k\",\"description\":\"\"}",
	  "id: " ID "\nshort_key: k\ndescription: \n" },
	/* all that the schema has, in its order */
	{ "{\"created_by\":\"m\",\"revoked_at\":\"l\",\"access_scope\":\"k\","
	  "\"org_role_id\":\"j\",\"role_id\":\"i\","
	  "\"default_workspace_name\":\"h\",\"workspace_names\":[\"f\",\"g\"],"
	  "\"expires_at\":\"e\",\"last_used_at\":\"d\",\"read_only\":false,"
	  "\"created_at\":\"c\",\"description\":\"b\",\"short_key\":\"a\","
	  "\"id\":\"i\"}",
	  "id: i\nshort_key: a\ndescription: b\ncreated_at: c\n"
	  "read_only: false\nlast_used_at: d\nexpires_at: e\n"
	  "workspace_names: f, g\ndefault_workspace_name: h\nrole_id: i\n"
	  "org_role_id: j\naccess_scope: k\nrevoked_at: l\ncreated_by: m\n" },
	/* null and unknown ones are left out */
	{ "{\"id\":null,\"expires_at\":null,\"x\":1,\"role_id\":\"r\"}",
	  "role_id: r\n" },
	/* other types than the schema's stay what they are */
	{ "{\"id\":1,\"read_only\":true,\"description\":{\"a\": [1, "
	  "\"\xc3\xa4\""
	  "]},\"short_key\":-1.5e3}",
	  "id: 1\nshort_key: -1.5e3\ndescription: {\"a\":[1,\"\\u00e4\"]}\n"
	  "read_only: true\n" },
	{ "{\"workspace_names\":[]}", "workspace_names: \n" },
	{ "{\"workspace_names\":[\"a\",null,[1,2],{\"b\":3},\"c\"]}",
	  "workspace_names: a, null, [1,2], {\"b\":3}, c\n" },
	{ "{\"workspace_names\":\"a\"}", "workspace_names: a\n" },
	/* hostile text */
	{ "{\"description\":\"a\\nid: x\\u001b[2J\\u0000\\u202e\\u009b\"}",
	  "description: a\\u{a}id: x\\u{1b}[2J\\u{0}\\u{202e}\\u{9b}\n" },
	{ "{\"description\":\"\xe2\x80\xae \xc2\x9b \xe2\x80\xa8 \xf3\xa0\x80"
	  "\x81\"}",
	  "description: \\u{202e} \\u{9b} \\u{2028} \\u{e0001}\n" },
	{ "{\"workspace_names\":[\"\\u001b]0;\\u0007\",{\"\\u001b\":\"\\r\"}]}",
	  "workspace_names: \\u{1b}]0;\\u{7}, {\"\\u001b\":\"\\r\"}\n" },
	/* what is visible is shown */
	{ "{\"description\":\"\\u00e4\xc3\xb6 \\ud83d\\ude00 \\\" \\\\ \\/\"}",
	  "description: \xc3\xa4\xc3\xb6 \xf0\x9f\x98\x80 \" \\ /\n" },
};

static void known_fields_are_written_as_text(void **state)
{
	uint8_t room[1024];

	(void)state;
	for (size_t i = 0; i < COUNT(texts); i++) {
		struct buf out = BUF_OVER(room);
		struct json doc;

		assert_row(texts[i].json,
		           parse(&doc, texts[i].json) == JSON_DONE);
		record_put_text(&out, &doc);
		assert_span(texts[i].json, buf_written(&out),
		            span_of(texts[i].text));
	}
}

/* --- What a person is shown --- */

#define WIDE "\xe4\xb8\xad" /* two columns */
#define FACE "\xf0\x9f\x98\x80" /* likewise */
#define TEN(x) x x x x x x x x x x
#define HUNDRED(x) TEN(TEN(x))

static const struct {
	const char *json, *text;
} shown[] = {
	{ "{}", "" },
	{ "{\"id\":\"" ID "\",\"role_id\":\"r\",\"x\":1}", "id: " ID "\n" },
	/* in this order, whatever the record's is */
	{ "{\"id\":\"i\",\"workspace_names\":[\"f\",\"g\"],"
	  "\"revoked_at\":\"l\",\"expires_at\":\"e\",\"last_used_at\":\"d\","
	  "\"created_at\":\"c\",\"created_by\":\"m\","
	  "\"description\":\"b\",\"short_key\":\"a\"}",
	  "short_key: a\ndescription: b\ncreated_by: m\ncreated_at: c\n"
	  "last_used_at: d\nexpires_at: e\nrevoked_at: l\n"
	  "workspace_names: f, g\nid: i\n" },
	/* null means something for two of them */
	{ "{\"short_key\":null,\"description\":null,\"created_by\":null,"
	  "\"created_at\":null,\"last_used_at\":null,\"expires_at\":null,"
	  "\"revoked_at\":null,\"workspace_names\":null,\"id\":null}",
	  "last_used_at: never\nexpires_at: never\n" },
	{ "{\"expires_at\":\"\",\"description\":\"\"}",
	  "description: \nexpires_at: \n" },
	{ "{\"description\":\"a\\nid: x\\u001b[2J\"}",
	  "description: a\\u{a}id: x\\u{1b}[2J\n" },
	/* 200 columns, and more */
	{ "{\"description\":\"" HUNDRED("ab") "\"}",
	  "description: " HUNDRED("ab") "\n" },
	{ "{\"description\":\"" HUNDRED(WIDE) "\"}",
	  "description: " HUNDRED(WIDE) "\n" },
};

static void facts_are_written_for_a_person(void **state)
{
	uint8_t room[2048];

	(void)state;
	for (size_t i = 0; i < COUNT(shown); i++) {
		struct buf out = BUF_OVER(room);
		struct json doc;

		assert_row(shown[i].json,
		           parse(&doc, shown[i].json) == JSON_DONE);
		record_put_facts(&out, &doc);
		assert_span(shown[i].json, buf_written(&out),
		            span_of(shown[i].text));
	}
}

/* The columns of printable text; a line's end takes none. */
static size_t columns_of(struct span text)
{
	size_t columns = 0;

	while (text.len > 0) {
		uint32_t cp = utf8_next(&text);

		assert_true(cp != UTF8_INVALID);
		columns += cp == '\n' ? 0 : fmt_columns(cp);
	}
	return columns;
}

/* Of many letters, each of so many columns, what is left is this many. */
static void long_facts_are_cut(void **state)
{
	static const struct {
		const char *label, *many;
		size_t letter, kept;
	} cuts[] = {
		{ "letters", HUNDRED("abc"), 1, 197 },
		{ "of two bytes", HUNDRED("\xc3\xa4\xc3\xa4\xc3\xa4"), 2, 197 },
		{ "wide ones", HUNDRED(WIDE) WIDE, 3, 98 },
		{ "faces", HUNDRED(FACE) FACE, 4, 98 },
		{ "more than any room", HUNDRED(TEN(FACE)), 4, 98 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cuts); i++) {
		static char text[8192];
		uint8_t bytes[2048], more[2048];
		struct buf out = BUF_OVER(bytes), want = BUF_OVER(more);
		struct json doc;

		snprintf(text, sizeof(text),
		         "{\"id\":\"i\",\"description\":\"%s\"}", cuts[i].many);
		assert_row(cuts[i].label, parse(&doc, text) == JSON_DONE);
		record_put_facts(&out, &doc);
		buf_text(&want, "description: ");
		buf_put(&want, cuts[i].many, cuts[i].letter * cuts[i].kept);
		buf_text(&want, "...\nid: i\n");
		assert_span(cuts[i].label, buf_written(&out),
		            buf_written(&want));
	}
}

/* --- Rows --- */

#define GAP "        " /* 8 blanks */
#define ROW_KEY "lsv2_pt_3f2b...9d10"
#define USED ",\"last_used_at\":\"2026-11-20T10:00:00.123456+00:00\""
#define MADE ",\"created_at\":\"2026-01-05T09:30:00Z\""
#define ENDED ",\"expires_at\":\"2026-11-22T23:59:59Z\""
#define REVOKED ",\"revoked_at\":\"2026-11-21T01:02:03+00:00\""
#define NOW INT64_C(1795435200) /* 2026-11-23T12:00:00Z */
#define ROW(more) "{\"id\":\"" ID "\",\"short_key\":\"" ROW_KEY "\"" more "}"
#define BEGIN ID " " ROW_KEY "  "
#define HEAD "ID                                   SHORT KEY            STATE"

static const struct {
	const char *label, *json;
	size_t columns;
	bool owner;
	const char *line;
} lines[] = {
	{ "80", NULL, 80, false, HEAD "   LAST USED\n" },
	{ "80, owners", NULL, 80, true, HEAD "   LAST USED\n" },
	{ "89", NULL, 89, true, HEAD "   LAST USED  CREATED\n" },
	{ "90", NULL, 90, true, HEAD GAP GAP " LAST USED\n" },
	{ "112", NULL, 112, true,
	  HEAD GAP GAP " LAST USED  CREATED    EXPIRES\n" },
	{ "123", NULL, 123, false,
	  HEAD GAP GAP " LAST USED  CREATED    EXPIRES\n" },
	{ "124", NULL, 124, false,
	  HEAD GAP GAP " LAST USED  CREATED    EXPIRES    DESCRIPTION\n" },
	{ "132, owners", NULL, 132, true,
	  HEAD GAP GAP " LAST USED  CREATED    EXPIRES    CREATED BY\n" },
	{ "161, owners", NULL, 161, true,
	  HEAD GAP GAP
	  " LAST USED  CREATED    EXPIRES    CREATED BY" GAP GAP GAP
	  "   DESCRIPTION\n" },
	{ "all", NULL, 0, false,
	  HEAD GAP GAP " LAST USED  CREATED    EXPIRES    DESCRIPTION\n" },
	{ "all, owners", NULL, 0, true,
	  HEAD GAP GAP
	  " LAST USED  CREATED    EXPIRES    CREATED BY" GAP GAP GAP
	  "   DESCRIPTION\n" },
	{ "nothing said", ROW(""), 80, false, BEGIN "active  \n" },
	{ "used", ROW(USED MADE), 80, false, BEGIN "active  2026-11-20\n" },
	{ "never used", ROW(",\"last_used_at\":null" MADE), 80, false,
	  BEGIN "active  never\n" },
	{ "no times", ROW(",\"last_used_at\":\"a while ago\""), 80, false,
	  BEGIN "active  a while...\n" },
	{ "a number", ROW(",\"last_used_at\":17"), 80, false,
	  BEGIN "active  17\n" },
	{ "expired", ROW(USED ENDED), 80, false, BEGIN "expired 2026-11-20\n" },
	{ "not yet", ROW(USED ",\"expires_at\":\"2026-11-23T12:00:01Z\""), 80,
	  false, BEGIN "active  2026-11-20\n" },
	{ "just now", ROW(USED ",\"expires_at\":\"2026-11-23T12:00:00Z\""), 80,
	  false, BEGIN "expired 2026-11-20\n" },
	/* since when counts for more than the last use */
	{ "revoked", ROW(USED REVOKED ENDED), 80, false,
	  BEGIN "revoked on 2026-11-21\n" },
	{ "revoked, 90", ROW(USED REVOKED), 90, false,
	  BEGIN "revoked on 2026-11-21 2026-11-20\n" },
	{ "revoked some day", ROW(USED ",\"revoked_at\":true"), 80, false,
	  BEGIN "revoked 2026-11-20\n" },
	{ "all of one",
	  ROW(USED MADE ENDED ",\"description\":\"d\",\"created_by\":\"m\""),
	  132, false,
	  BEGIN "expired" GAP "       2026-11-20 2026-01-05 2026-11-22 d\n" },
	{ "its owner",
	  ROW(MADE ",\"expires_at\":null,\"description\":\"d\","
	           "\"created_by\":\"m\""),
	  132, true,
	  BEGIN "active " GAP GAP GAP "  2026-01-05 never      m\n" },
	{ "20 columns", ROW(",\"description\":\"01234567890123456789\""), 132,
	  false,
	  BEGIN "active " GAP GAP GAP GAP GAP GAP "0123456789012345...\n" },
	{ "a long short key",
	  "{\"id\":\"" ID "\",\"short_key\":\"lsv2_pt_0123*************d4e\"}",
	  80, false, ID " lsv2_pt_0123*****... active  \n" },
	{ "uncut",
	  "{\"id\":\"" ID "\",\"short_key\":\"lsv2_pt_0123*************d4e\","
	  "\"created_by\":\"" TEN("01234") "\",\"description\":\"" HUNDRED(
		  WIDE) "\"}",
	  0, true,
	  ID " lsv2_pt_0123*************d4e active " GAP GAP GAP GAP GAP GAP
	          TEN("01234") " " HUNDRED(WIDE) "\n" },
	{ "a wide short key", "{\"id\":\"" ID "\",\"short_key\":\"" FACE "\"}",
	  80, false, ID " " FACE GAP GAP "   active  \n" },
};

static void rows_are_as_wide_as_the_terminal(void **state)
{
	uint8_t room[1024];

	(void)state;
	for (size_t i = 0; i < COUNT(lines); i++) {
		const struct record_table table = { lines[i].columns,
			                            lines[i].owner, NOW };
		struct buf out = BUF_OVER(room);
		struct json doc;

		if (lines[i].json != NULL)
			assert_row(lines[i].label,
			           parse(&doc, lines[i].json) == JSON_DONE);
		record_put_row(&out, lines[i].json != NULL ? &doc : NULL,
		               &table);
		assert_span(lines[i].label, buf_written(&out),
		            span_of(lines[i].line));
		assert_row(lines[i].label,
		           table.columns == 0 ||
		                   columns_of(buf_written(&out)) <=
		                           table.columns);
	}
}

static const char *const hostile[] = {
	"null",
	"7",
	"[]",
	"{\"a\":\"\\u001b\"}",
	"\"\"",
	"\"\\n\\r\\u001b[2J\\u0000\\u202e\\u009b\\u200b\"",
	"\"" HUNDRED("\\u202e") "\"",
	"\"" HUNDRED(WIDE) "\"",
	"\"x" HUNDRED(FACE) "\"",
	"\"" HUNDRED("e\xcc\x81") "\"",
	"[" TEN("\"" WIDE "\",") "1]",
};

/* Whatever the others are, the id is there, and it is one line. */
static void rows_of_hostile_text_fit_too(void **state)
{
	static const size_t widths[] = { 0, 80, 89, 90, 132, 161, 200, 9999 };
	static char text[16384];
	static uint8_t room[32768];

	(void)state;
	for (size_t i = 0; i < COUNT(hostile) * COUNT(widths) * 2; i++) {
		const char *value = hostile[i / 2 % COUNT(hostile)];
		const struct record_table table = {
			widths[i / 2 / COUNT(hostile)], i % 2 == 1, NOW
		};
		struct buf out = BUF_OVER(room);
		struct json doc;

		snprintf(text, sizeof(text),
		         "{\"id\":\"" ID "\",\"short_key\":%s,"
		         "\"description\":%s,\"created_by\":%s,"
		         "\"last_used_at\":%s,\"created_at\":%s,"
		         "\"expires_at\":%s,\"revoked_at\":%s}",
		         value, value, value, value, value, value, value);
		assert_row(value, parse(&doc, text) == JSON_DONE);
		record_put_row(&out, &doc, &table);
		assert_row(value, !out.failed);
		assert_row(value, table.columns == 0 ||
		                          columns_of(buf_written(&out)) <=
		                                  table.columns);
		assert_row(value, memcmp(room, ID " ", UUID_TEXT + 1) == 0);
		for (size_t k = 0; k < out.len; k++)
			assert_row(value, room[k] >= ' ' || k == out.len - 1);
		assert_row(value, room[out.len - 1] == '\n');
	}
}

static void a_candidate_is_told_from_others_in_80_columns(void **state)
{
	static const struct {
		const char *label, *json, *line;
	} rows[] = {
		{ "22 columns",
		  ROW(",\"description\":\"0123456789012345678901\""),
		  BEGIN "0123456789012345678901\n" },
		{ "23 columns",
		  ROW(",\"description\":\"01234567890123456789012\""),
		  BEGIN "0123456789012345678...\n" },
		{ "wide ones",
		  ROW(",\"description\":\"" TEN(WIDE) WIDE WIDE "\""),
		  BEGIN WIDE WIDE WIDE WIDE WIDE WIDE WIDE WIDE WIDE "...\n" },
		{ "no description", ROW(""), BEGIN "\n" },
		{ "nothing", "{}", " " GAP GAP "     \n" },
	};
	uint8_t room[512];

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct buf out = BUF_OVER(room);
		struct json doc;

		assert_row(rows[i].label,
		           parse(&doc, rows[i].json) == JSON_DONE);
		record_put_candidate(&out, &doc);
		assert_span(rows[i].label, buf_written(&out),
		            span_of(rows[i].line));
		assert_row(rows[i].label, columns_of(buf_written(&out)) <= 80);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(known_fields_are_written_as_text),
		cmocka_unit_test(facts_are_written_for_a_person),
		cmocka_unit_test(long_facts_are_cut),
		cmocka_unit_test(rows_are_as_wide_as_the_terminal),
		cmocka_unit_test(rows_of_hostile_text_fit_too),
		cmocka_unit_test(a_candidate_is_told_from_others_in_80_columns),
	};

	return cmocka_run_group_tests_name("cli/record", tests, NULL, NULL);
}
