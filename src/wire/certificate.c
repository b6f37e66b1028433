/* SPDX-License-Identifier: MIT */
/* The parts of an X.509 certificate (RFC 5280 section 4.1), as spans of it. */
#include "wire/certificate.h"

#include "base/calendar.h"

/* --- The certificate --- */

static bool read_version(struct span *tbs, unsigned *version)
{
	struct span field, number = SPAN("\0"); /* version 1 where it lacks */

	if (der_cut(tbs, DER_CONTEXT(0), NULL, &field) &&
	    !der_only(field, DER_INTEGER, &number))
		return false;
	*version = number.len == 1 ? number.at[0] + 1u : 4;
	return *version <= 3;
}

static bool read_extensions(struct span *tbs, struct certificate *out)
{
	struct span field;

	/* issuerUniqueID and subjectUniqueID, which nobody uses */
	der_cut(tbs, DER_PRIMITIVE(1), NULL, NULL);
	der_cut(tbs, DER_PRIMITIVE(2), NULL, NULL);
	out->extensions = (struct span){ NULL, 0 };
	if (tbs->len == 0)
		return true;
	return out->version == 3 &&
	       der_cut(tbs, DER_CONTEXT(3), NULL, &field) && tbs->len == 0 &&
	       der_only(field, DER_SEQUENCE, &out->extensions);
}

/* Whole bytes: the first one counts the bits of the last that are not used. */
static bool read_signature(struct span field, struct span *bytes)
{
	struct span bits;

	if (!der_only(field, DER_BITS, &bits) || bits.len < 1 ||
	    bits.at[0] != 0)
		return false;
	*bytes = span_skip(bits, 1);
	return true;
}

bool certificate_read(struct span der, struct certificate *out)
{
	struct span all, tbs, again;

	out->whole = der;
	return der_only(der, DER_SEQUENCE, &all) &&
	       der_cut(&all, DER_SEQUENCE, &out->signed_part, &tbs) &&
	       der_cut(&all, DER_SEQUENCE, NULL, &again) &&
	       read_signature(all, &out->signature) &&
	       read_version(&tbs, &out->version) &&
	       der_cut(&tbs, DER_INTEGER, NULL, NULL) && /* serial number */
	       der_cut(&tbs, DER_SEQUENCE, NULL, &out->signed_with) &&
	       span_equal(out->signed_with, again) &&
	       der_cut(&tbs, DER_SEQUENCE, &out->issuer, NULL) &&
	       der_cut(&tbs, DER_SEQUENCE, NULL, &out->validity) &&
	       der_cut(&tbs, DER_SEQUENCE, &out->subject, NULL) &&
	       der_cut(&tbs, DER_SEQUENCE, &out->key, NULL) &&
	       read_extensions(&tbs, out);
}

/* UTCTime before 2050, else GeneralizedTime; both in UTC, with seconds. */
static bool read_time(struct span *in, int64_t *seconds)
{
	struct der_element time;
	struct calendar c;

	if (!der_next(in, &time) ||
	    (time.tag != DER_UTC_TIME && time.tag != DER_TIME) ||
	    !calendar_cut(&time.value, time.tag == DER_TIME ? 4 : 2, SPAN(""),
	                  &c))
		return false;
	if (time.tag == DER_UTC_TIME)
		c.year += c.year < 50 ? 2000 : 1900;
	return span_equal(time.value, SPAN("Z")) &&
	       calendar_to_unix(&c, seconds);
}

bool certificate_dates(const struct certificate *c, int64_t *from, int64_t *to)
{
	struct span rest = c->validity;

	return read_time(&rest, from) && read_time(&rest, to) && rest.len == 0;
}

/* --- Extensions --- */

/* A BOOLEAN that is false where it lacks; false: it is malformed. */
static bool read_flag(struct span *in, bool *flag)
{
	struct span value = SPAN("\0");

	der_cut(in, DER_BOOLEAN, NULL, &value);
	*flag = value.len == 1 && value.at[0] != 0;
	return value.len == 1;
}

bool certificate_next_extension(struct span *rest,
                                struct certificate_extension *out)
{
	struct span after = *rest, item;

	if (!der_cut(&after, DER_SEQUENCE, NULL, &item) ||
	    !der_cut(&item, DER_OID, NULL, &out->oid) ||
	    !read_flag(&item, &out->critical) ||
	    !der_only(item, DER_OCTETS, &out->value))
		return false;
	*rest = after;
	return true;
}

bool certificate_is_sound(const struct certificate *c)
{
	struct span rest = c->extensions, others;
	struct certificate_extension x, other;

	while (certificate_next_extension(&rest, &x))
		for (others = rest;
		     certificate_next_extension(&others, &other);)
			if (span_equal(x.oid, other.oid))
				return false;
	return rest.len == 0;
}

unsigned certificate_extension_id(const struct certificate_extension *x)
{
	if (x->oid.len != 3 || x->oid.at[0] != 0x55 || x->oid.at[1] != 0x1d)
		return 0;
	return x->oid.at[2];
}

bool certificate_find(const struct certificate *c,
                      enum certificate_extension_id id,
                      struct certificate_extension *out)
{
	struct span rest = c->extensions;

	while (certificate_next_extension(&rest, out))
		if (certificate_extension_id(out) == id)
			return true;
	return false;
}

/* --- What is in some of the extensions --- */

bool certificate_authority(const struct certificate *c,
                           struct certificate_authority *out)
{
	struct certificate_extension x;
	struct span fields, value;

	*out = (struct certificate_authority){ 0 };
	if (!certificate_find(c, CERTIFICATE_BASIC_CONSTRAINTS, &x))
		return true;
	if (!der_only(x.value, DER_SEQUENCE, &fields) ||
	    !read_flag(&fields, &out->is_ca))
		return false;
	if (fields.len == 0)
		return true;
	/* More than 127 below would be no limit here; it is none, then. */
	out->limited = true;
	if (!der_only(fields, DER_INTEGER, &value) || value.len < 1 ||
	    value.at[0] > 0x7f)
		return false;
	out->path_max = value.len == 1 ? value.at[0] : 0x7f;
	return true;
}

bool certificate_may(const struct certificate *c, unsigned usage)
{
	struct certificate_extension x;
	struct span bits;

	if (!certificate_find(c, CERTIFICATE_KEY_USAGE, &x))
		return true;
	/* The first byte counts the bits of the last one that are not used. */
	return der_only(x.value, DER_BITS, &bits) && bits.len >= 2 &&
	       (bits.at[1] & usage) != 0;
}

enum certificate_purpose certificate_purpose(const struct certificate *c)
{
	enum certificate_purpose purpose = CERTIFICATE_FOR_OTHERS;
	struct certificate_extension x;
	struct span list, oid;

	if (!certificate_find(c, CERTIFICATE_EXT_KEY_USAGE, &x))
		return CERTIFICATE_FOR_ALL;
	if (!der_only(x.value, DER_SEQUENCE, &list))
		return CERTIFICATE_FOR_OTHERS;
	while (der_cut(&list, DER_OID, NULL, &oid)) {
		if (span_equal(oid, SPAN("\x2b\x06\x01\x05\x05\x07\x03\x01")))
			purpose = CERTIFICATE_FOR_SERVERS;
		else if (purpose == CERTIFICATE_FOR_OTHERS &&
		         span_equal(oid, SPAN("\x55\x1d\x25\x00")))
			purpose = CERTIFICATE_FOR_ANY;
	}
	return list.len == 0 ? purpose : CERTIFICATE_FOR_OTHERS;
}

bool certificate_names(const struct certificate *c, struct span *names)
{
	struct certificate_extension x;
	struct der_element name;
	struct span rest;

	*names = (struct span){ NULL, 0 };
	if (!certificate_find(c, CERTIFICATE_ALT_NAME, &x))
		return true;
	if (!der_only(x.value, DER_SEQUENCE, names))
		return false;
	rest = *names;
	while (der_next(&rest, &name))
		if ((name.tag & 0xc0) != 0x80 || (name.tag & 0x1f) > 8 ||
		    (name.tag == CERTIFICATE_IP && name.value.len != 4 &&
		     name.value.len != 16))
			return false;
	return rest.len == 0;
}
