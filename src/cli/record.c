/* SPDX-License-Identifier: MIT */
/* A token's record as a person reads it: whole, in short, or as a row. */
#include "cli/record.h"

#include <string.h>

#include "base/fmt.h"
#include "langsmith/token.h"

static const char *const fields[] = {
	"id",         "short_key",       "description",
	"created_at", "read_only",       "last_used_at",
	"expires_at", "workspace_names", "default_workspace_name",
	"role_id",    "org_role_id",     "access_scope",
	"revoked_at", "created_by",
};

/* What a person decides by, in this order. */
static const char *const facts[] = {
	"short_key",  "description",     "created_by",
	"created_at", "last_used_at",    "expires_at",
	"revoked_at", "workspace_names", "id",
};

#define FACT_COLUMNS 200 /* of a value; more would push the others away */
#define CELL_BYTES 4096 /* hold the columns of any cell */
#define UNCUT SIZE_MAX /* columns */

static void put_one(struct buf *out, const struct json *doc, size_t value)
{
	struct span raw = json_raw(doc, value);

	if (!json_is_string(doc, value))
		json_put_ascii(out, raw);
	else
		while (raw.len > 0)
			fmt_printable_char(out, json_next_char(&raw));
}

/* A list of strings is what people read as `a, b`; the rest stays JSON. */
static void put_value(struct buf *out, const struct json *doc, size_t value)
{
	const char *between = "";

	if (!json_is_array(doc, value)) {
		put_one(out, doc, value);
		return;
	}
	for (size_t i = json_element(doc, value, JSON_NONE); i != JSON_NONE;
	     i = json_element(doc, value, i)) {
		buf_text(out, between);
		put_one(out, doc, i);
		between = ", ";
	}
}

void record_put_text(struct buf *out, const struct json *doc)
{
	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
		size_t value;

		if (!json_has(doc, 0, fields[i], &value))
			continue;
		fmt_put(out, "%s: ", fields[i]);
		put_value(out, doc, value);
		buf_byte(out, '\n');
	}
}

/* How much of printable text fits in so many columns; *used are taken. */
static struct span fit(struct span text, size_t columns, size_t *used)
{
	struct span rest = text;

	*used = 0;
	while (rest.len > 0) {
		struct span next = rest;
		uint32_t cp = utf8_next(&next);
		size_t wide = fmt_columns(cp);

		if (cp == UTF8_INVALID || *used + wide > columns)
			break;
		*used += wide;
		rest = next;
	}
	return (struct span){ text.at, text.len - rest.len };
}

/* A value in at most so many columns; returns how many it has taken. */
static size_t put_cell(struct buf *out, const struct json *doc, size_t value,
                       size_t columns)
{
	BUF_ON_STACK(text, CELL_BYTES);
	struct span whole, fits;
	size_t used;

	if (value != JSON_NONE && !json_is_null(doc, value))
		put_value(&text, doc, value);
	whole = buf_written(&text);
	fits = fit(whole, columns, &used);
	if (!text.failed && fits.len == whole.len) {
		buf_span(out, whole);
		return used;
	}
	if (columns == UNCUT) {
		put_value(out, doc, value);
		return CELL_BYTES;
	}
	buf_span(out, fit(whole, columns - 3, &used));
	buf_text(out, "...");
	return used + 3;
}

void record_put_facts(struct buf *out, const struct json *record)
{
	for (size_t i = 0; i < sizeof(facts) / sizeof(facts[0]); i++) {
		size_t value = json_member(record, 0, facts[i]);
		bool null = value != JSON_NONE && json_is_null(record, value);
		bool never = strcmp(facts[i], "last_used_at") == 0 ||
		             strcmp(facts[i], "expires_at") == 0;

		if (value == JSON_NONE || (null && !never))
			continue;
		fmt_put(out, "%s: %s", facts[i], null ? "never" : "");
		put_cell(out, record, value, FACT_COLUMNS);
		buf_byte(out, '\n');
	}
}

/* --- Tables --- */

enum { COLUMN_STATE = 2, COLUMN_DATES = 3, COLUMN_OWNER = 6 };

/* X(member, heading, the least and the most columns that it takes). */
#define COLUMNS(X) \
	X("id", "ID", UUID_TEXT, UUID_TEXT) \
	X("short_key", "SHORT KEY", 20, 20) \
	X("revoked_at", "STATE", 7, 21) \
	X("last_used_at", "LAST USED", 10, 10) \
	X("created_at", "CREATED", 10, 10) \
	X("expires_at", "EXPIRES", 10, 10) \
	X("created_by", "CREATED BY", 11, UUID_TEXT) \
	X("description", "DESCRIPTION", 11, CELL_BYTES / 4)

#define X(member, heading, least, most) { least, most },
static const struct {
	uint16_t least, most;
} columns[] = { COLUMNS(X) };
#undef X
#define X(member, heading, least, most) member "\0" heading "\0"
static const char column_texts[] = COLUMNS(X);
#undef X

#define COLUMN_COUNT (sizeof(columns) / sizeof(columns[0]))
#define WIDE 90 /* has room for since when a token is revoked, and its use */

/* A date, or what stands in its place, in at most so many columns. */
static size_t put_date(struct buf *out, const struct json *doc,
                       const char *name, size_t most)
{
	size_t value = json_member(doc, 0, name);
	int64_t seconds;

	if (token_time(doc, name, &seconds)) {
		fmt_date(out, seconds);
		return 10;
	}
	if (value == JSON_NONE || !json_is_null(doc, value) ||
	    strcmp(name, "created_at") == 0)
		return put_cell(out, doc, value, most);
	buf_text(out, "never");
	return 5;
}

static size_t put_state(struct buf *out, const struct json *doc, int64_t now)
{
	enum token_state state = token_state(doc, now);
	const char *word = span_nth("active\0expired\0revoked", state);
	int64_t since;

	buf_text(out, word);
	if (state != TOKEN_REVOKED || !token_time(doc, "revoked_at", &since))
		return span_of(word).len;
	buf_text(out, " on ");
	fmt_date(out, since);
	return columns[COLUMN_STATE].most;
}

static size_t put_column(struct buf *out, const struct json *doc, size_t i,
                         size_t most, int64_t now)
{
	const char *name = span_nth(column_texts, 2 * i);

	if (i == COLUMN_STATE)
		return put_state(out, doc, now);
	if (i >= COLUMN_DATES && i < COLUMN_OWNER)
		return put_date(out, doc, name, most);
	return put_cell(out, doc, json_member(doc, 0, name), most);
}

void record_put_row(struct buf *out, const struct json *record,
                    const struct record_table *table)
{
	bool all = table->columns == 0;
	bool narrow = !all && table->columns < WIDE;
	/* Of the line, and a blank behind it; of the column before. */
	size_t left = all ? UNCUT : table->columns + 1, wide = 0, used = 0;
	struct span heading;

	for (size_t i = 0; i < COLUMN_COUNT; i++) {
		size_t most = i == COLUMN_STATE && narrow ? columns[i].least
		                                          : columns[i].most;

		if (i == COLUMN_OWNER && !table->owner)
			continue;
		if (columns[i].least >= left || (narrow && used > wide))
			break;
		if (i > 0)
			do
				buf_byte(out, ' ');
			while (used++ < wide);
		wide = most < left ? most : left - 1;
		left -= all ? 0 : wide + 1;
		if (record != NULL) {
			used = put_column(out, record, i, all ? UNCUT : wide,
			                  table->now);
			continue;
		}
		heading = span_of(span_nth(column_texts, 2 * i + 1));
		buf_span(out, heading);
		used = heading.len;
	}
	buf_byte(out, '\n');
}

void record_put_candidate(struct buf *out, const struct json *record)
{
	size_t id = json_member(record, 0, "id");
	size_t key = json_member(record, 0, "short_key"), used;

	put_cell(out, record, id, UUID_TEXT);
	buf_byte(out, ' ');
	for (used = put_cell(out, record, key, 20); used <= 20; used++)
		buf_byte(out, ' ');
	put_cell(out, record, json_member(record, 0, "description"), 22);
	buf_byte(out, '\n');
}
