/* SPDX-License-Identifier: MIT */
/* APIKeyGetResponse, the record of a personal access token: which one it is. */
#include "langsmith/token.h"

#include "base/calendar.h"

#define TIME_MAX 64 /* bytes of a time: 32 in use */
#define NAME_MAX 1024 /* of a member's name; more is not looked at */
#define DAY INT64_C(86400) /* seconds */

static bool read_id(const struct json *doc, struct uuid *id)
{
	BUF_ON_STACK(out, UUID_TEXT);

	token_put_member(&out, doc, "id");
	return !out.failed && uuid_parse(buf_written(&out), id);
}

bool token_id(const struct json *record, struct uuid *id)
{
	return json_is_unambiguous(record, 0) && read_id(record, id);
}

/* Whether what there is of a value can still become the string of the id. */
static bool may_become_id(struct span begun, const struct uuid *id)
{
	BUF_ON_STACK(whole, UUID_TEXT);
	struct span rest;

	if (begun.len == 0)
		return true;
	rest = span_skip(begun, 1);
	uuid_put(&whole, id);
	/* With an escape in it: nobody writes an id so, but who knows. */
	if (span_find(rest, SPAN("\\")) < rest.len)
		return true;
	return begun.at[0] == '"' && rest.len <= whole.len &&
	       span_equal_nocase(rest, (struct span){ whole.at, rest.len });
}

enum token_identity token_identify(const struct json *doc, bool torn,
                                   const struct uuid *asked, struct uuid *found)
{
	struct span begun;

	if (torn && !json_may_become_object(doc->text))
		return TOKEN_NONE;
	if (torn && doc->count == 0)
		return TOKEN_UNSAID;
	if (!json_is_unambiguous(doc, 0) ||
	    (torn && json_torn_member(doc, "id", &begun) &&
	     !may_become_id(begun, asked)))
		return TOKEN_NONE;
	if (torn && json_member(doc, 0, "id") == JSON_NONE)
		return TOKEN_UNSAID;
	if (!read_id(doc, found))
		return TOKEN_NONE;
	return uuid_equal(found, asked) ? TOKEN_SAME : TOKEN_OTHER;
}

void token_put_member(struct buf *out, const struct json *record,
                      const char *name)
{
	size_t value = json_member(record, 0, name);

	if (json_is_string(record, value))
		json_put_string(out, record, value);
}

bool token_time(const struct json *record, const char *name, int64_t *seconds)
{
	BUF_ON_STACK(text, TIME_MAX);

	token_put_member(&text, record, name);
	if (text.failed)
		return false;
	if (calendar_parse(buf_written(&text), seconds))
		return true;
	buf_byte(&text, 'Z');
	return !text.failed && calendar_parse(buf_written(&text), seconds);
}

enum token_state token_state(const struct json *record, int64_t now)
{
	size_t revoked_at;
	int64_t expiry;

	if (json_has(record, 0, "revoked_at", &revoked_at))
		return TOKEN_REVOKED;
	return token_time(record, "expires_at", &expiry) && expiry <= now
	               ? TOKEN_EXPIRED
	               : TOKEN_ACTIVE;
}

/* Whether that time was so many days ago. */
static bool is_past(const struct json *record, const char *name,
                    const struct token_filter *f, unsigned days)
{
	int64_t then;

	return days == 0 ||
	       (token_time(record, name, &then) && f->now - then >= days * DAY);
}

/* What was never used is as long unused as it is there. */
static bool is_unused(const struct json *record, const struct token_filter *f)
{
	size_t used = json_member(record, 0, "last_used_at");
	bool never = used != JSON_NONE && json_is_null(record, used);

	return is_past(record, never ? "created_at" : "last_used_at", f,
	               f->unused_days);
}

static bool is_owned(const struct json *record, struct span owner)
{
	BUF_ON_STACK(name, NAME_MAX);

	token_put_member(&name, record, "created_by");
	for (size_t i = 0; i + owner.len <= name.len; i++)
		if (span_equal_nocase((struct span){ name.at + i, owner.len },
		                      owner))
			return true;
	return false;
}

bool token_passes(const struct json *record, const struct token_filter *f)
{
	return (!f->ended || token_state(record, f->now) != TOKEN_ACTIVE) &&
	       is_unused(record, f) &&
	       is_past(record, "created_at", f, f->age_days) &&
	       (f->owner.len == 0 || is_owned(record, f->owner));
}
