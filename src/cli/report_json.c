/* SPDX-License-Identifier: MIT */
/* Results as JSON for scripts: one object a line, in ASCII. */
#include "base/fmt.h"
#include "cli/report.h"

static void put_outcome(struct buf *out, const struct result *r)
{
	fmt_put(out, "\"outcome\":\"%s\"", outcome_name(r->outcome));
	if (r->http != 0)
		fmt_put(out, ",\"status\":%u", r->http);
	if (r->attempts != 0)
		fmt_put(out, ",\"attempts\":%u", r->attempts);
}

static void put_error(struct buf *out, struct report *report,
                      const struct result *r)
{
	if (r->err.code != ERR_NONE) {
		buf_text(out, ",\"error\":\"");
		report_put_sentence(out, report, r, fmt_json_char);
		buf_byte(out, '"');
	}
	buf_text(out, "}\n");
}

void report_put_json_name(struct buf *out, const char *member,
                          const struct target *t)
{
	struct span short_key = target_short_key(t);

	fmt_put(out, "\"%s\":\"", member);
	target_put_name(out, t);
	buf_byte(out, '"');
	if (short_key.len > 0) {
		buf_text(out, ",\"short_key\":");
		fmt_json_string(out, short_key);
	}
}

static void put_result(struct buf *out, struct report *report,
                       const struct target *t, const struct result *r)
{
	const struct candidate *c =
		r->outcome == OUTCOME_AMBIGUOUS ? t->found.candidates : NULL;

	buf_byte(out, '{');
	report_put_json_name(out, "token", t);
	buf_byte(out, ',');
	put_outcome(out, r);
	for (const char *before = ",\"candidates\":["; c; c = c->next) {
		fmt_put(out, "%s\"", before);
		uuid_put(out, &c->id);
		buf_text(out, c->next != NULL ? "\"" : "\"]");
		before = ",";
	}
	if (r->has_record) {
		buf_text(out, ",\"record\":");
		json_put_ascii(out, r->body);
	}
	put_error(out, report, r);
}

static void put_listed(struct buf *out, struct report *report,
                       const struct json *record)
{
	(void)report;
	if (record == NULL)
		return;
	json_put_ascii(out, record->text);
	buf_byte(out, '\n');
}

static void put_list_error(struct buf *out, struct report *report,
                           const struct result *r)
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
