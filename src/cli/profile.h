/* SPDX-License-Identifier: MIT */
/* The profiles of LangSmith's own tools, which are only read. */
#ifndef CLI_PROFILE_H
#define CLI_PROFILE_H

#include "base/err.h"
#include "wire/json.h"

/* One profile: what it does not have is empty. Spans are over its own bytes. */
struct profile {
	uint8_t file[PROFILES_MAX]; /* which may hold secrets */
	uint8_t values[PROFILES_MAX]; /* strings of it, unescaped */
	jsmntok_t tokens[PROFILES_TOKENS_MAX];
	size_t file_len, values_len;
	struct json doc; /* the file, while it is read */
	struct err *err; /* what is wrong with it */
	struct span api_url, api_key, workspace, access_token, expires_at;
};

/*
 * Reads $LANGSMITH_CONFIG_FILE, else ~/.langsmith/config.json, and picks the
 * profile of that name, else that of $LANGSMITH_PROFILE, else the file's
 * current_profile, else `default`. No file of the usual name, and no
 * profile called default, are no error. ERR_PROFILE..., ERR_FILE_...
 */
bool profile_read(struct profile *p, const char *name, struct err *e);

/* Wipes all that was read. */
void profile_wipe(struct profile *p);

#endif
