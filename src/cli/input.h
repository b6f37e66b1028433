/* SPDX-License-Identifier: MIT */
/* Lines of standard input, any number of them; and whole files. */
#ifndef CLI_INPUT_H
#define CLI_INPUT_H

#include "base/err.h"

/* The reader. All zeros is its start. The caller owns it. */
struct input {
	uint8_t line[RECORD_LINE_MAX];
	uint8_t chunk[INPUT_CHUNK];
	unsigned long number; /* of the line given last, from 1 */
	bool too_long; /* it had more than there may be, and was cut */
	bool ended;
	struct span rest; /* of what was read */
	size_t most; /* of the chunk was ever read: what there is to wipe */
	size_t longest; /* of the lines so far: likewise */
};

/*
 * The next line that is neither blank nor a # comment, without the blanks
 * around it; valid until the next call. It may have LINE_MAX_BYTES, or
 * RECORD_LINE_MAX where it begins with a brace. With wait false only what is
 * there already is read. False at the end, or with ERR_INPUT_READ or ERR_SIGNAL.
 */
bool input_next(struct input *in, bool wait, struct span *line, struct err *e);

/*
 * Reads all of a file, "-" for standard input, up to its end or the buf's, and
 * waits for it where it is a pipe. ERR_FILE_OPEN, ERR_FILE_READ or ERR_SIGNAL.
 * Returns what it is called.
 */
const char *input_read_file(const char *path, struct buf *into, struct err *e);

/* The same of one that is open, and stays so; the name is for the error. */
bool input_read_all(int file, struct buf *into, const char *name,
                    struct err *e);

/* What is behind the UTF-8 byte order mark, if the text begins with one. */
struct span input_skip_mark(struct span text);

/* Wipes all that was read: there may be secrets in it. */
void input_wipe(struct input *in);

#endif
