/* SPDX-License-Identifier: MIT */
/* Text to a file of the process, in pieces, without dying or blocking. */
#ifndef CLI_OUTPUT_H
#define CLI_OUTPUT_H

#include "base/buf.h"
#include "base/limits.h"

/* A writer that hands over what it has when it is full. */
struct output {
	struct buf buf;
	int file;
	int error; /* errno of the write that failed */
	uint8_t text[REPORT_CHUNK];
};

/* Sets it up; it must not be moved or copied then. */
void output_begin(struct output *o, int file);

/* Hands over what is left; false, and errno, if anything was not written. */
bool output_end(struct output *o);

/*
 * Writes all of it. Waits as long as nobody reads, until a signal asks patrm to
 * stop: false with EINTR then; with another errno where it cannot be written.
 */
bool output_write(int file, struct span bytes);

#endif
