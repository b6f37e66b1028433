/* SPDX-License-Identifier: MIT */
/* nameConstraints (RFC 5280 section 4.2.1.10): which names they allow. */
#ifndef WIRE_CONSTRAINTS_H
#define WIRE_CONSTRAINTS_H

#include "wire/certificate.h"

/*
 * Whether the constraints (the extension's value) can be enforced: they are
 * well-formed, and every subtree is of host names or of addresses, without
 * minimum and maximum.
 */
bool constraints_are_known(struct span value);

/*
 * Whether they, which are known, allow this name: it is in no excluded subtree,
 * and in a permitted one where there are any of its kind. A host name is in a
 * subtree if it ends with all labels of its base; one more label at least is
 * needed where the base begins with a dot. IPv4 and IPv6 are one kind. Names
 * of other kinds than a subtree can be of are allowed.
 */
bool constraints_allow(struct span value, const struct der_element *name);

#endif
