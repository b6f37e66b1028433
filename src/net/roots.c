/* SPDX-License-Identifier: MIT */
/* The roots inside: Mozilla's list as names and keys in read-only data. */
#include "net/roots.h"

#include <stdint.h>

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

size_t
roots_count(void)
{
	return ROOTS_COUNT;
}

const char *
roots_date(void)
{
	return ROOTS_DATE;
}

/* The first root whose hash is not below this one. */
static size_t
roots_first(uint64_t hash)
{
	size_t low = 0, high = ROOTS_COUNT;

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (roots_hash[middle] < hash)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static void
roots_read_rsa(struct roots_key *out, struct span bytes, size_t exponent)
{
	static const uint8_t usual[] = { 0x01, 0x00, 0x01 };

	out->kind = ROOTS_RSA;
	out->number = span_skip(bytes, exponent);
	out->exponent = (struct span){ bytes.at, exponent };
	if (exponent == ROOTS_KEY_RSA)
		out->exponent = (struct span){ usual, sizeof(usual) };
}

bool
roots_find(struct span issuer, size_t nth, struct roots_key *out)
{
	uint64_t hash = name_hash(issuer);
	size_t first = roots_first(hash);
	struct span key;
	uint8_t kind;

	if (nth >= ROOTS_COUNT - first || roots_hash[first + nth] != hash)
		return false;
	first += nth;
	kind = roots_keys[roots_at[first]];
	key.at = roots_keys + roots_at[first] + 1;
	key.len = (size_t)(roots_at[first + 1] - roots_at[first] - 1);
	if (kind <= ROOTS_KEY_RSA_LAST) {
		roots_read_rsa(out, key, kind);
		return true;
	}
	out->kind = kind == ROOTS_KEY_P256 ? ROOTS_P256 : ROOTS_P384;
	out->number = key;
	out->exponent = (struct span){ NULL, 0 };
	return true;
}

/* An INTEGER's content; its sign bit must be clear. */
static size_t
natural_length(struct span n)
{
	return n.len + (n.at[0] >> 7);
}

static void
put_natural(struct buf *out, struct span n)
{
	der_put_head(out, DER_INTEGER, natural_length(n));
	if (n.at[0] >> 7)
		buf_byte(out, 0);
	buf_span(out, n);
}

/* AlgorithmIdentifier: RFC 3279, 2.3.1 (RSA); RFC 5480, 2.1.1 (curves) */
static struct span
key_algorithm(enum roots_kind kind)
{
	switch (kind) {
	case ROOTS_RSA:
		return SPAN("\x30\x0d\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01"
		            "\x01\x05\x00");
	case ROOTS_P256:
		return SPAN("\x30\x13\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06"
		            "\x08\x2a\x86\x48\xce\x3d\x03\x01\x07");
	case ROOTS_P384:
		break;
	}
	return SPAN("\x30\x10\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06"
	            "\x05\x2b\x81\x04\x00\x22");
}

/* RSAPublicKey's content (RFC 8017, A.1.1). */
static size_t
key_rsa_length(const struct roots_key *key)
{
	return der_size(natural_length(key->number)) +
	       der_size(natural_length(key->exponent));
}

/* The BIT STRING's content, with its count of unused bits. */
static size_t
key_bits_length(const struct roots_key *key)
{
	if (key->kind != ROOTS_RSA)
		return 1 + key->number.len;
	return 1 + der_size(key_rsa_length(key));
}

void
roots_put_key(struct buf *out, const struct roots_key *key)
{
	der_put_head(out, DER_SEQUENCE,
	             key_algorithm(key->kind).len +
	                     der_size(key_bits_length(key)));
	buf_span(out, key_algorithm(key->kind));
	der_put_head(out, DER_BITS, key_bits_length(key));
	buf_byte(out, 0);
	if (key->kind != ROOTS_RSA) {
		buf_span(out, key->number);
		return;
	}
	der_put_head(out, DER_SEQUENCE, key_rsa_length(key));
	put_natural(out, key->number);
	put_natural(out, key->exponent);
}
