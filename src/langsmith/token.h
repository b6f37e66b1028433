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

/* A member that is a time, in seconds since 1970; without an offset, in UTC. */
bool token_time(const struct json *record, const char *name, int64_t *seconds);

/* Whether it authenticates. */
enum token_state { TOKEN_ACTIVE, TOKEN_EXPIRED, TOKEN_REVOKED };

/* So many seconds since 1970. */
enum token_state token_state(const struct json *record, int64_t now);

/* Which tokens are meant, of those there are; all zeros: all of them. */
struct token_filter {
	int64_t now; /* in seconds since 1970 */
	bool ended; /* expired, or revoked */
	unsigned unused_days; /* not used for so long, nor made since */
	unsigned age_days;
	struct span owner; /* stands in created_by; case does not matter */
};

/* Whether all of it holds; what a record does not say does not hold. */
bool token_passes(const struct json *record, const struct token_filter *f);

/* Writes a member that is a string as UTF-8; nothing where it is none. */
void token_put_member(struct buf *out, const struct json *record,
                      const char *name);

#endif
