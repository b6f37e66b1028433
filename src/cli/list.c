/* SPDX-License-Identifier: MIT */
/* The command that shows tokens. */
#include "cli/list.h"

struct listing {
	const struct token_filter *filter;
	struct report *report;
};

static void report_record(void *listing, const struct list_record *record)
{
	const struct listing *l = listing;

	if (token_passes(record->json, l->filter))
		report_listed(l->report, record->json);
}

enum exit_status list_run(struct api *a, const struct list_choice *choice,
                          struct report *report)
{
	struct listing l = { &choice->filter, report };
	const struct list_reader reader = { NULL, report_record, &l, true };
	struct result r;

	report->table.owner = choice->whose == LIST_MEMBERS;
	report->table.now = choice->filter.now;
	report_list_begin(report);
	if (region_find(a, &r))
		list_read(a, choice->whose, &reader,
		          deadline_in(a->settings->timeout), &r);
	return report_list_end(report, &r) || r.status != EXIT_DONE
	               ? r.status
	               : EXIT_REFUSED;
}
