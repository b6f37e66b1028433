/* SPDX-License-Identifier: MIT */
/* APIKeyGetResponse, the record of a personal access token: check and print. */
#include "langsmith/token.h"

#include "base/fmt.h"

static const char *const fields[] = {
	"id",
	"short_key",
	"description",
	"created_at",
	"read_only",
	"last_used_at",
	"expires_at",
	"workspace_names",
	"default_workspace_name",
	"role_id",
	"org_role_id",
	"access_scope",
	/* of newer servers */
	"revoked_at",
	"created_by",
};

bool
token_looks_secret(struct span text)
{
	static const char *const beginnings[] = { "lsv2_", "ls__", "eyJ" };

	for (size_t i = 0; i < sizeof(beginnings) / sizeof(beginnings[0]);
	     i++) {
		struct span begin = span_of(beginnings[i]);

		if (text.len >= begin.len &&
		    span_equal((struct span){ text.at, begin.len }, begin))
			return true;
	}
	return false;
}

enum token_identity
token_identify(const struct json *doc, bool torn, const struct uuid *asked,
               struct uuid *found)
{
	uint8_t text[UUID_TEXT];
	struct buf id = BUF_OVER(text);
	size_t member;

	if (torn && doc->count == 0)
		return TOKEN_UNSAID;
	if (!json_is_unambiguous(doc, 0))
		return TOKEN_NONE;
	member = json_member(doc, 0, "id");
	if (torn && member == JSON_NONE)
		return TOKEN_UNSAID;
	if (!json_is_string(doc, member))
		return TOKEN_NONE;
	json_put_string(&id, doc, member);
	if (id.failed || !uuid_parse(buf_written(&id), found))
		return TOKEN_NONE;
	return uuid_equal(found, asked) ? TOKEN_SAME : TOKEN_OTHER;
}

static void
put_string(struct buf *out, const struct json *doc, size_t value)
{
	struct span raw = json_raw(doc, value);

	while (raw.len > 0)
		fmt_printable_char(out, json_next_char(&raw));
}

/* A list of strings is what people read as `a, b`; the rest stays JSON. */
static void
put_value(struct buf *out, const struct json *doc, size_t value)
{
	const char *between = "";

	if (json_is_string(doc, value)) {
		put_string(out, doc, value);
		return;
	}
	if (!json_is_array(doc, value)) {
		json_put_ascii(out, json_raw(doc, value));
		return;
	}
	for (size_t i = json_element(doc, value, JSON_NONE); i != JSON_NONE;
	     i = json_element(doc, value, i)) {
		buf_text(out, between);
		between = ", ";
		if (json_is_string(doc, i))
			put_string(out, doc, i);
		else
			json_put_ascii(out, json_raw(doc, i));
	}
}

void
token_put_text(struct buf *out, const struct json *doc)
{
	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
		size_t value = json_member(doc, 0, fields[i]);

		if (value == JSON_NONE || json_is_null(doc, value))
			continue;
		buf_text(out, fields[i]);
		buf_text(out, ": ");
		put_value(out, doc, value);
		buf_byte(out, '\n');
	}
}
