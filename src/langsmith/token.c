/* SPDX-License-Identifier: MIT */
#include "langsmith/token.h"

#include <string.h>

static bool
read_id(const struct json *doc, struct uuid *id)
{
	uint8_t text[UUID_TEXT];
	struct buf out = BUF_OVER(text);

	token_put_member(&out, doc, "id");
	return !out.failed && uuid_parse(buf_written(&out), id);
}

bool
token_id(const struct json *record, struct uuid *id)
{
	return json_is_unambiguous(record, 0) && read_id(record, id);
}

/* Whether what there is of a value can still become the string of the id. */
static bool
may_become_id(struct span begun, const struct uuid *id)
{
	uint8_t text[UUID_TEXT];
	struct buf whole = BUF_OVER(text);
	struct span rest;

	if (begun.len == 0)
		return true;
	rest = span_skip(begun, 1);
	uuid_put(&whole, id);
	/* With an escape in it: nobody writes an id so, but who knows. */
	if (rest.len > 0 && memchr(rest.at, '\\', rest.len) != NULL)
		return true;
	return begun.at[0] == '"' && rest.len <= whole.len &&
	       span_equal_nocase(rest, (struct span){ whole.at, rest.len });
}

enum token_identity
token_identify(const struct json *doc, bool torn, const struct uuid *asked,
               struct uuid *found)
{
	struct span begun;

	if (torn && !json_may_become_object(doc->text))
		return TOKEN_NONE;
	if (torn && doc->count == 0)
		return TOKEN_UNSAID;
	if (!json_is_unambiguous(doc, 0))
		return TOKEN_NONE;
	if (torn && json_torn_member(doc, "id", &begun) &&
	    !may_become_id(begun, asked))
		return TOKEN_NONE;
	if (torn && json_member(doc, 0, "id") == JSON_NONE)
		return TOKEN_UNSAID;
	if (!read_id(doc, found))
		return TOKEN_NONE;
	return uuid_equal(found, asked) ? TOKEN_SAME : TOKEN_OTHER;
}

void
token_put_member(struct buf *out, const struct json *record, const char *name)
{
	size_t value = json_member(record, 0, name);

	if (json_is_string(record, value))
		json_put_string(out, record, value);
}
