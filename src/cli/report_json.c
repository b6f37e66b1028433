/* SPDX-License-Identifier: MIT */
/* Results as JSON for scripts: one object a line, in ASCII. */
#include "base/fmt.h"
#include "cli/report.h"

void report_put_json_head(struct buf *out, const char *member,
                          const struct target *t, const struct result *r)
{
	if (t != NULL) {
		fmt_put(out, "\"%s\":\"", member);
		target_put_name(out, t);
		buf_text(out, "\",");
	}
	if (t != NULL && target_short_key(t).len > 0) {
		buf_text(out, "\"short_key\":");
		fmt_json_string(out, target_short_key(t));
		buf_byte(out, ',');
	}
	fmt_put(out, "\"outcome\":\"%s\"",
	        r != NULL ? outcome_name(r->outcome) : "sending");
	if (r != NULL && r->http != 0)
		fmt_put(out, ",\"status\":%u", r->http);
}

static void put_result(struct buf *out, struct report *report,
                       const struct target *t, const struct result *r)
{
	const char *before = ",\"candidates\":[";
	const struct candidate *c =
		r->outcome == OUTCOME_AMBIGUOUS ? t->found.candidates : NULL;

	buf_byte(out, '{');
	report_put_json_head(out, "token", t, r);
	if (r->attempts != 0)
		fmt_put(out, ",\"attempts\":%u", r->attempts);
	for (; c != NULL; c = c->next) {
		fmt_put(out, "%s\"", before);
		uuid_put(out, &c->id);
		buf_text(out, c->next != NULL ? "\"" : "\"]");
		before = ",";
	}
	if (r->has_record) {
		buf_text(out, ",\"record\":");
		json_put_ascii(out, r->body);
	}
	if (r->err.code != ERR_NONE) {
		buf_text(out, ",\"error\":\"");
		report_put_sentence(out, report, r, fmt_json_char);
		buf_byte(out, '"');
	}
	buf_text(out, "}\n");
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

const struct report_form report_json = { true, put_result, put_listed };
