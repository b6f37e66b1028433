/* SPDX-License-Identifier: MIT */
/* What the LangSmith API means: operations to results. */
#ifndef LANGSMITH_API_H
#define LANGSMITH_API_H

#include "langsmith/call.h"
#include "langsmith/result.h"
#include "langsmith/token.h"

/*
 * Waits as long as a 429 has asked for, at most PAUSE_MAX seconds, or until a
 * signal. Call it before a deadline begins that the pause is not part of.
 */
void api_pause(const struct api *a);

/*
 * Deletes a token or a service key, or revokes a token (CALL_DELETE,
 * CALL_DELETE_SERVICE, CALL_REVOKE); again after a failure that may pass. The
 * deadline starts here.
 */
void api_change(struct api *a, enum call_operation how, const struct uuid *id,
                struct result *r);

/*
 * Asks for the list that the key stands in with it, once, until the deadline.
 * Whether the key was refused, by a 401 or 403.
 */
bool api_refuses_key(struct api *a, struct span key, struct deadline d);

/*
 * Writes ": " and what the body of an error says, in any of the shapes that the
 * server uses, each character by put (fmt_printable_char or fmt_json_char);
 * nothing where it says nothing. The tokens, JSON_TOKENS_MAX, are to read with.
 */
void api_put_message(struct buf *out, struct span body, jsmntok_t *tokens,
                     void (*put)(struct buf *out, uint32_t code_point));

#endif
