/* SPDX-License-Identifier: MIT */
/* TLS 1.2 and 1.3 over a connected socket, by mbedTLS. */
#ifndef NET_TLS_H
#define NET_TLS_H

#include "net/dial.h"
#include "net/verify.h"

/* The connection, or the place for one. There is one, and tls.c has it. */
struct tls;

/*
 * Call once: prepares mbedTLS and its memory, and waits for the system to have
 * random numbers. NULL with ERR_TLS_SETUP, or as random_fill fails. verify must
 * last as long.
 */
struct tls *tls_setup(struct verify *verify, struct deadline d, struct err *e);

/*
 * The handshake over fd, which stays the caller's to close. The server must
 * prove to be whom verify_expect named for verify. ERR_CERT_... and
 * ERR_TLS_... say why not.
 */
bool tls_connect(struct tls *t, int fd, struct deadline d, struct err *e);

/*
 * Whether nothing has come that tls_read has not given. Between two responses
 * something that has is about the end of the connection.
 */
bool tls_is_quiet(const struct tls *t);

/*
 * Sends all of it. On failure the last record has not left as a whole, and will
 * not, so the peer cannot read the last byte: ERR_SEND, and what wait_ready
 * gives.
 */
bool tls_write(struct tls *t, struct span bytes, struct deadline d,
               struct err *e);

/*
 * Receives what is there, at most into->cap bytes and at least one: records
 * without content (RFC 5246 section 6.2.1, RFC 8446 section 5.1) are skipped,
 * however many come before the deadline. NET_END is the peer's close_notify; a
 * connection that ends without is NET_FAILED, ERR_RECEIVE.
 */
enum net_input tls_read(struct tls *t, struct buf *into, struct deadline d,
                        struct err *e);

/*
 * Says close_notify if that is possible at once. The keys of the session stay
 * until the next one, as the secret that they have protected does.
 */
void tls_close(struct tls *t);

/* Writes the connection's protocol version and cipher suite. */
void tls_describe(const struct tls *t, struct buf *out);

#endif
