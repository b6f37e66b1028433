/* SPDX-License-Identifier: MIT */
/* A request to the LangSmith API, and the attempts that it gets. */
#ifndef LANGSMITH_ATTEMPT_H
#define LANGSMITH_ATTEMPT_H

#include "net/client.h"
#include "wire/json.h"
#include "wire/uuid.h"

/* An organization or a workspace that requests are about. */
struct api_scope {
	bool given;
	struct uuid id;
};

/* How requests authenticate and whom they speak for. */
struct api_identity {
	bool bearer; /* secret is a bearer token, else an API key */
	size_t secret_len;
	uint8_t secret[SECRET_MAX];
	struct api_scope organization, workspace;
};

/* The API at one server. The caller owns it and all that it points to. */
struct api {
	struct client client;
	const struct api_identity *identity;
	const char *user_agent;
	int64_t timeout; /* milliseconds for one operation, all included */
	unsigned retries;
	bool missing_is_done; /* 404 counts as done */

	uint8_t request[REQUEST_MAX];
	uint8_t body[BODY_MAX];
	jsmntok_t tokens[JSON_TOKENS_MAX];
};

#define API_TOKENS "personal-access-tokens"
#define API_MEMBERS_TOKENS "members/personal-access-tokens"

/* What is asked: METHOD /api/v1/orgs/current/ before ID behind. */
struct operation {
	const char *method, *before, *behind;
	const struct uuid *id; /* or NULL */
	struct span key; /* an API key instead of the identity's, or empty */
};

/* Attempts at one operation, and what the last one brought. */
struct attempt {
	struct exchange x; /* the first: x.take is given just this */
	struct api *api;
	const struct operation *asked;
	unsigned count;
	struct err err; /* of the last one; attempt_begin clears it */
	bool may_pass; /* the failure may be gone with the next attempt */
	struct buf body; /* the content, as attempt_take has it, in api->body */
	struct json doc; /* and what of it is JSON, in api->tokens */
	enum json_verdict json;
};

/* Both are borrowed. The deadline is the caller's. */
void attempt_begin(struct attempt *t, struct api *a,
                   const struct operation *asked, struct deadline d);

/*
 * Makes one attempt. With t->x.answered there is a response; t->may_pass says
 * whether another attempt may end otherwise. The secret does not stay behind.
 */
void attempt_send(struct attempt *t);

/*
 * After an attempt that may pass, waits before the next one: half a second,
 * doubled each time, or what Retry-After asks for. False where there is none:
 * all were made, it would come too late, or patrm was asked to stop.
 */
bool attempt_again(const struct attempt *t);

/* The usual x.take: keeps the content; ERR_BODY_LONG if it is too long. */
bool attempt_take(struct exchange *x, struct span content, struct err *e);

/* Makes t->err this one; its detail is the status and what it asks for. */
void attempt_set_status(struct attempt *t, enum err_code code);

/* What a status from 300 on means. */
enum err_code attempt_status_err(unsigned status);

/* Whether an exchange that failed so may end otherwise the next time. */
bool attempt_err_may_pass(enum err_code code);

#endif
