/* SPDX-License-Identifier: MIT */
/* The file of --audit: what was sent and how it ended, on disk at once. */
#ifndef CLI_AUDIT_H
#define CLI_AUDIT_H

#include "deletion/target.h"

/* The file, or none where path is NULL. The caller owns the path. */
struct audit {
	const char *path;
	int file;
	bool torn; /* the last line has no end */
};

/*
 * Opens the file for appending, and makes it if need be. ERR_FILE_OPEN. Where its
 * last line has no end, by a full disk perhaps, the next one goes below it.
 */
bool audit_open(struct audit *a, const char *path, struct err *e);

/*
 * Appends a JSON line and waits until it is on disk: that a deletion is about
 * to be sent (r is NULL), or how it ended. ERR_FILE_WRITE.
 */
bool audit_note(struct audit *a, const struct target *t, const struct result *r,
                struct err *e);

#endif
