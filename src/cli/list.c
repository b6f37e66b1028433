/* SPDX-License-Identifier: MIT */
#include "cli/list.h"

static void
report_record(void *report, const struct list_record *record)
{
	report_listed(report, record->json);
}

enum exit_status
list_run(struct api *a, enum list_whose whose, struct report *report)
{
	const struct list_reader reader = { .on_record = report_record,
		                            .context = report,
		                            .once = true };
	struct result r;
	bool written;

	report->owner = whose == LIST_MEMBERS;
	report_list_begin(report);
	list_read(a, whose, &reader, deadline_in(a->settings->timeout), &r);
	written = report_list_end(report, &r);
	return r.status == EXIT_DONE && !written ? EXIT_REFUSED : r.status;
}
