/* SPDX-License-Identifier: MIT */
/* A token's record as a person reads it: whole, in short, or as a row. */
#ifndef CLI_RECORD_H
#define CLI_RECORD_H

#include "wire/json.h"

/*
 * Writes the fields of a record that patrm knows, in the order of the API's
 * schema, one `name: value` line each; null and absent ones are left out. All
 * of it is printable.
 */
void record_put_text(struct buf *out, const struct json *doc);

/* Writes likewise what tells a person which token it is, long values cut. */
void record_put_facts(struct buf *out, const struct json *record);

/* A table of tokens. */
struct record_table {
	size_t columns; /* that a line may have, 80 or more; 0: any number */
	bool owner; /* whose they are is shown, too */
	int64_t now; /* what has expired by then, in seconds since 1970 */
};

/*
 * Writes a line of it: id, short key and state, and as far as they fit when it
 * was last used, made, and expires, whose it is, and the description; where any
 * number fits, uncut. The heading, for no record.
 */
void record_put_row(struct buf *out, const struct json *record,
                    const struct record_table *table);

/* Writes one that is to be told from a few others, in 80 columns. */
void record_put_candidate(struct buf *out, const struct json *record);

#endif
