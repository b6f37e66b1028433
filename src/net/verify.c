/* SPDX-License-Identifier: MIT */
/* Whether a server is the one that was meant, and why it is not. */
#include "net/verify.h"

#include <string.h>
#include <time.h>

#include "base/fmt.h"
#include "net/dial.h"
#include "net/signature.h"
#include "wire/algorithm.h"
#include "wire/constraints.h"
#include "wire/name.h"

/* --- Sentences --- */

/*
 * What is wrong with a certificate is a text to be put behind its name, or
 * NULL. Of these, refuse says more.
 */
static const char EXPIRED[] = " expired ";
static const char EARLY[] = " is not valid before ";
static const char DENIES[] = " has nameConstraints that do not allow ";
static const char TOO_DEEP[] =
	" has more than 8 intermediate certificates above it";

static void put_name(struct buf *out, struct span name)
{
	fmt_printable(out, name_best(name));
}

/* The time that counts, in seconds since 1970. */
static int64_t get_time(const struct verify *v)
{
	return v->has_time ? v->time : (int64_t)time(NULL);
}

static void put_clock(struct buf *out, const struct verify *v)
{
	int64_t now = get_time(v);

	buf_text(out, v->has_time ? "; --at says " : "; this clock says ");
	fmt_time(out, now);
	if (!v->has_time && now < v->built) {
		buf_text(out, ", which is wrong: patrm was built on ");
		fmt_date(out, v->built);
	}
}

/* A host name or an address, as it stands in a certificate. */
static void put_alt_name(struct buf *out, const struct der_element *name)
{
	if (name->tag == CERTIFICATE_IP && name->value.len > 0)
		fmt_address(out, name->value);
	else
		fmt_printable(out, name->value);
}

static bool refuse(const struct verify *v, const struct certificate *c,
                   const char *fault)
{
	enum err_code code = ERR_CERT_BAD;
	BUF_ON_STACK(detail, ERR_DETAIL_MAX);
	int64_t from, to;

	put_name(&detail, (fault == TOO_DEEP ? &v->sent[0].c : c)->subject);
	buf_text(&detail, fault);
	if (fault == DENIES)
		put_alt_name(&detail, &v->denied);
	if (fault == EXPIRED || fault == EARLY) {
		code = fault == EXPIRED ? ERR_CERT_EXPIRED : ERR_CERT_FUTURE;
		certificate_dates(c, &from, &to);
		fmt_time(&detail, fault == EXPIRED ? to : from);
		put_clock(&detail, v);
	}
	return err_set_span(v->err, code, buf_written(&detail));
}

/* --- What holds for every certificate --- */

static const char *dates_fault(const struct verify *v,
                               const struct certificate *c)
{
	int64_t now = get_time(v), from, to;

	if (!certificate_dates(c, &from, &to))
		return " has malformed dates";
	return now > to ? EXPIRED : now < from ? EARLY : NULL;
}

/* RFC 5280 section 4.2: what is critical has to be understood. */
static const char *extensions_fault(const struct certificate *c)
{
	struct span rest = c->extensions, names;
	struct certificate_extension x;

	if (!certificate_is_sound(c))
		return " has malformed extensions";
	if (!certificate_names(c, &names))
		return " has a malformed subjectAltName";
	while (certificate_next_extension(&rest, &x)) {
		if (!x.critical)
			continue;
		switch (certificate_extension_id(&x)) {
		case CERTIFICATE_SUBJECT_KEY:
		case CERTIFICATE_KEY_USAGE:
		case CERTIFICATE_ALT_NAME:
		case CERTIFICATE_BASIC_CONSTRAINTS:
		case CERTIFICATE_NAME_CONSTRAINTS:
		case CERTIFICATE_AUTHORITY_KEY:
		case CERTIFICATE_EXT_KEY_USAGE:
			continue;
		case CERTIFICATE_POLICIES:
		case CERTIFICATE_POLICY_MAPPINGS:
		case CERTIFICATE_POLICY_CONSTRAINTS:
		case CERTIFICATE_INHIBIT_ANY_POLICY:
			return " has a critical extension about policies,"
			       " which patrm does not check";
		default:
			return " has a critical extension that patrm does not"
			       " know";
		}
	}
	return NULL;
}

/* --- Who may vouch --- */

/* RFC 5280 section 6.1.3 (b) and (c), for all that stands below. */
static const char *constraints_fault(struct verify *v,
                                     const struct certificate *c, size_t child)
{
	struct certificate_extension x;
	struct span names;

	if (!certificate_find(c, CERTIFICATE_NAME_CONSTRAINTS, &x))
		return NULL;
	if (!constraints_are_known(x.value))
		return " has nameConstraints of a kind that patrm does not"
		       " check";
	v->denied = v->name;
	if (!constraints_allow(x.value, &v->denied))
		return DENIES;
	for (;; child = v->sent[child].child) {
		if (!certificate_names(&v->sent[child].c, &names))
			names.len = 0; /* it is refused for that */
		while (der_next(&names, &v->denied))
			if (!constraints_allow(x.value, &v->denied))
				return DENIES;
		if (child == 0)
			return NULL;
	}
}

/* RFC 5280 section 6.1.4 (l): those that name themselves do not count. */
static unsigned count_below(const struct verify *v, size_t child)
{
	unsigned count = 0;

	for (; child != 0; child = v->sent[child].child)
		if (!name_equal(v->sent[child].c.subject,
		                v->sent[child].c.issuer))
			count++;
	return count;
}

static const char *authority_fault(struct verify *v,
                                   const struct certificate *c, size_t child)
{
	struct certificate_authority a;

	/* Versions 1 and 2, of the store, have no extensions to say it. */
	if (c->version < 3)
		return NULL;
	if (!certificate_authority(c, &a))
		return " has malformed basicConstraints";
	if (!a.is_ca)
		return " is not a CA's, but has issued another";
	if (!certificate_may(c, CERTIFICATE_MAY_CERTIFY))
		return " may not issue others (keyUsage)";
	if (a.limited && count_below(v, child) > a.path_max)
		return " allows fewer certificates below it"
		       " (pathLenConstraint)";
	if (certificate_purpose(c) == CERTIFICATE_FOR_OTHERS)
		return " may not vouch for servers (extKeyUsage)";
	return constraints_fault(v, c, child);
}

/*
 * Why it may not vouch for the one that it has signed, and all below. A root
 * inside, which has no bytes, has nothing that could forbid it.
 */
static const char *voucher_fault(struct verify *v, const struct certificate *c,
                                 size_t child)
{
	const char *fault;

	if (c->whole.len == 0)
		return NULL;
	fault = extensions_fault(c);
	if (fault == NULL)
		fault = authority_fault(v, c, child);
	return fault != NULL ? fault : dates_fault(v, c);
}

/* The same for one that was sent. */
static const char *sent_fault(struct verify *v, const struct certificate *c,
                              size_t child)
{
	struct algorithm a;
	const char *fault = algorithm_read(c->signed_with, &a);

	if (v->sent[child].above >= INTERMEDIATES_MAX)
		return TOO_DEEP;
	if (fault != NULL)
		return fault;
	if (c->version < 3)
		return " is of X.509 version 1 or 2";
	return voucher_fault(v, c, child);
}

/* --- Who may have signed a certificate --- */

/*
 * The search for a path to the store goes on in the breadth, so the shortest
 * is found, and comes to every certificate once: whoever has signed those that
 * it has come to is next. Signatures are checked where a name fits, until the
 * key is known that has made it.
 */
struct path {
	size_t queue[CHAIN_MAX];
	size_t count;
	size_t last; /* the one at hand, whose issuer is looked for */
	bool all; /* those that may not vouch count, too: one ends the search */
	unsigned checks; /* of its signature */
	struct span key; /* that has made it, once that is known */
};

/*
 * Whether this one, of which that is wrong, has signed the one at hand and may
 * vouch for it.
 */
static bool is_signer(struct verify *v, struct path *p,
                      const struct certificate *c, const char *fault)
{
	if (fault != NULL && !p->all)
		return false;
	if (p->key.len == 0) {
		if (p->checks++ >= SIGNERS_MAX ||
		    !signature_is_by(&v->sent[p->last].c, c->key))
			return false;
		p->key = c->key;
	}
	return span_equal(p->key, c->key) &&
	       (fault == NULL || refuse(v, c, fault));
}

/* Those of the store, which end the path. */
static bool find_anchor(struct verify *v, struct path *p)
{
	const struct certificate *c = &v->sent[p->last].c;
	struct certificate anchor;
	bool found = false;

	v->anchor_count = 0;
	v->anchor_fault = NULL;
	castore_seek(&v->store, c->issuer);
	for (; castore_next(&v->store, &anchor, v->err); v->anchor_count++) {
		const char *fault = algorithm_key_fault(anchor.key);

		if (fault != NULL) {
			v->anchor_fault = fault;
			v->store.unreadable++;
			continue;
		}
		fault = voucher_fault(v, &anchor, p->last);
		found = found || is_signer(v, p, &anchor, fault);
		if (v->err->code != ERR_NONE)
			return false;
	}
	return found;
}

/* Those that were sent, which are where it goes on. */
static void find_issuers(struct verify *v, struct path *p)
{
	for (size_t i = 1; i < v->sent_count; i++) {
		struct verify_sent *s = &v->sent[i];

		if (s->reached || v->err->code != ERR_NONE ||
		    !name_equal(s->c.subject, v->sent[p->last].c.issuer) ||
		    algorithm_key_fault(s->c.key) != NULL ||
		    !is_signer(v, p, &s->c, sent_fault(v, &s->c, p->last)))
			continue;
		s->reached = true;
		s->child = (uint8_t)p->last;
		s->above = (uint8_t)(v->sent[p->last].above + 1);
		p->queue[p->count++] = i;
	}
}

/* --- The path --- */

static bool note_voucher(struct verify *v, struct span name)
{
	struct buf out = BUF_OVER(v->voucher);

	put_name(&out, name);
	v->voucher_len = out.len;
	return true;
}

/* From the server's certificate to an anchor. */
static bool find_path(struct verify *v, struct path *p)
{
	p->queue[0] = 0;
	p->count = 1;
	for (size_t i = 0; i < v->sent_count; i++)
		v->sent[i].reached = i == 0;
	for (size_t head = 0; head < p->count; head++) {
		const struct certificate *c = &v->sent[p->queue[head]].c;
		bool found;

		p->last = p->queue[head];
		p->checks = 0;
		p->key.len = 0;
		if (!wait_not_over(v->deadline, v->err))
			return false;
		found = find_anchor(v, p);
		if (v->err->code != ERR_NONE)
			return false;
		if (found)
			return note_voucher(v, c->issuer);
		find_issuers(v, p);
	}
	return false;
}

/* Nobody has signed the last one whose issuer was looked for: why. */
static bool refuse_issuer(struct verify *v, size_t last)
{
	const struct certificate *c = &v->sent[last].c;
	const struct verify_sent *issuer = NULL; /* that has the name */
	const char *fault = v->anchor_fault;
	BUF_ON_STACK(detail, ERR_DETAIL_MAX);

	for (size_t i = 1; issuer == NULL && i < v->sent_count; i++)
		if (i != last && name_equal(v->sent[i].c.subject, c->issuer))
			issuer = &v->sent[i];
	if (fault == NULL && issuer != NULL)
		fault = algorithm_key_fault(issuer->c.key);
	put_name(&detail, c->issuer);
	if (fault != NULL) {
		buf_text(&detail, fault);
		return err_set_span(v->err, ERR_CERT_BAD, buf_written(&detail));
	}
	if (name_equal(c->subject, c->issuer)) {
		buf_text(&detail, " is self-signed and");
	} else if (issuer != NULL && issuer->reached) {
		buf_text(&detail, " and others have signed each other, and");
	} else {
		buf_text(&detail, issuer != NULL
		                          ? " was sent, but has not signed "
		                          : ", which issued ");
		put_name(&detail, c->subject);
		buf_text(&detail, issuer != NULL ? ", and" : ",");
	}
	buf_text(&detail,
	         v->anchor_count > 0 ? " is not the one in " : " is not in ");
	buf_text(&detail, v->store.name);
	if (v->has_more)
		buf_text(&detail, "; more than 21 certificates were sent");
	if (v->has_broken)
		buf_text(&detail, "; what was sent with it cannot be read");
	return err_set_span(v->err, ERR_CERT_ISSUER, buf_written(&detail));
}

static bool scan_store(struct verify *v)
{
	struct castore_wish wish = { .certificate = v->sent[0].c.whole };

	for (; wish.count < v->sent_count; wish.count++)
		wish.issuers[wish.count] = v->sent[wish.count].c.issuer;
	return castore_scan(&v->store, &wish, v->err);
}

/* Whether it is listed, or somebody whom the store trusts vouches for it. */
static bool check_path(struct verify *v)
{
	const struct certificate *c = &v->sent[0].c;
	struct algorithm a;
	const char *fault = algorithm_read(c->signed_with, &a);
	struct path p = { .all = false };

	if (!scan_store(v))
		return false;
	if (v->store.listed)
		return note_voucher(v, c->subject);
	if (fault != NULL)
		return refuse(v, c, fault);
	if (find_path(v, &p))
		return true;
	p.all = true;
	if (v->err->code == ERR_NONE && find_path(v, &p))
		return true;
	return v->err->code == ERR_NONE && refuse_issuer(v, p.last);
}

/* --- The server's own certificate --- */

/*
 * RFC 9525 section 6.3: a name, or all names that have one label more. An
 * address is itself alone (RFC 9110 section 4.3.5).
 */
static bool is_meant(const struct verify *v, struct span pattern,
                     struct span host)
{
	if (v->is_address)
		return span_equal(pattern, host);
	if (span_equal_nocase(pattern, host))
		return true;
	span_until(&host, ".");
	return span_cut_prefix(&pattern, SPAN("*.")) &&
	       span_cut_prefix(&host, SPAN(".")) &&
	       span_equal_nocase(pattern, host);
}

/* The names that it has, for the sentence about a wrong one. */
static bool refuse_host(const struct verify *v, const struct certificate *c,
                        bool named)
{
	struct der_element name;
	struct span names;
	BUF_ON_STACK(detail, ERR_DETAIL_MAX);
	const char *between = ", but for ";

	buf_text(&detail, v->host);
	if (!named) {
		buf_text(&detail, between);
		put_name(&detail, c->subject);
	}
	certificate_names(c, &names);
	while (der_next(&names, &name)) {
		if (name.tag != CERTIFICATE_DNS && name.tag != CERTIFICATE_IP)
			continue;
		buf_text(&detail, between);
		between = ", ";
		/* It may look like the address that it is not. */
		if (v->is_address && name.tag == CERTIFICATE_DNS)
			buf_text(&detail, "the name ");
		put_alt_name(&detail, &name);
	}
	return err_set_span(v->err, ERR_CERT_NAME, buf_written(&detail));
}

static bool check_host(const struct verify *v, const struct certificate *c)
{
	struct certificate_extension x;
	struct der_element name;
	struct span rest, common;
	bool named = certificate_find(c, CERTIFICATE_ALT_NAME, &x);

	certificate_names(c, &rest);
	while (der_next(&rest, &name))
		if (name.tag == v->name.tag &&
		    is_meant(v, name.value, v->name.value))
			return true;
	/* One that is listed and has no other names is for its common names. */
	for (size_t n = 0;
	     !named && name_find(c->subject, NAME_COMMON, n, &common); n++)
		if (is_meant(v, common, span_of(v->host)))
			return true;
	return refuse_host(v, c, named);
}

/* What need not be so for one that is listed. */
static const char *form_fault(const struct certificate *c)
{
	struct certificate_authority a;
	struct certificate_extension x;

	if (!certificate_authority(c, &a))
		return " has malformed basicConstraints";
	if (a.is_ca)
		return " is a CA's, not a server's";
	if (c->version < 3)
		return " is of X.509 version 1 or 2";
	if (!certificate_find(c, CERTIFICATE_ALT_NAME, &x))
		return " has no subjectAltName";
	if (certificate_find(c, CERTIFICATE_NAME_CONSTRAINTS, &x))
		return " has nameConstraints, but is not a CA's";
	return NULL;
}

static bool check_leaf(const struct verify *v, const struct certificate *c)
{
	const char *fault = dates_fault(v, c);
	enum certificate_purpose purpose;

	if (fault == NULL)
		fault = extensions_fault(c);
	if (fault == NULL && !v->store.listed)
		fault = form_fault(c);
	if (fault != NULL)
		return refuse(v, c, fault);
	if (!check_host(v, c))
		return false;
	purpose = certificate_purpose(c);
	if (purpose != CERTIFICATE_FOR_ALL &&
	    purpose != CERTIFICATE_FOR_SERVERS)
		return refuse(v, c, " is not for servers (extKeyUsage)");
	if (!certificate_may(c, CERTIFICATE_MAY_SIGN))
		return refuse(v, c, " is not for signatures (keyUsage)");
	return pin_check(&v->pins, c->key, v->err);
}

/* --- What the handshake asks --- */

/* Keeps one that was sent; false where there is no room or it is none. */
static bool keep(struct verify *v, struct span der)
{
	struct verify_sent *s = &v->sent[v->sent_count];

	if (v->sent_count == CHAIN_MAX ||
	    der.len > sizeof(v->bytes) - v->bytes_len) {
		v->has_more = true;
		return false;
	}
	memcpy(v->bytes + v->bytes_len, der.at, der.len);
	der.at = v->bytes + v->bytes_len;
	*s = (struct verify_sent){ 0 };
	if (!certificate_read(der, &s->c)) {
		v->has_broken = true;
		return false;
	}
	v->bytes_len += der.len;
	v->sent_count++;
	return true;
}

bool verify_take(struct verify *v, struct span der, struct span *key)
{
	const bool first = v->sent_count == 0;
	const char *fault;

	for (size_t i = 0; i < v->sent_count; i++)
		if (span_equal(v->sent[i].c.whole, der))
			return true;
	if (!keep(v, der) && first)
		return err_set(v->err, ERR_CERT_FORM, "it is malformed");
	if (!first)
		return true;
	*key = v->sent[0].c.key;
	fault = algorithm_key_fault(*key);
	return fault == NULL || refuse(v, &v->sent[0].c, fault);
}

bool verify_judge(struct verify *v, struct span key)
{
	const struct certificate *c = &v->sent[0].c;

	return v->sent_count > 0 && span_equal(c->key, key) && check_path(v) &&
	       check_leaf(v, c);
}

void verify_expect(struct verify *v, const char *host, struct deadline d,
                   struct err *e)
{
	v->host = host;
	v->is_address = dial_is_address(host) &&
	                address_parse(span_of(host), &v->address);
	v->name = v->is_address
	                  ? (struct der_element){ CERTIFICATE_IP,
		                                  address_bytes(&v->address) }
	                  : (struct der_element){ CERTIFICATE_DNS,
		                                  span_of(host) };
	v->deadline = v->store.deadline =
		deadline_for(d, "verifying the server's certificate");
	v->err = e;
	v->has_more = v->has_broken = false;
	v->voucher_len = v->sent_count = v->bytes_len = 0;
}
