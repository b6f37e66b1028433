/* SPDX-License-Identifier: MIT */
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
#define CELL_BYTES 1024 /* hold the columns of any cell */

static void
put_one(struct buf *out, const struct json *doc, size_t value)
{
	struct span raw = json_raw(doc, value);

	if (!json_is_string(doc, value))
		json_put_ascii(out, raw);
	else
		while (raw.len > 0)
			fmt_printable_char(out, json_next_char(&raw));
}

/* A list of strings is what people read as `a, b`; the rest stays JSON. */
static void
put_value(struct buf *out, const struct json *doc, size_t value)
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

void
record_put_text(struct buf *out, const struct json *doc)
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
static struct span
fit(struct span text, size_t columns, size_t *used)
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
static size_t
put_cell(struct buf *out, const struct json *doc, size_t value, size_t columns)
{
	uint8_t bytes[CELL_BYTES];
	struct buf text = BUF_OVER(bytes);
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
	buf_span(out, fit(whole, columns - 3, &used));
	buf_text(out, "...");
	return used + 3;
}

void
record_put_facts(struct buf *out, const struct json *record)
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

void
record_put_row(struct buf *out, const struct json *record, bool owner)
{
	static const struct {
		const char *name, *heading;
		size_t columns;
	} cells[] = {
		{ "id", "ID", UUID_TEXT },
		{ "short_key", "SHORT KEY", 20 },
		{ "description", "DESCRIPTION", 22 },
		{ "created_by", "CREATED BY", 22 },
	};
	const size_t shown[] = { 0, 1, owner ? 3 : 2 };

	for (size_t i = 0; i < 3; i++) {
		size_t columns = cells[shown[i]].columns, used;

		if (record == NULL) {
			buf_text(out, cells[shown[i]].heading);
			used = span_of(cells[shown[i]].heading).len;
		} else {
			used = put_cell(
				out, record,
				json_member(record, 0, cells[shown[i]].name),
				columns);
		}
		while (i < 2 && used++ <= columns)
			buf_byte(out, ' ');
	}
	buf_byte(out, '\n');
}
