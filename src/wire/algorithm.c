/* SPDX-License-Identifier: MIT */
/* Which keys and signatures of certificates are accepted. */
#include "wire/algorithm.h"

#include "wire/der.h"

#define RSA_BITS_MIN 2048
#define RSA_BITS_MAX 8192
/* Larger ones make a signature cost as much time as the server likes. */
#define RSA_EXPONENT_BITS_MAX 64

/* RFC 8017 appendix A.1, RFC 3279 section 2.2, RFC 5758 section 3. */
#define PKCS1 "\x2a\x86\x48\x86\xf7\x0d\x01\x01"
#define ECDSA_SHA2 "\x2a\x86\x48\xce\x3d\x04\x03"
#define SHA2 "\x60\x86\x48\x01\x65\x03\x04\x02"

/* The last byte of an identifier that is `with` and that byte, else 0. */
static unsigned last_arc(struct span oid, struct span with)
{
	if (oid.len != with.len + 1)
		return 0;
	oid.len--;
	return span_equal(oid, with) ? oid.at[oid.len] : 0;
}

/* --- Keys --- */

/* The bits of a natural number; 0 for one that is none. */
static size_t count_bits(struct span integer)
{
	size_t bits;

	if (integer.len == 0 || integer.at[0] >= 0x80)
		return 0;
	span_cut_prefix(&integer, SPAN("\0"));
	if (integer.len == 0)
		return 0;
	bits = integer.len * 8;
	for (unsigned top = integer.at[0]; top < 0x80; top = top << 1 | 1)
		bits--;
	return bits;
}

static const char *rsa_fault(struct span bits)
{
	struct span pair, modulus, exponent;
	size_t size;

	/* The first byte counts bits that are not used. */
	if (bits.len < 1 ||
	    !der_only(span_skip(bits, 1), DER_SEQUENCE, &pair) ||
	    !der_cut(&pair, DER_INTEGER, NULL, &modulus) ||
	    !der_only(pair, DER_INTEGER, &exponent))
		return " has a malformed key";
	size = count_bits(modulus);
	if (size < RSA_BITS_MIN)
		return " has too weak a key";
	if (size > RSA_BITS_MAX)
		return " has an RSA key of more than 8192 bits";
	if (count_bits(exponent) > RSA_EXPONENT_BITS_MAX)
		return " has an RSA key with an exponent of more than 64 bits";
	return NULL;
}

static const char *curve_fault(struct span parameters)
{
	struct span curve;

	if (!der_only(parameters, DER_OID, &curve))
		return " has a key on a curve that is given by its parameters,"
		       " not by its name";
	if (span_equal(curve, SPAN("\x2a\x86\x48\xce\x3d\x03\x01\x07")) ||
	    span_equal(curve, SPAN("\x2b\x81\x04\x00\x22")))
		return NULL;
	if (span_equal(curve, SPAN("\x2b\x81\x04\x00\x23")))
		return " has a key on the curve P-521, which is not accepted";
	return " has a key on a curve that is not accepted";
}

/* id-X25519 to id-Ed448 (RFC 8410 section 3): 1.3.101.110 to 113. */
static bool is_edwards(struct span oid)
{
	unsigned arc = last_arc(oid, SPAN("\x2b\x65"));

	return arc >= 110 && arc <= 113;
}

const char *algorithm_key_fault(struct span key)
{
	struct span algorithm, oid, bits;

	if (!der_only(key, DER_SEQUENCE, &key) ||
	    !der_cut(&key, DER_SEQUENCE, NULL, &algorithm) ||
	    !der_cut(&algorithm, DER_OID, NULL, &oid) ||
	    !der_only(key, DER_BITS, &bits))
		return " has a malformed key";
	if (last_arc(oid, SPAN(PKCS1)) == 1)
		return rsa_fault(bits);
	if (span_equal(oid, SPAN("\x2a\x86\x48\xce\x3d\x02\x01")))
		return curve_fault(algorithm);
	if (is_edwards(oid))
		return " has an Ed25519 key or one of its family, which is not"
		       " accepted";
	if (last_arc(oid, SPAN(PKCS1)) == 10)
		return " has an RSASSA-PSS key, which is not accepted";
	return " has a key of a kind that is not accepted";
}

/* --- Signatures --- */

#define WEAK_HASH " is signed with too weak a hash"

/* The hashes whose numbers follow each other, from SHA-256 on. */
static const char *take_hash(struct algorithm *out, unsigned number)
{
	if (number > ALGORITHM_SHA512)
		return WEAK_HASH;
	out->hash = number;
	return NULL;
}

/* The hash of RSASSA-PSS-params (RFC 4055 section 3.1), by default SHA-1. */
static const char *read_pss(struct span parameters, struct algorithm *out)
{
	struct span fields, hash, oid;

	if (!der_only(parameters, DER_SEQUENCE, &fields) ||
	    !der_cut(&fields, DER_CONTEXT(0), NULL, &hash) ||
	    !der_only(hash, DER_SEQUENCE, &hash) ||
	    !der_cut(&hash, DER_OID, NULL, &oid))
		return WEAK_HASH;
	out->kind = ALGORITHM_PSS;
	/* SHA-256 is 1 there, and 0 stands for any other. */
	return take_hash(out, last_arc(oid, SPAN(SHA2)) - 1);
}

const char *algorithm_read(struct span identifier, struct algorithm *out)
{
	struct span oid;
	unsigned rsa, ecdsa;

	if (!der_cut(&identifier, DER_OID, NULL, &oid))
		return " is malformed";
	rsa = last_arc(oid, SPAN(PKCS1));
	ecdsa = last_arc(oid, SPAN(ECDSA_SHA2));
	if (rsa == 10)
		return read_pss(identifier, out);
	out->kind = rsa != 0 ? ALGORITHM_RSA : ALGORITHM_ECDSA;
	if (rsa >= 11 && rsa <= 13)
		return take_hash(out, rsa - 11);
	if (ecdsa >= 2 && ecdsa <= 4)
		return take_hash(out, ecdsa - 2);
	/* MD2 to SHA-1 and SHA-224 */
	if ((rsa >= 2 && rsa <= 5) || rsa == 14 || ecdsa == 1 ||
	    span_equal(oid, SPAN("\x2a\x86\x48\xce\x3d\x04\x01")))
		return WEAK_HASH;
	if (is_edwards(oid))
		return " is signed with an Ed25519 or Ed448 key, which is not"
		       " accepted";
	return " is signed with an algorithm that is not accepted";
}
