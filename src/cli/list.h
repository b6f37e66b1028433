/* SPDX-License-Identifier: MIT */
/* The command that shows tokens. */
#ifndef CLI_LIST_H
#define CLI_LIST_H

#include "cli/report.h"
#include "langsmith/region.h"

/* Which tokens are shown. */
struct list_choice {
	enum list_whose whose;
	struct token_filter filter;
};

/* Reports these tokens as they come in; how the list ended. */
enum exit_status list_run(struct api *a, const struct list_choice *choice,
                          struct report *report);

#endif
