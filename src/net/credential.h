/* SPDX-License-Identifier: MIT */
/* The client's certificate and its key, for a gateway that asks for them. */
#ifndef NET_CREDENTIAL_H
#define NET_CREDENTIAL_H

#include "base/err.h"
#include "net/wait.h"

/* A file of PEM blocks: what it is called, and its bytes, the caller's. */
struct credential_file {
	const char *name;
	struct buf text;
};

/*
 * Takes the certificates of one file, the client's own first, and the key of
 * the other, which may be the same. The certificates are decoded where they
 * stand, and must stay there; the key is wiped. The deadline is for the system
 * to have random numbers. ERR_NO_CERTIFICATE, ERR_CLIENT_..., ERR_RANDOM.
 */
bool credential_take(const struct credential_file *certificate,
                     const struct credential_file *key, struct deadline d,
                     struct err *e);

bool credential_is_given(void);

/* For net/tls, before its set-up: what was taken, if anything; false: no room. */
struct mbedtls_ssl_config;
bool credential_offer(struct mbedtls_ssl_config *config);

/* Wipes the key that was taken; connections must be closed. */
void credential_wipe(void);

#endif
