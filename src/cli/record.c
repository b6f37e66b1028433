/* SPDX-License-Identifier: MIT */
/* A token's record as a person reads it: whole, in short, or as a row. */
#include "cli/record.h"

#include <string.h>

#include "base/fmt.h"
#include "langsmith/token.h"

/* Names of members, an empty one at the end. */
static const char fields[] = "id\0short_key\0description\0created_at\0"
			     "read_only\0last_used_at\0expires_at\0"
			     "workspace_names\0default_workspace_name\0"
			     "role_id\0org_role_id\0access_scope\0"
			     "revoked_at\0created_by\0";

/* What a person decides by, in this order. */
static const char facts[] = "short_key\0description\0created_by\0created_at\0"
			    "last_used_at\0expires_at\0revoked_at\0"
			    "workspace_names\0id\0";

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
	size_t i = JSON_NONE;

	if (!json_is_array(doc, value))
		put_one(out, doc, value);
	else
		while ((i = json_element(doc, value, i)) != JSON_NONE) {
			buf_text(out, between);
			put_one(out, doc, i);
			between = ", ";
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

/* Whether it says that this has not happened yet, or never will. */
static bool is_never(const struct json *doc, const char *name)
{
	return json_is_null(doc, json_member(doc, 0, name)) &&
	       (strcmp(name, "last_used_at") == 0 ||
	        strcmp(name, "expires_at") == 0);
}

/* A member in at most so many columns; returns how many it has taken. */
static size_t put_cell(struct buf *out, const struct json *doc,
                       const char *name, size_t columns)
{
	BUF_ON_STACK(text, CELL_BYTES);
	struct span whole;
	size_t value = JSON_NONE, used;

	if (json_has(doc, 0, name, &value))
		put_value(&text, doc, value);
	else if (is_never(doc, name))
		buf_text(&text, "never");
	if (columns == UNCUT && text.failed) {
		put_value(out, doc, value);
		return CELL_BYTES;
	}
	whole = buf_written(&text);
	if (text.failed || fit(whole, columns, &used).len < whole.len) {
		buf_span(out, fit(whole, columns - 3, &used));
		buf_text(out, "...");
		return used + 3;
	}
	buf_span(out, whole);
	return used;
}

/* Those of the names that say something, each value in so many columns. */
static void put_members(struct buf *out, const struct json *doc,
                        const char *names, size_t columns)
{
	size_t value;

	for (; *names != '\0'; names = span_nth(names, 1)) {
		if (!json_has(doc, 0, names, &value) &&
		    (columns == UNCUT || !is_never(doc, names)))
			continue;
		fmt_put(out, "%s: ", names);
		put_cell(out, doc, names, columns);
		buf_byte(out, '\n');
	}
}

void record_put_text(struct buf *out, const struct json *doc)
{
	put_members(out, doc, fields, UNCUT);
}

void record_put_facts(struct buf *out, const struct json *record)
{
	put_members(out, record, facts, FACT_COLUMNS);
}

/* --- Tables --- */

enum { COLUMN_STATE = 2, COLUMN_DATES = 3, COLUMN_OWNER = 6 };

static const struct {
	char member[16], heading[16];
	uint16_t least, most; /* columns that it takes */
} columns[] = {
	{ "id", "ID", UUID_TEXT, UUID_TEXT },
	{ "short_key", "SHORT KEY", 20, 20 },
	{ "revoked_at", "STATE", 7, 21 },
	{ "last_used_at", "LAST USED", 10, 10 },
	{ "created_at", "CREATED", 10, 10 },
	{ "expires_at", "EXPIRES", 10, 10 },
	{ "created_by", "CREATED BY", 11, UUID_TEXT },
	{ "description", "DESCRIPTION", 11, CELL_BYTES / 4 },
};

#define COLUMN_COUNT (sizeof(columns) / sizeof(columns[0]))
#define WIDE 90 /* has room for since when a token is revoked, and its use */

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
	const char *name = columns[i].member;
	int64_t date;

	if (i == COLUMN_STATE)
		return put_state(out, doc, now);
	if (i < COLUMN_DATES || i >= COLUMN_OWNER ||
	    !token_time(doc, name, &date))
		return put_cell(out, doc, name, most);
	fmt_date(out, date);
	return 10;
}

void record_put_row(struct buf *out, const struct json *record,
                    const struct record_table *table)
{
	bool all = table->columns == 0;
	bool narrow = !all && table->columns < WIDE;
	/* Of the line, and a blank behind it; of the column before. */
	size_t left = all ? UNCUT : table->columns + 1, wide = 0, used = 0;

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
		buf_text(out, columns[i].heading);
		used = strlen(columns[i].heading);
	}
	buf_byte(out, '\n');
}

void record_put_candidate(struct buf *out, const struct json *record)
{
	put_cell(out, record, "id", UUID_TEXT);
	buf_byte(out, ' ');
	for (size_t used = put_cell(out, record, "short_key", 20); used <= 20;
	     used++)
		buf_byte(out, ' ');
	put_cell(out, record, "description", 22);
	buf_byte(out, '\n');
}
