/* SPDX-License-Identifier: MIT */
/* Fuzzes what reads certificates: all that is found lies inside, and holds. */
#include "fuzz/fuzz.h"
#include "wire/algorithm.h"
#include "wire/certificate.h"
#include "wire/constraints.h"
#include "wire/der.h"
#include "wire/name.h"

static void check_inside(struct span all, struct span part)
{
	CHECK(part.len == 0 || (part.at >= all.at && part.len <= all.len &&
	                        part.at + part.len <= all.at + all.len));
}

static void check_name(struct span name)
{
	struct span value;

	/* A name that is one equals itself, and has its own hash. */
	if (name_equal(name, name))
		CHECK(name_hash(name) == name_hash(name));
	for (size_t n = 0; name_find(name, NAME_COMMON, n, &value); n++)
		check_inside(name, value);
	CHECK(name_best(name).at != NULL);
}

static void check_constraints(struct span value, struct span names)
{
	const struct der_element host = { CERTIFICATE_DNS,
		                          fuzz_first(value, 9) };
	struct der_element name;
	bool known = constraints_are_known(value);

	(void)constraints_allow(value, &host);
	while (der_next(&names, &name))
		if (!known)
			(void)constraints_allow(value, &name);
}

static void check_extensions(const struct certificate *c)
{
	struct span rest = c->extensions, names;
	struct certificate_extension x, found;
	struct certificate_authority authority;
	size_t count = 0;

	while (certificate_next_extension(&rest, &x)) {
		check_inside(c->whole, x.oid);
		check_inside(c->whole, x.value);
		count++;
		if (certificate_names(c, &names))
			check_constraints(x.value, names);
		/* Of a sound list, each is the one that is found. */
		if (certificate_is_sound(c) && certificate_extension_id(&x)) {
			CHECK(certificate_find(
				c,
				(enum certificate_extension_id)
					certificate_extension_id(&x),
				&found));
			CHECK(found.value.at == x.value.at);
		}
	}
	CHECK(!certificate_is_sound(c) || rest.len == 0);
	CHECK(count <= c->extensions.len);
	(void)certificate_authority(c, &authority);
	(void)certificate_purpose(c);
	(void)certificate_may(c, CERTIFICATE_MAY_SIGN);
}

static void check_certificate(struct span text)
{
	struct certificate c;
	struct algorithm a;
	int64_t from, to;

	if (!certificate_read(text, &c))
		return;
	CHECK(c.version >= 1 && c.version <= 3);
	check_inside(text, c.signed_part);
	check_inside(text, c.signature);
	check_inside(c.signed_part, c.signed_with);
	check_inside(c.signed_part, c.issuer);
	check_inside(c.signed_part, c.subject);
	check_inside(c.signed_part, c.key);
	check_inside(c.signed_part, c.extensions);
	check_name(c.issuer);
	check_name(c.subject);
	(void)name_equal(c.issuer, c.subject);
	(void)certificate_dates(&c, &from, &to);
	(void)algorithm_key_fault(c.key);
	(void)algorithm_read(c.signed_with, &a);
	check_extensions(&c);
	CHECK(!certificate_read(fuzz_first(text, text.len - 1), &c));
}

/* The text as each of the parts: most inputs are no certificate. */
static void check_parts(struct span text)
{
	struct certificate c = { .version = 3,
		                 .whole = text,
		                 .extensions = text,
		                 .validity = text };
	struct algorithm a;
	int64_t from, to;

	check_name(text);
	check_constraints(text, text);
	check_extensions(&c);
	(void)certificate_dates(&c, &from, &to);
	(void)algorithm_key_fault(text);
	(void)algorithm_read(text, &a);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span text = { data, size };

	check_certificate(text);
	check_parts(text);
	return 0;
}
