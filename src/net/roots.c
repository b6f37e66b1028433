/* SPDX-License-Identifier: MIT */
/* The roots inside: Mozilla's list as names and keys in read-only data. */
#include "net/roots.h"

#include <stdint.h>

#include "base/buf.h"
#include "wire/der.h"
#include "wire/name.h"

/* ROOTS_DATE, ROOTS_COUNT, roots_hash, roots_at, roots_keys. */
#include "roots.inc"

/* The project's promise; as names and keys in full they would take this. */
#define ROOTS_BYTES_MAX 66550

_Static_assert(sizeof(roots_hash) + sizeof(roots_at) + sizeof(roots_keys) ==
                               ROOTS_BYTES &&
                       ROOTS_BYTES <= ROOTS_BYTES_MAX,
               "the store is larger than promised");

size_t roots_count(void)
{
	return ROOTS_COUNT;
}

const char *roots_date(void)
{
	return ROOTS_DATE;
}

bool roots_find(struct span issuer, size_t nth, struct span *key)
{
	uint32_t hash = name_hash(issuer);
	size_t at = 0;

	while (at < ROOTS_COUNT && roots_hash[at] < hash)
		at++;
	if (nth >= ROOTS_COUNT - at || roots_hash[at + nth] != hash)
		return false;
	at += nth;
	key->at = roots_keys + roots_at[at];
	key->len = (size_t)(roots_at[at + 1] - roots_at[at]);
	return true;
}

/* An INTEGER, whose sign bit must be clear. */
static void put_natural(struct buf *out, struct span n)
{
	static const uint8_t zero;

	der_put_head(out, DER_INTEGER, n.len + (n.at[0] >> 7));
	buf_put(out, &zero, n.at[0] >> 7);
	buf_span(out, n);
}

/* AlgorithmIdentifier: RFC 3279, 2.3.1 (RSA); RFC 5480, 2.1.1 (curves) */
#define RSA "\x30\x0d\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01\x05\x00"
#define CURVE "\x06\x07\x2a\x86\x48\xce\x3d\x02\x01"
#define P256 "\x30\x13" CURVE "\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07"
#define P384 "\x30\x10" CURVE "\x06\x05\x2b\x81\x04\x00\x22"

void roots_put_key(struct buf *out, struct span stored)
{
	struct span number = span_skip(stored, 1), algorithm = SPAN(RSA);
	uint8_t kind = stored.at[0];
	BUF_ON_STACK(pair, ROOTS_KEY_MAX);
	BUF_ON_STACK(bits, ROOTS_KEY_MAX);

	buf_byte(&bits, 0); /* bits of the last byte that are not used */
	if (kind > ROOTS_KEY_RSA_LAST) { /* compressed (SEC 1, 2.3.3) */
		algorithm = kind == ROOTS_KEY_P256 ? SPAN(P256) : SPAN(P384);
		buf_span(&bits, number);
	} else { /* RSAPublicKey (RFC 8017, A.1.1) */
		struct span exponent = { number.at, kind };

		if (kind == ROOTS_KEY_RSA)
			exponent = SPAN("\1\0\1");
		else
			number = span_skip(number, kind);
		put_natural(&pair, number);
		put_natural(&pair, exponent);
		der_put_head(&bits, DER_SEQUENCE, pair.len);
		buf_span(&bits, buf_written(&pair));
	}
	der_put_head(out, DER_SEQUENCE, algorithm.len + der_size(bits.len));
	buf_span(out, algorithm);
	der_put_head(out, DER_BITS, bits.len);
	buf_span(out, buf_written(&bits));
}
