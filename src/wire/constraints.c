/* SPDX-License-Identifier: MIT */
/* nameConstraints (RFC 5280 section 4.2.1.10): which names they allow. */
#include "wire/constraints.h"

#include "wire/der.h"
#include "wire/dns.h"

enum { PERMITTED, EXCLUDED };

/* Both may lack, not be empty, and there is one at least. */
static bool read_lists(struct span value, struct span lists[2])
{
	struct span rest;

	if (!der_only(value, DER_SEQUENCE, &rest) || rest.len == 0)
		return false;
	for (unsigned i = PERMITTED; i <= EXCLUDED; i++) {
		lists[i] = (struct span){ NULL, 0 };
		if (der_cut(&rest, (uint8_t)DER_CONTEXT(i), NULL, &lists[i]) &&
		    lists[i].len == 0)
			return false;
	}
	return rest.len == 0;
}

/*
 * The next subtree's base, behind which minimum and maximum would stand; what
 * is malformed stays in the list.
 */
static bool next_base(struct span *list, struct der_element *base)
{
	struct span rest = *list, tree;

	if (!der_cut(&rest, DER_SEQUENCE, NULL, &tree) ||
	    !der_next(&tree, base) || tree.len > 0)
		return false;
	*list = rest;
	return true;
}

/* Ones, then zeros. */
static bool is_mask(const uint8_t *mask, size_t len)
{
	unsigned before = 1;

	for (size_t i = 0; i < len * 8; i++) {
		unsigned bit = mask[i / 8] >> (7 - i % 8) & 1;

		if (bit > before)
			return false;
		before = bit;
	}
	return true;
}

static bool is_known(const struct der_element *base)
{
	size_t half = base->value.len / 2;

	if (base->tag == CERTIFICATE_DNS)
		return true;
	return base->tag == CERTIFICATE_IP &&
	       (base->value.len == 8 || base->value.len == 32) &&
	       is_mask(base->value.at + half, half);
}

bool constraints_are_known(struct span value)
{
	struct der_element base;
	struct span lists[2];

	if (!read_lists(value, lists))
		return false;
	for (size_t i = PERMITTED; i <= EXCLUDED; i++) {
		while (next_base(&lists[i], &base))
			if (!is_known(&base))
				return false;
		if (lists[i].len > 0)
			return false;
	}
	return true;
}

/* The dot of the root may end both (RFC 1034 section 3.1). */
static bool is_host_in(struct span host, struct span base)
{
	bool below;

	span_cut_suffix(&host, SPAN("."));
	span_cut_suffix(&base, SPAN("."));
	if (base.len == 0)
		return true;
	below = span_cut_prefix(&base, SPAN("."));
	return dns_is_within(host, base) && (!below || host.len > base.len + 1);
}

static bool is_address_in(struct span address, struct span base)
{
	size_t len = base.len / 2;

	if (address.len != len)
		return false;
	for (size_t i = 0; i < len; i++)
		if (((address.at[i] ^ base.at[i]) & base.at[len + i]) != 0)
			return false;
	return true;
}

/* Whether one of the subtrees has it; *any: there are some of its kind. */
static bool is_among(const struct der_element *name, struct span list,
                     bool *any)
{
	struct der_element base;

	*any = false;
	while (next_base(&list, &base)) {
		if (base.tag != name->tag)
			continue;
		*any = true;
		if (name->tag == CERTIFICATE_DNS
		            ? is_host_in(name->value, base.value)
		            : is_address_in(name->value, base.value))
			return true;
	}
	return false;
}

bool constraints_allow(struct span value, const struct der_element *name)
{
	struct span lists[2];
	bool any;

	if (name->tag != CERTIFICATE_DNS && name->tag != CERTIFICATE_IP)
		return true;
	if (!read_lists(value, lists) || is_among(name, lists[EXCLUDED], &any))
		return false;
	return is_among(name, lists[PERMITTED], &any) || !any;
}
