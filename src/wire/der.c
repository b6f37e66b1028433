/* SPDX-License-Identifier: MIT */
/* Just enough DER (X.690) to find the parts of a certificate (RFC 5280). */
#include "wire/der.h"

#define DER_INTEGER 0x02
#define DER_OID 0x06

bool
der_cut(struct span *in, uint8_t tag, struct span *whole, struct span *content)
{
	size_t head = 2, len;

	if (in->len < 2 || in->at[0] != tag)
		return false;
	len = in->at[1];
	if (len >= 0x80) {
		size_t bytes = len & 0x7f;

		/* The indefinite form is not DER; 64 KiB are enough. */
		if (bytes < 1 || bytes > 2 || in->len < 2 + bytes)
			return false;
		len = in->at[2];
		if (bytes == 2)
			len = len << 8 | in->at[3];
		head += bytes;
	}
	if (len > in->len - head)
		return false;
	if (whole != NULL)
		*whole = (struct span){ in->at, head + len };
	if (content != NULL)
		*content = (struct span){ in->at + head, len };
	*in = span_skip(*in, head + len);
	return true;
}

bool
der_parse_certificate(struct span der, struct der_certificate *out)
{
	struct span all, tbs;

	if (!der_cut(&der, DER_SEQUENCE, NULL, &all) ||
	    !der_cut(&all, DER_SEQUENCE, NULL, &tbs))
		return false;
	der_cut(&tbs, DER_CONTEXT_0, NULL, NULL); /* version, may lack */
	return der_cut(&tbs, DER_INTEGER, NULL, NULL) && /* serial number */
	       der_cut(&tbs, DER_SEQUENCE, NULL, NULL) && /* signature */
	       der_cut(&tbs, DER_SEQUENCE, &out->issuer, NULL) &&
	       der_cut(&tbs, DER_SEQUENCE, NULL, NULL) && /* validity */
	       der_cut(&tbs, DER_SEQUENCE, &out->subject, NULL) &&
	       der_cut(&tbs, DER_SEQUENCE, &out->key, NULL);
}

bool
der_has_extension(struct span extensions, struct span oid)
{
	struct span list, item, found;

	if (!der_cut(&extensions, DER_SEQUENCE, NULL, &list))
		return false;
	while (der_cut(&list, DER_SEQUENCE, NULL, &item))
		if (der_cut(&item, DER_OID, NULL, &found) &&
		    span_equal(found, oid))
			return true;
	return false;
}
