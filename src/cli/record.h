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

/*
 * Writes a line of a table that fits 80 columns: id, short key, and what is
 * cut to fit, the description or whose it is. The heading, for no record.
 */
void record_put_row(struct buf *out, const struct json *record, bool owner);

#endif
