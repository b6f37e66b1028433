/* SPDX-License-Identifier: MIT */
/* The roots inside: Mozilla's list as names and keys in read-only data. */
#include "net/roots.h"

#include <stdint.h>

/* ROOTS_DATE, ROOTS_COUNT, roots_hash, roots_at, roots_keys. */
#include "roots.inc"

#define DER_INTEGER 0x02
#define DER_BITS 0x03
#define DER_SEQUENCE 0x30

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

/*
 * FNV-1a over what mbedTLS's x509_name_cmp does not tell apart, folded: upper
 * and lower case, PrintableString and UTF8String. Every byte is folded, be it
 * text or not: that only adds collisions, and the key decides. As name_hash
 * in third_party/roots.c.
 */
static uint64_t
roots_hash_name(struct span name)
{
	uint64_t hash = 0xcbf29ce484222325u;

	for (size_t i = 0; i < name.len; i++) {
		uint8_t c = name.at[i];

		if (c >= 'A' && c <= 'Z')
			c |= 0x20;
		if (c == 0x13)
			c = 0x0c;
		hash = (hash ^ c) * 0x100000001b3u;
	}
	return hash;
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
	uint64_t hash = roots_hash_name(issuer);
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
	out->kind = kind == ROOTS_KEY_P256   ? ROOTS_P256
	            : kind == ROOTS_KEY_P384 ? ROOTS_P384
	                                     : ROOTS_P521;
	out->number = key;
	out->exponent = (struct span){ NULL, 0 };
	return true;
}

/*
 * DER (X.690). Lengths come first, so each size is known before it is
 * written; ROOTS_NAME_MAX keeps them below 65,536.
 */

static size_t
der_size(size_t content)
{
	return content + (content < 0x80 ? 2 : content < 0x100 ? 3 : 4);
}

static void
der_put_header(struct buf *out, uint8_t tag, size_t content)
{
	buf_byte(out, tag);
	if (content >= 0x100) {
		buf_byte(out, 0x82);
		buf_byte(out, (uint8_t)(content >> 8));
	} else if (content >= 0x80) {
		buf_byte(out, 0x81);
	}
	buf_byte(out, (uint8_t)content);
}

/* An INTEGER's content; its sign bit must be clear. */
static size_t
der_natural_length(struct span n)
{
	return n.len + (n.at[0] >> 7);
}

static void
der_put_natural(struct buf *out, struct span n)
{
	der_put_header(out, DER_INTEGER, der_natural_length(n));
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
		return SPAN("\x30\x10\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06"
		            "\x05\x2b\x81\x04\x00\x22");
	case ROOTS_P521:
		break;
	}
	return SPAN("\x30\x10\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06"
	            "\x05\x2b\x81\x04\x00\x23");
}

/* RSAPublicKey's content (RFC 8017, A.1.1). */
static size_t
key_rsa_length(const struct roots_key *key)
{
	return der_size(der_natural_length(key->number)) +
	       der_size(der_natural_length(key->exponent));
}

/* The BIT STRING's content, with its count of unused bits. */
static size_t
key_bits_length(const struct roots_key *key)
{
	if (key->kind != ROOTS_RSA)
		return 1 + key->number.len;
	return 1 + der_size(key_rsa_length(key));
}

static size_t
key_length(const struct roots_key *key)
{
	return key_algorithm(key->kind).len + der_size(key_bits_length(key));
}

/* SubjectPublicKeyInfo */
static void
key_put(struct buf *out, const struct roots_key *key)
{
	der_put_header(out, DER_SEQUENCE, key_length(key));
	buf_span(out, key_algorithm(key->kind));
	der_put_header(out, DER_BITS, key_bits_length(key));
	buf_byte(out, 0);
	if (key->kind != ROOTS_RSA) {
		buf_span(out, key->number);
		return;
	}
	der_put_header(out, DER_SEQUENCE, key_rsa_length(key));
	der_put_natural(out, key->number);
	der_put_natural(out, key->exponent);
}

/*
 * What stands around name and key. Arrays, not spans: a pointer in constant
 * data is a relocation in a static-pie.
 */

/* Version 3, serial number 1. */
static const uint8_t cert_head[] = {
	0xa0, 0x03, 0x02, 0x01, 0x02, 0x02, 0x01, 0x01,
};
/* ecdsa-with-SHA256 (RFC 5758, 3.2): a name that mbedTLS has to know. */
static const uint8_t cert_signed_by[] = {
	0x30, 0x0a, 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02,
};
/* UTCTime before 2050, else GeneralizedTime (RFC 5280, 4.1.2.5). */
static const uint8_t cert_validity[] = {
	0x30, 0x20, 0x17, 0x0d, '7', '0',  '0',  '1', '0', '1', '0', '0',
	'0',  '0',  '0',  '0',  'Z', 0x18, 0x0f, '9', '9', '9', '9', '1',
	'2',  '3',  '1',  '2',  '3', '5',  '9',  '5', '9', 'Z',
};
/* basicConstraints, critical, cA TRUE (RFC 5280, 4.2.1.9). */
static const uint8_t cert_tail[] = {
	0xa3, 0x13, 0x30, 0x11, 0x30, 0x0f, 0x06, 0x03, 0x55, 0x1d, 0x13,
	0x01, 0x01, 0xff, 0x04, 0x05, 0x30, 0x03, 0x01, 0x01, 0xff,
};
/* No bits. */
static const uint8_t cert_signature[] = { 0x03, 0x01, 0x00 };

bool
roots_put_certificate(struct buf *out, struct span issuer,
                      const struct roots_key *key)
{
	size_t inner;

	if (issuer.len > ROOTS_NAME_MAX)
		return false;
	inner = sizeof(cert_head) + sizeof(cert_signed_by) + 2 * issuer.len +
	        sizeof(cert_validity) + der_size(key_length(key)) +
	        sizeof(cert_tail);
	der_put_header(out, DER_SEQUENCE,
	               der_size(inner) + sizeof(cert_signed_by) +
	                       sizeof(cert_signature));
	der_put_header(out, DER_SEQUENCE, inner);
	buf_put(out, cert_head, sizeof(cert_head));
	buf_put(out, cert_signed_by, sizeof(cert_signed_by));
	buf_span(out, issuer);
	buf_put(out, cert_validity, sizeof(cert_validity));
	buf_span(out, issuer);
	key_put(out, key);
	buf_put(out, cert_tail, sizeof(cert_tail));
	buf_put(out, cert_signed_by, sizeof(cert_signed_by));
	buf_put(out, cert_signature, sizeof(cert_signature));
	return !out->failed;
}
