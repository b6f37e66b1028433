/* SPDX-License-Identifier: MIT */
/* Outcomes to text and JSON lines; the only file that prints. */
#ifndef CLI_REPORT_H
#define CLI_REPORT_H

#include "langsmith/api.h"

/* How results are told. */
struct report {
	bool json;
	bool quiet; /* no text results */
	bool begun; /* a text result stands on standard output already */
};

/*
 * Tells what became of the TOKEN that is called `name`, on standard output
 * where it is a result, on standard error where it is an error. A deletion
 * that cannot be told on standard output becomes status 8 in *r.
 */
void report_result(struct report *how, struct span name, struct api_result *r);

/* One line on standard error for what concerns no single TOKEN. */
void report_error(const struct err *e);

/* A line of --verbose, on standard error; for struct client. */
void report_line(struct span line);

/* The text of --help or --version; false where it cannot be written. */
bool report_text(void (*put)(struct buf *out));

#endif
