/* SPDX-License-Identifier: MIT */
/* APIKeyGetResponse, the record of a personal access token: check and print. */
#ifndef LANGSMITH_TOKEN_H
#define LANGSMITH_TOKEN_H

#include "wire/json.h"
#include "wire/uuid.h"

/*
 * Whether a text begins like a key (lsv2_, ls__) or a bearer token (a JWT): it
 * must not be repeated anywhere, whatever it was meant for.
 */
bool token_looks_secret(struct span text);

/* What a record says about which token it is. */
enum token_identity {
	TOKEN_SAME, /* its id is the one asked for */
	TOKEN_OTHER, /* its id is another one */
	TOKEN_UNSAID, /* torn before its id */
	TOKEN_NONE, /* no record at all, or an ambiguous one */
};

/*
 * Compares the outermost value of doc with the id asked for. Torn documents
 * may be given; the id that was found goes to *found with TOKEN_OTHER.
 */
enum token_identity token_identify(const struct json *doc, bool torn,
                                   const struct uuid *asked,
                                   struct uuid *found);

/*
 * Writes the fields of a record that patrm knows, in the order of the API's
 * schema, one `name: value` line each; null and absent ones are left out. All
 * of it is printable.
 */
void token_put_text(struct buf *out, const struct json *doc);

#endif
