/* SPDX-License-Identifier: MIT */
/* Results as JSON for scripts: one object a line, in ASCII. */
#include "base/fmt.h"
#include "cli/report.h"

static void
put_member(struct buf *out, const char *name)
{
	buf_text(out, ",\"");
	buf_text(out, name);
	buf_text(out, "\":");
}

static void
put_number(struct buf *out, const char *name, unsigned value)
{
	if (value == 0)
		return;
	put_member(out, name);
	fmt_uint(out, value);
}

static void
put_outcome(struct buf *out, const struct result *r)
{
	buf_text(out, "\"outcome\":");
	fmt_json_string(out, span_of(outcome_name(r->outcome)));
	put_number(out, "status", r->http);
	put_number(out, "attempts", r->attempts);
}

static void
put_error(struct buf *out, struct report *report, const struct result *r)
{
	if (r->err.code != ERR_NONE) {
		put_member(out, "error");
		buf_byte(out, '"');
		report_put_sentence(out, report, r, fmt_json_char);
		buf_byte(out, '"');
	}
	buf_text(out, "}\n");
}

static void
put_candidates(struct buf *out, const struct candidate *c)
{
	put_member(out, "candidates");
	for (const char *between = "["; c != NULL; c = c->next) {
		buf_text(out, between);
		buf_byte(out, '"');
		uuid_put(out, &c->id);
		buf_byte(out, '"');
		between = ",";
	}
	buf_byte(out, ']');
}

static void
put_result(struct buf *out, struct report *report, const struct target *t,
           const struct result *r)
{
	struct span short_key = target_short_key(t);
	uint8_t text[UUID_TEXT];
	struct buf name = BUF_OVER(text);

	target_put_name(&name, t);
	buf_text(out, "{\"token\":");
	fmt_json_string(out, buf_written(&name));
	if (short_key.len > 0) {
		put_member(out, "short_key");
		fmt_json_string(out, short_key);
	}
	buf_byte(out, ',');
	put_outcome(out, r);
	if (r->outcome == OUTCOME_AMBIGUOUS && t->candidates != NULL)
		put_candidates(out, t->candidates);
	if (r->has_record) {
		put_member(out, "record");
		json_put_ascii(out, r->body);
	}
	put_error(out, report, r);
}

static void
put_listed(struct buf *out, struct report *report, const struct json *record)
{
	(void)report;
	if (record == NULL)
		return;
	json_put_ascii(out, record->text);
	buf_byte(out, '\n');
}

static void
put_list_error(struct buf *out, struct report *report, const struct result *r)
{
	buf_byte(out, '{');
	put_outcome(out, r);
	put_error(out, report, r);
}

const struct report_form report_json = {
	.takes_all = true,
	.put_result = put_result,
	.put_listed = put_listed,
	.put_list_error = put_list_error,
};
