/* SPDX-License-Identifier: MIT */
/* The command that shows tokens. */
#include "cli/list.h"

static void report_record(void *report, const struct list_record *record)
{
	report_listed(report, record->json);
}

enum exit_status list_run(struct api *a, const struct list_choice *choice,
                          struct report *report)
{
	const struct list_reader reader = { .on_record = report_record,
		                            .context = report,
		                            .filter = &choice->filter,
		                            .once = true };
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
