/* SPDX-License-Identifier: MIT */
/* Whether a server is the one that was meant, and why it is not. */
#ifndef NET_VERIFY_H
#define NET_VERIFY_H

#include "net/address.h"
#include "net/castore.h"
#include "net/pin.h"
#include "net/wait.h"
#include "wire/certificate.h"

/*
 * The store, what has to be so, and the server at hand. The caller owns it and
 * keeps it where it is as long as a tls uses it. All zeros is its start. What is
 * large stands in front, of a client behind: so their small parts share pages.
 */
struct verify {
	uint8_t bytes[CERT_MAX]; /* of the certificates that were sent */
	struct castore store; /* which the caller opens */

	/* Set by the caller. */
	int64_t built; /* when patrm was: no true clock is before */
	bool has_time;
	int64_t time; /* that counts, if it is not the clock's */
	struct pin_list pins;

	/* The server at hand; see verify_expect. */
	const char *host;
	bool is_address;
	union address address;
	struct der_element name; /* the host as one */
	struct deadline deadline;
	struct err *err;
	struct der_element denied; /* by the constraints looked at last */
	size_t voucher_len;
	uint8_t voucher[160]; /* whose word it was trusted on */

	/* Of the one whose issuer was looked for last. */
	size_t anchor_count; /* how many the store has of that name */
	const char *anchor_fault; /* of the key of one of them, or NULL */

	/* What it has sent, its own certificate first. */
	bool has_more; /* more was sent than there is room for */
	bool has_broken; /* something was sent that is no certificate */
	size_t bytes_len;
	size_t sent_count;
	struct verify_sent {
		struct certificate c;
		bool reached; /* the search has come to it */
		uint8_t child; /* which of them it has signed then */
		uint8_t above; /* how many were passed on the way to it */
	} sent[CHAIN_MAX];
};

/*
 * What the next server must be: a host name, or an address in text form. What
 * is wrong with it goes to *e; the deadline is looked at between signatures.
 * Both texts must last as long as the handshake does.
 */
void verify_expect(struct verify *v, const char *host, struct deadline d,
                   struct err *e);

/*
 * Takes a certificate (DER) as it comes, the server's own first, and gives the
 * key of that, which lasts as long as v is not used for the next server. False:
 * it is of no use.
 */
bool verify_take(struct verify *v, struct span der, struct span *key);

/*
 * Once all have come: whether the server is to be trusted that has the private
 * key to this one (SubjectPublicKeyInfo, whole).
 */
bool verify_judge(struct verify *v, struct span key);

#endif
