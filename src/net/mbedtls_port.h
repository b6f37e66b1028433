/* SPDX-License-Identifier: MIT */
/* What stands between patrm and mbedTLS: certificates and signatures. */
#ifndef NET_MBEDTLS_PORT_H
#define NET_MBEDTLS_PORT_H

#include <mbedtls/ssl.h>

#include "wire/certificate.h"

/*
 * The only header with types of mbedTLS in it. mbedTLS speaks TLS and checks
 * signatures; its own X.509 is not used: what a server sends goes to whoever
 * mbedtls_port_set_peer names, and TLS gets of it the key that it needs. Its
 * memory is net/arena.
 */

/* --- Signatures --- */

/*
 * Whether one of the keys (SubjectPublicKeyInfo, whole) has signed the
 * certificate: *which. Keys and signature are of accepted kinds, by
 * wire/algorithm; a key that is none after all has signed nothing.
 */
bool mbedtls_port_find_signer(const struct certificate *c,
                              const struct span *keys, size_t count,
                              size_t *which);

/* --- The handshake --- */

/* Who judges the certificates that a server sends. */
struct mbedtls_port_peer {
	void *context;
	/*
	 * Takes a certificate (DER) as it comes, the server's own first, and
	 * gives the key of that, which must last as long as the connection.
	 * False: it is of no use.
	 */
	bool (*take)(void *context, struct span der, struct span *key);
	/*
	 * Once all have come: whether the server is to be trusted that has the
	 * private key to this one.
	 */
	bool (*judge)(void *context, struct span key);
};

/* Of the handshakes from now on; *peer must last as long. */
void mbedtls_port_set_peer(struct mbedtls_port_peer *peer);

/* Makes a client that trusts whom the peer's judge trusts, and nobody else. */
void mbedtls_port_configure(mbedtls_ssl_config *config);

/*
 * What mbedTLS's TLS calls in the place of mbedtls_x509_crt_parse_der and
 * mbedtls_x509_crt_verify_restartable; see the Makefile. If it calls those
 * after all, it trusts nobody.
 */
int mbedtls_port_parse(mbedtls_x509_crt *chain, const unsigned char *der,
                       size_t len);
int mbedtls_port_verify(mbedtls_x509_crt *chain, mbedtls_x509_crt *trusted,
                        mbedtls_x509_crl *revoked,
                        const mbedtls_x509_crt_profile *profile,
                        const char *name, uint32_t *flags,
                        int (*show)(void *, mbedtls_x509_crt *, int,
                                    uint32_t *),
                        void *context, mbedtls_x509_crt_restart_ctx *restart);

#endif
