/* SPDX-License-Identifier: MIT */
/* The parts of an X.509 certificate (RFC 5280 section 4.1), as spans of it. */
#ifndef WIRE_CERTIFICATE_H
#define WIRE_CERTIFICATE_H

#include "wire/der.h"

/* A certificate. Its spans lie in the bytes that it was read of. */
struct certificate {
	struct span whole;
	struct span signed_part; /* TBSCertificate, whole */
	struct span signed_with; /* AlgorithmIdentifier, its content */
	struct span signature; /* BIT STRING, its bytes */
	unsigned version; /* 1 to 3 */
	struct span issuer; /* Name, whole */
	struct span validity; /* content */
	struct span subject; /* Name, whole */
	struct span key; /* SubjectPublicKeyInfo, whole */
	struct span extensions; /* content; empty where there are none */
};

/*
 * Finds the parts. False where der is anything but one whole certificate. What
 * the parts mean is not looked at, nor what is inside the extensions: see
 * certificate_is_sound.
 */
bool certificate_read(struct span der, struct certificate *out);

/*
 * Whether every extension is well-formed, and none is there twice (RFC 5280
 * section 4.2): what certificate_find does not find is not there then.
 */
bool certificate_is_sound(const struct certificate *c);

/* From and until when it is valid, in seconds since 1970. False: no times. */
bool certificate_dates(const struct certificate *c, int64_t *from, int64_t *to);

/* Extensions by the last arc of their identifiers, 2.5.29.n (id-ce). */
enum certificate_extension_id {
	CERTIFICATE_SUBJECT_KEY = 14, /* key identifiers: hints, no rules */
	CERTIFICATE_KEY_USAGE = 15,
	CERTIFICATE_ALT_NAME = 17,
	CERTIFICATE_BASIC_CONSTRAINTS = 19,
	CERTIFICATE_NAME_CONSTRAINTS = 30,
	CERTIFICATE_POLICIES = 32,
	CERTIFICATE_POLICY_MAPPINGS = 33,
	CERTIFICATE_AUTHORITY_KEY = 35,
	CERTIFICATE_POLICY_CONSTRAINTS = 36,
	CERTIFICATE_EXT_KEY_USAGE = 37,
	CERTIFICATE_INHIBIT_ANY_POLICY = 54,
};

struct certificate_extension {
	struct span oid; /* without tag and length */
	bool critical;
	struct span value; /* what is in the OCTET STRING */
};

/* The n of 2.5.29.n, or 0 for an identifier of another kind. */
unsigned certificate_extension_id(const struct certificate_extension *x);

/*
 * The next one of c->extensions, of which *rest begins as a copy; false at the
 * end, and at what is malformed, which stays in *rest.
 */
bool certificate_next_extension(struct span *rest,
                                struct certificate_extension *out);

bool certificate_find(const struct certificate *c,
                      enum certificate_extension_id id,
                      struct certificate_extension *out);

/* --- What is in some of the extensions --- */

/* RFC 5280 section 4.2.1.9. */
struct certificate_authority {
	bool is_ca;
	bool limited;
	unsigned path_max; /* intermediates below, where limited */
};

/* As the extension says; all false without one. False: it is malformed. */
bool certificate_authority(const struct certificate *c,
                           struct certificate_authority *out);

/* Bits of the first byte of a KeyUsage (RFC 5280 section 4.2.1.3). */
#define CERTIFICATE_MAY_SIGN 0x80 /* digitalSignature */
#define CERTIFICATE_MAY_CERTIFY 0x04 /* keyCertSign */

/* Whether the key may be used so; it may where nothing is said. */
bool certificate_may(const struct certificate *c, unsigned usage);

/* Whom the key is for, of ExtKeyUsage (RFC 5280 section 4.2.1.12). */
enum certificate_purpose {
	CERTIFICATE_FOR_ALL, /* there is no such extension */
	CERTIFICATE_FOR_SERVERS, /* serverAuth is among them */
	CERTIFICATE_FOR_ANY, /* anyExtendedKeyUsage, and no serverAuth */
	CERTIFICATE_FOR_OTHERS, /* neither, or malformed */
};

enum certificate_purpose certificate_purpose(const struct certificate *c);

/* Tags of a GeneralName (RFC 5280 section 4.2.1.6). */
#define CERTIFICATE_DNS 0x82
#define CERTIFICATE_IP 0x87

/*
 * What its subjectAltName has inside, GeneralNames for der_next:
 * empty where there is none, or none in it. False where it is malformed: an
 * element is cut short or has the tag of no GeneralName, or an address has
 * neither 4 nor 16 bytes.
 */
bool certificate_names(const struct certificate *c, struct span *names);

#endif
