/* SPDX-License-Identifier: MIT */
/* What the LangSmith API means: operations to requests, replies to outcomes. */
#ifndef LANGSMITH_API_H
#define LANGSMITH_API_H

#include "langsmith/token.h"
#include "net/client.h"

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
	int64_t timeout; /* milliseconds for one token, everything included */
	unsigned retries;
	bool missing_is_done; /* 404 counts as done */

	uint8_t request[REQUEST_MAX];
	uint8_t body[BODY_MAX];
	jsmntok_t tokens[JSON_TOKENS_MAX];
};

/* What became of one token; the words of the contract with scripts. */
#define API_OUTCOMES(X) \
	X(API_DELETED, "deleted") \
	X(API_MISSING, "missing") \
	X(API_FORBIDDEN, "forbidden") \
	X(API_REFUSED, "refused") \
	X(API_RATE_LIMITED, "rate-limited") \
	X(API_UNREACHABLE, "unreachable") \
	X(API_UNKNOWN, "unknown") \
	X(API_DELETED_UNREAD, "deleted-unread") \
	X(API_INVALID, "invalid") \
	X(API_NOT_TRIED, "not-tried")

enum api_outcome {
#define X(outcome, name) outcome,
	API_OUTCOMES(X)
#undef X
};

struct api_result {
	enum api_outcome outcome;
	int status; /* exit status, 0 to 8 */
	unsigned http; /* status of the last response, 0 without one */
	unsigned attempts;
	struct err err; /* what kept it from being deleted and read */
	bool has_record; /* doc is the token's record */
	/* Of the last response; valid until the next operation. */
	struct json doc;
	struct span body;
};

/*
 * Deletes the token: DELETE .../personal-access-tokens/{id}, again after a
 * failure that may pass. The deadline starts here.
 */
void api_delete(struct api *a, const struct uuid *id, struct api_result *r);

const char *api_outcome_name(enum api_outcome outcome);

/*
 * Writes ": " and what the server said about an error, in any of the shapes
 * that it uses, each character by put (fmt_printable_char or fmt_json_char);
 * nothing where it said nothing.
 */
void api_put_message(struct buf *out, const struct api_result *r,
                     void (*put)(struct buf *out, uint32_t code_point));

#endif
