/* SPDX-License-Identifier: MIT */
/* What counts in the end: options, the environment, a profile, defaults. */
#ifndef CLI_CONFIG_H
#define CLI_CONFIG_H

#include "cli/options.h"
#include "cli/profile.h"
#include "langsmith/region.h"
#include "langsmith/token.h"
#include "net/credential.h"

/* The caller owns it; all zeros is its start. */
struct config {
	struct profile profile; /* wiped once all is resolved */
	struct url server;
	const char *certificates; /* a file's name, or NULL for the default */
	struct pin_list pins;
	struct route route;
	struct token_filter filter; /* its time is the caller's to set */
	struct proxy proxy; /* PROXY_NONE: none; holds a secret */
	bool has_time;
	int64_t time; /* to check certificates at, seconds since 1970 */
	struct credential_file certificate, key; /* no name: none was given */
	struct err *err; /* where config_resolve says what is wrong */
	struct api_settings api;

	/* What is above may lie here; not touched where it does not. */
	uint8_t certificate_text[CREDENTIAL_FILE_MAX];
	uint8_t key_text[CREDENTIAL_FILE_MAX];
	uint8_t headers[HEADERS_MAX];
};

/*
 * Resolves the options; reads the key's file. Secrets in the environment are
 * wiped there, whether they are used or not. Sends nothing and prints nothing.
 */
bool config_resolve(struct config *c, const struct options *o, struct err *e);

/*
 * Sets the time by which tokens are old: --at, else this machine's, in seconds
 * since 1970. A clock that is before the build of patrm is wrong: ERR_CLOCK, if
 * tokens are chosen by their age; if not, what had expired then has for sure.
 */
bool config_set_clock(struct config *c, int64_t now, int64_t built,
                      struct err *e);

/* Wipes it. */
void config_wipe(struct config *c);

#endif
