/* SPDX-License-Identifier: MIT */
/* What counts in the end: options, the environment, a profile, defaults. */
#ifndef CLI_CONFIG_H
#define CLI_CONFIG_H

#include "cli/options.h"
#include "cli/profile.h"
#include "langsmith/region.h"
#include "net/credential.h"

struct config {
	struct url server;
	struct api_settings api;
	const char *certificates; /* a file's name, or NULL for the default */
	struct pin_list pins;
	struct route route;
	struct proxy proxy; /* PROXY_NONE: none; holds a secret */
	bool has_time;
	int64_t time; /* to check certificates at, seconds since 1970 */
	struct credential_file certificate, key; /* no name: none was given */
	struct profile profile; /* wiped once all is resolved */

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

/* Wipes it. */
void config_wipe(struct config *c);

#endif
