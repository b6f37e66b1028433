/* SPDX-License-Identifier: MIT */
/* The command that shows tokens. */
#ifndef CLI_LIST_H
#define CLI_LIST_H

#include "cli/report.h"
#include "langsmith/region.h"

/* Reports the tokens of a list as they come in; how it ended. */
enum exit_status list_run(struct api *a, enum list_whose whose,
                          struct report *report);

#endif
