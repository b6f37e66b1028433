/* SPDX-License-Identifier: MIT */
/* A call of the LangSmith API: an operation, and the attempts that it gets. */
#ifndef LANGSMITH_CALL_H
#define LANGSMITH_CALL_H

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
	struct api_scope organization, workspace;
	int64_t expired; /* when a login did; seconds since 1970, 0: it has not */
	size_t secret_len;
	uint8_t secret[SECRET_MAX];
};

/* The secret, as long as it is there. */
struct span api_secret(const struct api_identity *who);

/* How the API is called. */
struct api_settings {
	struct span headers; /* more lines of a request, each with its CRLF */
	const char *user_agent;
	int64_t timeout; /* milliseconds for one operation, all included */
	unsigned retries;
	bool missing_is_done; /* 404 counts as done */
	unsigned regions; /* 1; or REGIONS: the first that accepts the key */
	struct api_identity identity; /* holds the secret: wipe it */
};

/* The API at one server. The caller owns it. */
struct api {
	const struct api_settings *settings;
	size_t region; /* of several: the one that is used */
	bool accepted; /* and it has accepted the key */
	struct url at; /* where it is */
	/* Of each, ms: when a 429 has asked to go on; 0: at once. */
	int64_t resume[REGIONS];
	struct span key; /* an API key instead of the identity's, or empty */
	/* For each token of a list: how many have come; or NULL. */
	void (*seen)(void *context, unsigned long tokens);
	void *seen_context;

	struct client client;
	struct err region_err[REGIONS]; /* of each, why it was not, at last */
	uint8_t request[REQUEST_MAX];
	uint8_t body
		[BODY_MAX]; /* of the last response; of a list, an element */
	jsmntok_t tokens[JSON_TOKENS_MAX]; /* for who reads the body at hand */
};

/* X(operation, method, path before the id, path behind it). */
#define CALL_OPERATIONS(X) \
	X(CALL_LIST_OWN, "GET", "personal-access-tokens", "") \
	X(CALL_LIST_MEMBERS, "GET", "members/personal-access-tokens", "") \
	X(CALL_LIST_SERVICE, "GET", "service-keys", "") \
	X(CALL_DELETE, "DELETE", "personal-access-tokens/", "") \
	X(CALL_REVOKE, "POST", "personal-access-tokens/", "/revocation") \
	X(CALL_DELETE_SERVICE, "DELETE", "service-keys/", "")

/* What is asked of /api/v1/orgs/current/. */
enum call_operation {
#define X(operation, method, before, behind) operation,
	CALL_OPERATIONS(X)
#undef X
};

/* One operation, and what its last attempt brought. */
struct call {
	struct api *api;
	enum call_operation operation;
	const struct uuid *id; /* the token that it is about, or NULL */
	struct span key; /* api->key, or another */
	struct exchange x;
	unsigned count; /* attempts made */
	struct err err; /* of the last one */
	bool may_pass; /* the failure may be gone with the next attempt */
	struct buf body; /* the content, as call_take has it, in api->body */
};

/* All are borrowed. The deadline is the caller's. */
void call_begin(struct call *c, struct api *a, enum call_operation operation,
                struct deadline d);

/*
 * Makes one attempt. From EXCHANGE_ANSWERED on there is a response; c->may_pass
 * says whether another attempt may end otherwise. The secret does not stay
 * behind.
 */
void call_send(struct call *c);

/*
 * After an attempt that may pass, waits before the next one: half a second,
 * doubled each time, or what Retry-After asks for. False where there is none:
 * all were made, it would come too late, or patrm was asked to stop.
 */
bool call_again(const struct call *c);

/* The status of the last attempt's response, 0 without one. */
unsigned call_status(const struct call *c);

/* For x.take, of a struct call: keeps the content; ERR_BODY_LONG. */
bool call_take(void *call, struct span content, struct err *e);

/*
 * Hides the secrets in what the server says, those of the request among them,
 * before anybody reads it. Whoever compares with it does so before: the value
 * of a header may be the name of a token's owner.
 */
void call_redact(const struct call *c, uint8_t *text, size_t len);

/* The content that was kept, and that can be read. */
struct span call_body(const struct call *c);

/* Makes c->err this one; its detail is the status and what it asks for. */
void call_set_status(struct call *c, enum err_code code);

/* What a status from 300 on means. */
enum err_code call_status_err(unsigned status);

/* Whether an exchange that failed so may end otherwise the next time. */
bool call_err_may_pass(enum err_code code);

#endif
