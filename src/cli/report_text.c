/* SPDX-License-Identifier: MIT */
/* Results as text for people. */
#include "base/fmt.h"
#include "cli/record.h"
#include "cli/report.h"

static void put_result(struct buf *out, struct report *report,
                       const struct target *t, const struct result *r)
{
	struct json record;

	fmt_put(out, "%soutcome: %s\n", report->begun ? "\n" : "",
	        outcome_name(r->outcome));
	report->begun = true;
	if (r->has_record) {
		json_parse(&record, r->body, report->tokens, JSON_TOKENS_MAX);
		record_put_text(out, &record);
		return;
	}
	buf_text(out, "id: ");
	target_put_name(out, t);
	buf_byte(out, '\n');
}

/* Not before there is something, or nothing for sure. */
static void put_listed(struct buf *out, struct report *report,
                       const struct json *record)
{
	if (!report->begun)
		record_put_row(out, NULL, &report->table);
	report->begun = true;
	if (record != NULL)
		record_put_row(out, record, &report->table);
}

const struct report_form report_text = { false, put_result, put_listed };

/* The id, or the place; and what a person knows the token by. */
static void put_name(struct buf *out, const struct target *t)
{
	buf_text(out, "patrm: ");
	if (t == NULL)
		return;
	target_put_name(out, t);
	if (target_short_key(t).len > 0) {
		buf_text(out, " (");
		fmt_printable(out, target_short_key(t));
		buf_byte(out, ')');
	}
	buf_text(out, ": ");
}

void report_put_error(struct buf *out, struct report *report,
                      const struct target *t, const struct result *r)
{
	struct json record;

	put_name(out, t);
	report_put_sentence(out, report, r, fmt_printable_char);
	buf_byte(out, '\n');
	if (r->outcome != OUTCOME_AMBIGUOUS)
		return;
	for (const struct candidate *c = t->found.candidates; c; c = c->next) {
		put_name(out, t);
		json_parse(&record, c->record, report->tokens, JSON_TOKENS_MAX);
		record_put_candidate(out, &record);
	}
}
