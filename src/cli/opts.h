/* SPDX-License-Identifier: MIT */
/* The command line as it was written, and the text of --help. */
#ifndef CLI_OPTS_H
#define CLI_OPTS_H

#include "base/err.h"

/* Values are those of argv and live as long; NULL where not given. */
struct opts {
	const char *endpoint, *region;
	const char *organization, *workspace;
	const char *api_key_file, *bearer_file;
	const char *profile, *audit;
	const char *cacert, *at;
	const char *pins[PINS_MAX + 1]; /* NULL behind the last */
	const char *timeout, *retries;
	bool list, all_members, self;
	bool revoke, dry_run, yes, ignore_missing, verify;
	bool json, quiet, verbose, help, version;
	int token_count;
	char **tokens; /* in argv, which is reordered for it */
};

/*
 * Reads the command line, options and TOKENs in any order, "--" before the
 * TOKENs if wanted. ERR_OPTION... An option that is unknown is only repeated in
 * the error where it cannot be a secret.
 */
bool opts_parse(struct opts *o, int argc, char **argv, struct err *e);

void opts_put_help(struct buf *out);

#endif
