/* SPDX-License-Identifier: MIT */
/* What mbedTLS is given and asked: time, certificates, signatures. */
#ifndef NET_MBEDTLS_PORT_H
#define NET_MBEDTLS_PORT_H

#include <mbedtls/ssl.h>

#include "base/buf.h"

/*
 * The only header with types of mbedTLS in it. Its memory is net/arena. It
 * never decides whom to trust: the server's certificates go to whoever
 * mbedtls_port_set_peer names, and mbedTLS gets of them what its TLS needs, the
 * key of the first one, in a certificate of our own making.
 */

/* --- Time --- */

/* Certificates are checked at this time from now on, not at the clock's. */
void mbedtls_port_set_time(int64_t seconds);

/* The time that certificates are checked at, in seconds since 1970. */
int64_t mbedtls_port_time(void);

/* Whether it is the one that was set. */
bool mbedtls_port_time_is_set(void);

/* --- Signatures --- */

enum mbedtls_port_signer {
	PORT_SIGNED, /* by one of the keys */
	PORT_UNSIGNED, /* by none of them */
	PORT_UNREADABLE, /* mbedTLS does not take the certificate */
	PORT_NO_MEMORY,
};

/*
 * Who has signed this certificate (DER, whole), which names `issuer` (a Name,
 * whole) as who did: *which of the keys (SubjectPublicKeyInfo, whole). All of
 * them are accepted ones (see wire/algorithm), as is how it is signed. Dates
 * and extensions do not matter here.
 */
enum mbedtls_port_signer mbedtls_port_find_signer(struct span certificate,
                                                  struct span issuer,
                                                  const struct span *keys,
                                                  size_t count, size_t *which);

/* --- The handshake --- */

/* Who judges the certificates that a server sends. */
struct mbedtls_port_peer {
	void *context;
	/*
	 * Takes a certificate (DER) as it comes, the server's own first, and
	 * gives the key of that. False: it is of no use.
	 */
	bool (*take)(void *context, struct span der, struct span *key);
	/*
	 * Once all have come: whether the server is to be trusted that has the
	 * private key to this one.
	 */
	bool (*judge)(void *context, struct span key);
	bool judged; /* it was, and is */
};

/* Of the handshakes from now on; *peer must last as long. */
void mbedtls_port_set_peer(struct mbedtls_port_peer *peer);

/*
 * Called by those of mbedTLS's files that read what a server sends in the place
 * of mbedtls_x509_crt_parse_der, whose contract it has; see the Makefile.
 */
int mbedtls_port_parse_der(mbedtls_x509_crt *chain, const unsigned char *der,
                           size_t len);

/* Makes a client that trusts whom the peer's judge trusts, and nobody else. */
void mbedtls_port_configure(mbedtls_ssl_config *config);

/*
 * What a handshake's error says about the server's certificate, to be put
 * behind "cannot be used: "; NULL where it is about something else.
 */
const char *mbedtls_port_certificate_reason(int error);

#endif
