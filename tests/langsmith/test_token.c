/* SPDX-License-Identifier: MIT */
/* Records of tokens: which token they are about, and how they are shown. */
#include "unit.h"

#include "langsmith/token.h"

#define ID "3f2b6c1e-8a4d-4c55-9a77-2f1f0f3b9d10"
#define OTHER "3f2b6c1e-8a4d-4c55-9a77-2f1f0f3b9d11"

static jsmntok_t tokens[256];

static struct json
parse(const char *text)
{
	struct json doc;

	(void)json_parse(&doc, span_of(text), tokens, COUNT(tokens));
	return doc;
}

static void
a_record_says_whose_it_is(void **state)
{
	static const struct {
		const char *text;
		bool torn;
		enum token_identity identity;
	} rows[] = {
		{ "{\"id\":\"" ID "\"}", false, TOKEN_SAME },
		{ "{\"id\":\"3F2B6C1E-8A4D-4C55-9A77-2F1F0F3B9D10\"}", false,
		  TOKEN_SAME },
		{ "{\"\\u0069d\":\"" ID "\"}", false, TOKEN_SAME },
		{ "{\"a\":{\"id\":\"" OTHER "\"},\"id\":\"" ID "\"}", false,
		  TOKEN_SAME },
		{ "{\"id\":\"" OTHER "\"}", false, TOKEN_OTHER },
		{ "{\"id\":\"" ID "\",\"id\":\"" ID "\"}", false, TOKEN_NONE },
		{ "{\"id\":\"" ID "\",\"a\":1,\"\\u0061\":2}", false,
		  TOKEN_NONE },
		{ "{\"id\":null}", false, TOKEN_NONE },
		{ "{\"id\":5}", false, TOKEN_NONE },
		{ "{\"id\":\"" ID "0\"}", false, TOKEN_NONE },
		{ "{\"ID\":\"" ID "\"}", false, TOKEN_NONE },
		{ "{}", false, TOKEN_NONE },
		{ "[{\"id\":\"" ID "\"}]", false, TOKEN_NONE },
		{ "\"" ID "\"", false, TOKEN_NONE },
		{ "", true, TOKEN_UNSAID },
		{ "{", true, TOKEN_UNSAID },
		{ "{\"id\"", true, TOKEN_UNSAID },
		{ "{\"id\":\"3f2b", true, TOKEN_UNSAID },
		{ "{\"id\":\"" ID "\"", true, TOKEN_SAME },
		{ "{\"id\":\"" ID "\",\"descr", true, TOKEN_SAME },
		{ "{\"id\":\"" OTHER "\",", true, TOKEN_OTHER },
		{ "[", true, TOKEN_NONE },
	};
	struct uuid asked;

	(void)state;
	assert_true(uuid_parse(SPAN(ID), &asked));
	for (size_t i = 0; i < COUNT(rows); i++) {
		const char *label = rows[i].text;
		struct json doc = parse(label);
		struct uuid found;

		assert_row(label, token_identify(&doc, rows[i].torn, &asked,
		                                 &found) == rows[i].identity);
	}
}

static void
assert_text(const char *record, const char *text)
{
	uint8_t room[1024];
	struct buf out = BUF_OVER(room);
	struct json doc = parse(record);

	token_put_text(&out, &doc);
	assert_false(out.failed);
	assert_span(record, buf_written(&out), span_of(text));
}

static void
fields_stand_in_the_order_of_the_schema(void **state)
{
	(void)state;
	assert_text("{\"access_scope\":\"workspace\",\"org_role_id\":\"o\","
	            "\"role_id\":\"r\",\"default_workspace_name\":\"d\","
	            "\"workspace_names\":[\"a\",\"b\"],\"expires_at\":\"e\","
	            "\"last_used_at\":\"l\",\"read_only\":false,"
	            "\"created_at\":\"c\",\"description\":\"x\","
	            "\"short_key\":\"s\",\"id\":\"" ID "\"}",
	            "id: " ID "\nshort_key: s\ndescription: x\n"
	            "created_at: c\nread_only: false\nlast_used_at: l\n"
	            "expires_at: e\nworkspace_names: a, b\n"
	            "default_workspace_name: d\nrole_id: r\norg_role_id: o\n"
	            "access_scope: workspace\n");
	assert_text("{\"created_by\":\"me\",\"revoked_at\":\"then\"}",
	            "revoked_at: then\ncreated_by: me\n");
}

static void
what_is_null_absent_or_unknown_is_left_out(void **state)
{
	(void)state;
	assert_text("{}", "");
	assert_text("{\"id\":null,\"new\":1,\"workspace_names\":[]}",
	            "workspace_names: \n");
}

static void
other_types_are_shown_as_json(void **state)
{
	(void)state;
	assert_text("{\"description\":{\"a\": [1, \"\\u00e9\"]},"
	            "\"workspace_names\":[1,{\"b\":null}]}",
	            "description: {\"a\":[1,\"\\u00e9\"]}\n"
	            "workspace_names: 1, {\"b\":null}\n");
}

static void
hostile_text_is_printable(void **state)
{
	(void)state;
	assert_text("{\"description\":\"\\u001b[2J\\u202e\\u0000\\n\","
	            "\"workspace_names\":[\"\\u009b\"]}",
	            "description: \\u{1b}[2J\\u{202e}\\u{0}\\u{a}\n"
	            "workspace_names: \\u{9b}\n");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_record_says_whose_it_is),
		cmocka_unit_test(fields_stand_in_the_order_of_the_schema),
		cmocka_unit_test(what_is_null_absent_or_unknown_is_left_out),
		cmocka_unit_test(other_types_are_shown_as_json),
		cmocka_unit_test(hostile_text_is_printable),
	};

	return cmocka_run_group_tests_name("langsmith/token", tests, NULL,
	                                   NULL);
}
