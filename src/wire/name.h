/* SPDX-License-Identifier: MIT */
/* Distinguished names: whether two are one, and how people call them. */
#ifndef WIRE_NAME_H
#define WIRE_NAME_H

#include "base/buf.h"

/*
 * A Name (RFC 5280 section 4.1.2.4) is given whole, with tag and length.
 *
 * Names are compared as RFC 5280 section 7.1 asks: the same attributes in the
 * same order, those of one RDN in any; text by its characters, whatever type
 * of string it is in, without regard to the case of ASCII letters, to blanks
 * at the ends, and to how many blanks stand together inside. Not done is what
 * would need Unicode's tables: other letters must be the same. Anything but
 * text must have the same bytes.
 */
bool name_equal(struct span a, struct span b);

/*
 * A hash (FNV-1a) that equal names have in common; those apart that have one
 * attribute twice in an RDN, which X.501 does not allow.
 */
uint32_t name_hash(struct span name);

/* Types of attributes: id-at-commonName, id-at-organizationName. */
#define NAME_COMMON SPAN("\x55\x04\x03")
#define NAME_ORGANIZATION SPAN("\x55\x04\x0a")

/* The nth (from 0) value of that type, in its own bytes; false: no such. */
bool name_find(struct span name, struct span type, size_t nth,
               struct span *value);

/*
 * How people call it: its first common name, else its first organization, in
 * its own bytes; "(without a name)" where it has neither.
 */
struct span name_best(struct span name);

#endif
