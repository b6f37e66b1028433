/* SPDX-License-Identifier: MIT */
/* The command that deletes, or revokes: look up, ask, change, prove, report. */
#ifndef CLI_DELETE_H
#define CLI_DELETE_H

#include "cli/audit.h"
#include "cli/report.h"
#include "cli/source.h"
#include "deletion/confirmation.h"

/* The caller owns it; all zeros, but for the audit, is its start. */
struct deletion {
	struct source source;
	const struct options *options;
	struct report *report;
	struct audit audit;
	unsigned long known; /* TOKENs read so far */
	struct result stop; /* how the rest ends, once it is not tried */
	/* Why the audit lacks the end of a change, or none. */
	struct err unnoted;
	bool audit_stops; /* that it cannot be written is what stops */
	bool unnoted_told; /* by that, of a TOKEN that is not tried */
	/* What may be the token that authenticates: for the very end. */
	size_t held_count;
	struct held {
		struct target target; /* its secret is the bytes here */
		uint8_t secret[KEY_TEXT_MAX];
	} held[CANDIDATES_MAX];
	struct batch batch;
};

/* Does it; returns the exit status. The secret, if any, authenticates. */
enum exit_status delete_run(struct deletion *d, struct api *a,
                            struct span secret);

/* Wipes what it has read. */
void delete_wipe(struct deletion *d);

#endif
