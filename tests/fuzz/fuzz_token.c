/* SPDX-License-Identifier: MIT */
/* Fuzzes langsmith/token and cli/record: whose it is, what of it is shown. */
#include "cli/record.h"
#include "fuzz/fuzz.h"
#include "langsmith/token.h"

#define TOKENS 2048
#define TEXT_CAP 131072

static const struct uuid asked = { { 0x11, 0x11, 0x11, 0x11, 0x22, 0x22, 0x43,
	                             0x33, 0x84, 0x44, 0x55, 0x55, 0x55, 0x55,
	                             0x55, 0x55 } };

static const char *const names[] = {
	"id",         "short_key",       "description",
	"created_at", "read_only",       "last_used_at",
	"expires_at", "workspace_names", "default_workspace_name",
	"role_id",    "org_role_id",     "access_scope",
	"revoked_at", "created_by",
};
#define NAMES (sizeof(names) / sizeof(names[0]))

static enum token_identity identify(struct json *doc, struct span text,
                                    struct uuid *found)
{
	static jsmntok_t tokens[TOKENS];
	enum json_verdict verdict = json_parse(doc, text, tokens, TOKENS);

	return verdict == JSON_BAD ? TOKEN_NONE
	                           : token_identify(doc, verdict != JSON_DONE,
	                                            &asked, found);
}

/* How many members have that name, or one that reads the same. */
static size_t count_members(const struct json *doc, const char *name,
                            size_t *value)
{
	size_t count = 0;

	for (size_t i = 1; i < doc->count; i++) {
		uint8_t bytes[64];
		struct buf out = BUF_OVER(bytes);

		if (doc->token[i].parent != 0)
			continue;
		json_put_string(&out, doc, i);
		if (out.failed || !span_equal(buf_written(&out), span_of(name)))
			continue;
		*value = i + 1;
		count++;
	}
	return count;
}

/* SAME and OTHER: there is one id, and it is that one. */
static void check_identity(const struct json *doc, enum token_identity identity,
                           const struct uuid *found)
{
	uint8_t bytes[UUID_TEXT], text[UUID_TEXT];
	struct buf out = BUF_OVER(bytes), want = BUF_OVER(text);
	size_t value = 0;

	CHECK(json_is_object(doc, 0));
	CHECK(count_members(doc, "id", &value) == 1);
	CHECK(json_is_string(doc, value));
	json_put_string(&out, doc, value);
	uuid_put(&want, found);
	CHECK(!out.failed && out.len == UUID_TEXT);
	CHECK(span_equal_nocase(buf_written(&out), buf_written(&want)));
	CHECK((identity == TOKEN_SAME) == uuid_equal(found, &asked));
}

/*
 * Of a whole record: torn anywhere, it is not mistaken for another's. Within the
 * id of another's it is none already.
 */
static void check_torn(struct span text, enum token_identity whole)
{
	enum token_identity before = TOKEN_UNSAID, now;
	size_t step = 1 + text.len / 600;

	for (size_t i = 0; i < text.len; i += step, before = now) {
		uint8_t *copy = malloc(i + (i == 0));
		struct json doc;
		struct uuid found;

		CHECK(copy != NULL);
		memcpy(copy, text.at, i);
		now = identify(&doc, (struct span){ copy, i }, &found);
		CHECK(now == whole || now == TOKEN_UNSAID ||
		      (now == TOKEN_NONE && whole == TOKEN_OTHER));
		CHECK(before == TOKEN_UNSAID || now == before ||
		      (before == TOKEN_NONE && now == whole));
		if (now == whole)
			check_identity(&doc, now, &found);
		free(copy);
	}
}

/* One printable line for each member that is known, there and not null. */
static void check_lines(const struct json *doc, struct span shown)
{
	struct span line;

	for (size_t i = 0; i < NAMES; i++) {
		size_t value = 0, name = strlen(names[i]);

		if (count_members(doc, names[i], &value) == 0 ||
		    json_is_null(doc, value))
			continue;
		CHECK(span_cut(&shown, '\n', &line) && shown.at != NULL);
		CHECK(fuzz_begins(line, span_of(names[i])));
		line = span_skip(line, name);
		CHECK(fuzz_begins(line, SPAN(": ")));
		line = span_skip(line, 2);
		CHECK(fuzz_is_printable(line));
		if (json_is_string(doc, value) &&
		    fuzz_is_printable(json_raw(doc, value)) &&
		    memchr(json_raw(doc, value).at, '\\',
		           json_raw(doc, value).len + 1) == NULL)
			CHECK(span_equal(line, json_raw(doc, value)));
	}
	CHECK(shown.len == 0);
}

/* Printed as JSON and read again, it is about the same token. */
static void check_print(const struct json *doc, enum token_identity identity,
                        struct span shown)
{
	static uint8_t ascii[TEXT_CAP], text[TEXT_CAP];
	struct buf out = BUF_OVER(ascii), again = BUF_OVER(text);
	struct json printed;
	struct uuid found;

	json_put_ascii(&out, doc->text);
	CHECK(!out.failed);
	CHECK(identify(&printed, buf_written(&out), &found) == identity);
	record_put_text(&again, &printed);
	CHECK(!again.failed && span_equal(buf_written(&again), shown));
	again = (struct buf){ .at = text, .cap = shown.len - 1 };
	record_put_text(&again, &printed);
	CHECK(again.failed && again.len <= again.cap);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static uint8_t bytes[TEXT_CAP];
	struct buf shown = BUF_OVER(bytes);
	struct span text = { data, size };
	enum token_identity identity;
	struct json doc;
	struct json_check check = { 0 };
	struct uuid found;

	if (size > TEXT_CAP / 12)
		return 0;
	identity = identify(&doc, text, &found);
	if (identity != TOKEN_SAME && identity != TOKEN_OTHER)
		return 0;
	check_identity(&doc, identity, &found);
	if (json_check_feed(&check, text) != JSON_DONE || doc.count == TOKENS)
		return 0;
	record_put_text(&shown, &doc);
	CHECK(!shown.failed);
	check_lines(&doc, buf_written(&shown));
	check_print(&doc, identity, buf_written(&shown));
	check_torn(text, identity);
	return 0;
}
