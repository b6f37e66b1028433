/* SPDX-License-Identifier: MIT */
/* APIKeyGetResponse, the record of a personal access token: which one it is. */
#ifndef LANGSMITH_TOKEN_H
#define LANGSMITH_TOKEN_H

#include "wire/json.h"
#include "wire/uuid.h"

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

/* The id of a whole record; false where it is none, or is ambiguous. */
bool token_id(const struct json *record, struct uuid *id);

/* Writes a member that is a string as UTF-8; nothing where it is none. */
void token_put_member(struct buf *out, const struct json *record,
                      const char *name);

#endif
