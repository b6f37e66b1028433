/* SPDX-License-Identifier: MIT */
/* All TOKENs, block by block: look up, ask, delete, prove, tell. */
#ifndef CLI_BATCH_H
#define CLI_BATCH_H

#include "cli/audit.h"
#include "cli/input.h"
#include "cli/opts.h"
#include "cli/proof.h"
#include "cli/report.h"

#define EXIT_SIGNAL 128 /* and the signal's number */

/* The caller owns it; what is not set before batch_run is zeros. */
struct batch {
	struct api *api;
	const struct opts *opts;
	bool may_ask_input; /* nothing else reads standard input */
	struct audit audit;
	struct report report;
	struct input input;
	struct block block;

	int next_argument;
	bool reading; /* standard input, and not the arguments */
	bool has_line; /* there was a TOKEN on it */
	struct err input_err;
	unsigned told_after_stop; /* lines read since a signal */
	unsigned long known; /* TOKENs read so far */
	/* What may be the token that authenticates: for the very end. */
	size_t held_count;
	struct pick held[CANDIDATES_MAX];

	unsigned long counted;
	int status; /* of all so far: one that they share, or 9 */
	bool unknown; /* of one it is unknown whether it is gone */
	struct err stop; /* why the rest is not tried */
	int stop_status; /* and their exit status */
};

/* Does what the options ask for; returns the exit status. */
int batch_run(struct batch *b);

#endif
