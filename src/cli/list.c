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

	report->owner = whose == LIST_MEMBERS;
	report_list_begin(report);
	if (region_find(a, &r))
		list_read(a, whose, &reader, deadline_in(a->settings->timeout),
		          &r);
	return report_list_end(report, &r) || r.status != EXIT_DONE
	               ? r.status
	               : EXIT_REFUSED;
}
