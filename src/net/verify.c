/* SPDX-License-Identifier: MIT */
/* Whether a server is the one that was meant, and why it is not. */
#include "net/verify.h"

#include <arpa/inet.h>
#include <string.h>
#include <time.h>

#include "base/fmt.h"
#include "net/dial.h"
#include "wire/algorithm.h"
#include "wire/constraints.h"
#include "wire/name.h"

/* --- Sentences --- */

static void
put_name(struct buf *out, struct span name)
{
	fmt_printable(out, name_best(name));
}

/* What is wrong with the certificate that has this subject. */
static bool
refuse_name(struct span subject, const char *reason, struct err *e)
{
	uint8_t text[ERR_DETAIL_MAX];
	struct buf detail = BUF_OVER(text);

	put_name(&detail, subject);
	buf_text(&detail, reason);
	return err_set(e, ERR_CERT_BAD, buf_written(&detail));
}

static bool
refuse(const struct certificate *c, const char *reason, struct err *e)
{
	return refuse_name(c->subject, reason, e);
}

/* The time that counts, in seconds since 1970. */
static int64_t
get_time(const struct verify *v)
{
	return v->has_time ? v->time : (int64_t)time(NULL);
}

static void
put_clock(struct buf *out, const struct verify *v)
{
	int64_t now = get_time(v);

	buf_text(out, v->has_time ? "; --at says " : "; this clock says ");
	fmt_time(out, now);
	if (!v->has_time && now < v->built) {
		buf_text(out, ", which is wrong: patrm was built on ");
		fmt_date(out, v->built);
	}
}

static bool
refuse_time(const struct verify *v, const struct certificate *c, int64_t from,
            int64_t to, struct err *e)
{
	uint8_t text[ERR_DETAIL_MAX];
	struct buf detail = BUF_OVER(text);
	bool expired = get_time(v) > to;

	put_name(&detail, c->subject);
	buf_text(&detail, expired ? " expired " : " is not valid before ");
	fmt_time(&detail, expired ? to : from);
	put_clock(&detail, v);
	return err_set(e, expired ? ERR_CERT_EXPIRED : ERR_CERT_FUTURE,
	               buf_written(&detail));
}

/* A host name or an address, as it stands in a certificate. */
static void
put_alt_name(struct buf *out, const struct certificate_name *name)
{
	if (name->tag == CERTIFICATE_IP && name->value.len > 0)
		fmt_address(out, name->value);
	else
		fmt_printable(out, name->value);
}

static bool
refuse_constrained(const struct certificate *c,
                   const struct certificate_name *name, struct err *e)
{
	uint8_t text[ERR_DETAIL_MAX];
	struct buf detail = BUF_OVER(text);

	put_name(&detail, c->subject);
	buf_text(&detail, " has nameConstraints that do not allow ");
	put_alt_name(&detail, name);
	return err_set(e, ERR_CERT_BAD, buf_written(&detail));
}

/* --- What holds for every certificate --- */

static bool
check_dates(const struct verify *v, const struct certificate *c, struct err *e)
{
	int64_t now = get_time(v), from, to;

	if (!certificate_dates(c, &from, &to))
		return refuse(c, " has malformed dates", e);
	return (from <= now && now <= to) || refuse_time(v, c, from, to, e);
}

/* RFC 5280 section 4.2: what is critical has to be understood. */
static bool
check_extensions(const struct certificate *c, struct err *e)
{
	struct span rest = c->extensions;
	struct certificate_extension x;
	struct span names;

	if (!certificate_is_sound(c))
		return refuse(c, " has malformed extensions", e);
	if (!certificate_names(c, &names))
		return refuse(c, " has a malformed subjectAltName", e);
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
			return refuse(c,
			              " has a critical extension about"
			              " policies, which patrm does not check",
			              e);
		default:
			return refuse(c,
			              " has a critical extension that patrm"
			              " does not know",
			              e);
		}
	}
	return true;
}

/* --- Who may vouch --- */

/* Whether the constraints allow every name of this certificate. */
static bool
allow_names_of(struct span constraints, const struct certificate *c,
               struct certificate_name *bad)
{
	struct span names;

	if (!certificate_names(c, &names))
		return true; /* it is refused for that */
	while (certificate_next_name(&names, bad))
		if (!constraints_allow(constraints, bad))
			return false;
	return true;
}

/* RFC 5280 section 6.1.3 (b) and (c), for all that stands below. */
static bool
check_constraints(const struct verify *v, const struct certificate *c,
                  size_t child, struct err *e)
{
	struct certificate_extension x;
	struct certificate_name bad = v->name;

	if (!certificate_find(c, CERTIFICATE_NAME_CONSTRAINTS, &x))
		return true;
	if (!constraints_are_known(x.value))
		return refuse(c,
		              " has nameConstraints of a kind that patrm does"
		              " not check",
		              e);
	if (!constraints_allow(x.value, &bad))
		return refuse_constrained(c, &bad, e);
	for (;; child = v->sent[child].child) {
		if (!allow_names_of(x.value, &v->sent[child].c, &bad))
			return refuse_constrained(c, &bad, e);
		if (child == 0)
			return true;
	}
}

/* RFC 5280 section 6.1.4 (l): those that name themselves do not count. */
static unsigned
count_below(const struct verify *v, size_t child)
{
	unsigned count = 0;

	for (; child != 0; child = v->sent[child].child)
		if (!name_equal(v->sent[child].c.subject,
		                v->sent[child].c.issuer))
			count++;
	return count;
}

static bool
check_authority(const struct verify *v, const struct certificate *c,
                size_t child, struct err *e)
{
	struct certificate_authority a;

	/* Versions 1 and 2, of the store, cannot say it. */
	if (c->version < 3)
		return true;
	if (!certificate_authority(c, &a))
		return refuse(c, " has malformed basicConstraints", e);
	if (!a.is_ca)
		return refuse(c, " is not a CA's, but has issued another", e);
	if (!certificate_may(c, CERTIFICATE_MAY_CERTIFY))
		return refuse(c, " may not issue others (keyUsage)", e);
	if (a.limited && count_below(v, child) > a.path_max)
		return refuse(c,
		              " allows fewer certificates below it"
		              " (pathLenConstraint)",
		              e);
	return true;
}

/* Whether it may vouch for the one that it has signed, and all below. */
static bool
check_voucher(const struct verify *v, const struct certificate *c, size_t child,
              struct err *e)
{
	return check_extensions(c, e) && check_authority(v, c, child, e) &&
	       (certificate_purpose(c) != CERTIFICATE_FOR_OTHERS ||
	        refuse(c, " may not vouch for servers (extKeyUsage)", e)) &&
	       check_constraints(v, c, child, e) && check_dates(v, c, e);
}

/* The same for one that was sent. */
static bool
check_sent(const struct verify *v, size_t i, size_t child, struct err *e)
{
	const struct certificate *c = &v->sent[i].c;
	struct algorithm a;
	const char *fault = algorithm_read(c->signed_with, &a);

	if (v->sent[child].above >= INTERMEDIATES_MAX)
		return refuse(&v->sent[0].c,
		              " has more than 8 intermediate certificates"
		              " above it",
		              e);
	if (fault != NULL)
		return refuse(c, fault, e);
	if (c->version < 3)
		return refuse(c, " is of X.509 version 1 or 2", e);
	return check_voucher(v, c, child, e);
}

/* The same for an anchor. A root inside has nothing that could forbid it. */
static bool
check_anchor(const struct verify *v, const struct castore_anchor *a,
             size_t child, struct err *e)
{
	struct certificate c;

	return a->certificate.len == 0 ||
	       (certificate_read(a->certificate, &c) &&
	        check_voucher(v, &c, child, e));
}

/* --- Who may have signed a certificate --- */

static void
add_candidate(struct verify *v, struct span key, size_t sent, size_t nth)
{
	if (v->candidate_count == SIGNERS_MAX)
		return;
	v->keys[v->candidate_count] = key;
	v->candidates[v->candidate_count].sent = sent;
	v->candidates[v->candidate_count].nth = nth;
	v->candidate_count++;
}

/* Keeps the key, which the store overwrites. */
static void
add_anchor(struct verify *v, struct span key, size_t nth)
{
	uint8_t *at = v->key_bytes + v->key_bytes_len;

	if (key.len > sizeof(v->key_bytes) - v->key_bytes_len)
		return;
	memcpy(at, key.at, key.len);
	v->key_bytes_len += key.len;
	add_candidate(v, (struct span){ at, key.len }, 0, nth);
}

/*
 * The candidates for the issuer of a certificate: first those of the store,
 * which end the path. `all`: those too that may not vouch, to say why.
 */
static bool
gather_anchors(struct verify *v, size_t child, bool all, struct err *e)
{
	const struct certificate *c = &v->sent[child].c;
	const struct span self =
		child == 0 ? c->whole : (struct span){ NULL, 0 };
	struct castore_anchor anchor;

	v->anchor_count = v->candidate_count = v->key_bytes_len = 0;
	v->anchor_fault = NULL;
	if (!castore_seek(&v->store, c->issuer, self, e))
		return false;
	for (; castore_next(&v->store, &anchor, e); v->anchor_count++) {
		const char *key_fault = algorithm_key_fault(anchor.key);
		struct err fault = { 0 };

		if (key_fault != NULL) {
			v->anchor_fault = key_fault;
			v->store.unreadable++;
		} else if (all || check_anchor(v, &anchor, child, &fault)) {
			add_anchor(v, anchor.key, v->anchor_count);
		}
	}
	if (child == 0)
		v->listed = v->store.found;
	return e->code == ERR_NONE;
}

static void
gather_sent(struct verify *v, size_t child, bool all)
{
	const struct certificate *c = &v->sent[child].c;

	for (size_t i = 1; i < v->sent_count; i++) {
		const struct verify_sent *s = &v->sent[i];
		struct err fault = { 0 };

		if (!s->reached && name_equal(s->c.subject, c->issuer) &&
		    algorithm_key_fault(s->c.key) == NULL &&
		    (all || check_sent(v, i, child, &fault)))
			add_candidate(v, s->c.key, i, 0);
	}
}

/* --- The path --- */

/*
 * The search for a path to the store goes on in the breadth, so the shortest
 * is found, and comes to every certificate once: whoever has signed those that
 * it has come to is next. Signatures are checked where a name fits, one for
 * each certificate and each key of that name.
 */
struct path {
	size_t queue[CHAIN_MAX];
	size_t count;
	size_t last; /* whose issuer was looked for last */
	bool all; /* of those that may not vouch, too: one ends the search */
};

static void
note_voucher(struct verify *v, struct span name)
{
	struct buf out = BUF_OVER(v->voucher);

	put_name(&out, name);
	v->voucher_len = out.len;
}

/* An anchor has signed it. In a search for faults it may be one with some. */
static bool
end_at_anchor(struct verify *v, const struct path *p, size_t nth, struct err *e)
{
	const struct certificate *c = &v->sent[p->last].c;
	struct castore_anchor anchor;

	if (p->all &&
	    castore_seek(&v->store, c->issuer, (struct span){ NULL, 0 }, e)) {
		while (castore_next(&v->store, &anchor, e) && nth > 0)
			nth--;
		if (e->code != ERR_NONE ||
		    !check_anchor(v, &anchor, p->last, e))
			return false;
	}
	note_voucher(v, c->issuer);
	return true;
}

/* All that have this key have signed it, and are where it goes on. */
static bool
go_on(struct verify *v, struct path *p, struct span key, struct err *e)
{
	for (size_t i = 0; i < v->candidate_count; i++) {
		size_t at = v->candidates[i].sent;
		struct verify_sent *s = &v->sent[at];

		if (at == 0 || !span_equal(v->keys[i], key))
			continue;
		if (p->all && !check_sent(v, at, p->last, e))
			return false;
		s->reached = true;
		s->child = (uint8_t)p->last;
		s->above = (uint8_t)(v->sent[p->last].above + 1);
		p->queue[p->count++] = at;
	}
	return true;
}

/* Looks for who has signed the last one; true where the path has an end. */
static bool
take_step(struct verify *v, struct path *p, struct err *e)
{
	const struct certificate *c = &v->sent[p->last].c;
	const struct verify_candidate *found;
	size_t which;

	if (!mbedtls_port_find_signer(c, v->keys, v->candidate_count, &which))
		return false;
	found = &v->candidates[which];
	if (found->sent == 0)
		return end_at_anchor(v, p, found->nth, e);
	go_on(v, p, v->keys[which], e);
	return false;
}

static bool
find_path(struct verify *v, struct path *p, struct err *e)
{
	p->queue[0] = 0;
	p->count = 1;
	for (size_t i = 0; i < v->sent_count; i++)
		v->sent[i].reached = i == 0;
	for (size_t head = 0; head < p->count; head++) {
		p->last = p->queue[head];
		if (!wait_not_over(v->deadline, e))
			return false;
		/* The first time, check_path has looked for the first one's. */
		if ((head > 0 || p->all) &&
		    !gather_anchors(v, p->last, p->all, e))
			return false;
		gather_sent(v, p->last, p->all);
		if (take_step(v, p, e))
			return true;
		if (e->code != ERR_NONE)
			return false;
	}
	return false;
}

/* The first that was sent and has the name of the issuer; 0: none has. */
static size_t
find_sent_issuer(const struct verify *v, size_t child)
{
	for (size_t i = 1; i < v->sent_count; i++)
		if (i != child &&
		    name_equal(v->sent[i].c.subject, v->sent[child].c.issuer))
			return i;
	return 0;
}

/* Nobody has signed the last one whose issuer was looked for: why. */
static bool
refuse_issuer(struct verify *v, size_t last, struct err *e)
{
	const struct certificate *c = &v->sent[last].c;
	size_t sent = find_sent_issuer(v, last);
	const char *fault = v->anchor_fault;
	uint8_t text[ERR_DETAIL_MAX];
	struct buf detail = BUF_OVER(text);

	if (fault == NULL && sent != 0)
		fault = algorithm_key_fault(v->sent[sent].c.key);
	if (fault != NULL)
		return refuse_name(c->issuer, fault, e);
	put_name(&detail, c->issuer);
	if (name_equal(c->subject, c->issuer)) {
		buf_text(&detail, " is self-signed and");
	} else if (sent != 0 && v->sent[sent].reached) {
		buf_text(&detail, " and others have signed each other, and");
	} else {
		buf_text(&detail, sent != 0 ? " was sent, but has not signed "
		                            : ", which issued ");
		put_name(&detail, c->subject);
		buf_text(&detail, sent != 0 ? ", and" : ",");
	}
	buf_text(&detail,
	         v->anchor_count > 0 ? " is not the one in " : " is not in ");
	buf_text(&detail, v->store.name);
	if (v->has_more)
		buf_text(&detail, "; more than 21 certificates were sent");
	if (v->has_broken)
		buf_text(&detail, "; what was sent with it cannot be read");
	return err_set(e, ERR_CERT_ISSUER, buf_written(&detail));
}

/* Whether it is listed, or somebody whom the store trusts vouches for it. */
static bool
check_path(struct verify *v, struct err *e)
{
	const struct certificate *c = &v->sent[0].c;
	struct algorithm a;
	const char *fault = algorithm_read(c->signed_with, &a);
	struct path p = { .all = false };

	if (!gather_anchors(v, 0, false, e))
		return false;
	if (v->listed) {
		note_voucher(v, c->subject);
		return true;
	}
	if (fault != NULL)
		return refuse(c, fault, e);
	if (find_path(v, &p, e))
		return true;
	p.all = true;
	if (e->code == ERR_NONE && find_path(v, &p, e))
		return true;
	return e->code == ERR_NONE && refuse_issuer(v, p.last, e);
}

/* --- The server's own certificate --- */

/* RFC 9525 section 6.3: a name, or all names that have one label more. */
static bool
is_name_of(struct span pattern, struct span host)
{
	const uint8_t *dot = memchr(host.at, '.', host.len);

	if (span_equal_nocase(pattern, host))
		return true;
	if (pattern.len < 2 || pattern.at[0] != '*' || pattern.at[1] != '.' ||
	    dot == NULL)
		return false;
	return span_equal_nocase(span_skip(pattern, 1),
	                         span_skip(host, (size_t)(dot - host.at)));
}

/* RFC 9110 section 4.3.5: an address matches an iPAddress, and only that. */
static bool
is_host(const struct verify *v, const struct certificate_name *name)
{
	if (name->tag != v->name.tag)
		return false;
	return v->is_address ? span_equal(name->value, v->name.value)
	                     : is_name_of(name->value, v->name.value);
}

/* The names that it has, for the sentence about a wrong one. */
static bool
refuse_host(const struct verify *v, const struct certificate *c,
            struct span names, struct err *e)
{
	struct certificate_extension x;
	struct certificate_name name;
	uint8_t text[ERR_DETAIL_MAX];
	struct buf detail = BUF_OVER(text);
	const char *between = ", but for ";

	buf_text(&detail, v->host);
	if (!certificate_find(c, CERTIFICATE_ALT_NAME, &x)) {
		buf_text(&detail, between);
		put_name(&detail, c->subject);
	}
	while (certificate_next_name(&names, &name)) {
		if (name.tag != CERTIFICATE_DNS && name.tag != CERTIFICATE_IP)
			continue;
		buf_text(&detail, between);
		between = ", ";
		/* It may look like the address that it is not. */
		if (v->is_address && name.tag == CERTIFICATE_DNS)
			buf_text(&detail, "the name ");
		put_alt_name(&detail, &name);
	}
	return err_set(e, ERR_CERT_NAME, buf_written(&detail));
}

/* One that is listed and has no other names is for its common names. */
static bool
has_common_name(const struct verify *v, const struct certificate *c)
{
	const struct span host = span_of(v->host);
	struct span value;

	for (size_t n = 0; name_common(c->subject, n, &value); n++)
		if (v->is_address ? span_equal(value, host)
		                  : is_name_of(value, host))
			return true;
	return false;
}

static bool
check_host(const struct verify *v, const struct certificate *c, struct err *e)
{
	struct certificate_extension x;
	struct certificate_name name;
	struct span names, rest;

	certificate_names(c, &names);
	rest = names;
	while (certificate_next_name(&rest, &name))
		if (is_host(v, &name))
			return true;
	if (!certificate_find(c, CERTIFICATE_ALT_NAME, &x) &&
	    has_common_name(v, c))
		return true;
	return refuse_host(v, c, names, e);
}

/* What need not be so for one that is listed. */
static bool
check_form(const struct certificate *c, struct err *e)
{
	struct certificate_authority a;
	struct certificate_extension x;

	if (!certificate_authority(c, &a))
		return refuse(c, " has malformed basicConstraints", e);
	if (a.is_ca)
		return refuse(c, " is a CA's, not a server's", e);
	if (c->version < 3)
		return refuse(c, " is of X.509 version 1 or 2", e);
	if (!certificate_find(c, CERTIFICATE_ALT_NAME, &x))
		return refuse(c, " has no subjectAltName", e);
	if (certificate_find(c, CERTIFICATE_NAME_CONSTRAINTS, &x))
		return refuse(c, " has nameConstraints, but is not a CA's", e);
	return true;
}

static bool
check_leaf(const struct verify *v, const struct certificate *c, struct err *e)
{
	enum certificate_purpose purpose;

	if (!check_dates(v, c, e) || !check_extensions(c, e) ||
	    !(v->listed || check_form(c, e)) || !check_host(v, c, e))
		return false;
	purpose = certificate_purpose(c);
	if (purpose != CERTIFICATE_FOR_ALL &&
	    purpose != CERTIFICATE_FOR_SERVERS)
		return refuse(c, " is not for servers (extKeyUsage)", e);
	if (!certificate_may(c, CERTIFICATE_MAY_SIGN))
		return refuse(c, " is not for signatures (keyUsage)", e);
	return pin_check(&v->pins, c->key, e);
}

/* --- What mbedTLS asks --- */

static bool
is_there_already(const struct verify *v, struct span der)
{
	for (size_t i = 0; i < v->sent_count; i++)
		if (span_equal(v->sent[i].c.whole, der))
			return true;
	return false;
}

/* Keeps one that was sent; false where there is no room or it is none. */
static bool
keep(struct verify *v, struct span der)
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

/* As mbedtls_port.h says of a peer's take. */
static bool
take(void *context, struct span der, struct span *key)
{
	struct verify *v = context;
	const char *fault;

	if (v->sent_count > 0) {
		if (!is_there_already(v, der))
			keep(v, der);
		return true;
	}
	if (!keep(v, der))
		return err_set(v->err, ERR_CERT_FORM, SPAN("it is malformed"));
	*key = v->sent[0].c.key;
	fault = algorithm_key_fault(*key);
	return fault == NULL || refuse(&v->sent[0].c, fault, v->err);
}

/* As mbedtls_port.h says of a peer's judge. */
static bool
judge(void *context, struct span key)
{
	struct verify *v = context;
	const struct certificate *c = &v->sent[0].c;

	return v->sent_count > 0 && span_equal(c->key, key) &&
	       check_path(v, v->err) && check_leaf(v, c, v->err);
}

void
verify_expect(struct verify *v, const char *host, struct deadline d,
              struct err *e)
{
	v->host = host;
	v->is_address = dial_is_address(host);
	v->name = (struct certificate_name){ CERTIFICATE_DNS, span_of(host) };
	if (v->is_address) {
		bool is_ipv4 = inet_pton(AF_INET, host, v->address) == 1;

		v->name.tag = CERTIFICATE_IP;
		v->name.value.at = v->address;
		v->name.value.len = is_ipv4 ? 4 : 0;
		if (inet_pton(AF_INET6, host, v->address) == 1)
			v->name.value.len = 16;
	}
	v->deadline = d;
	v->err = e;
	v->listed = v->has_more = v->has_broken = false;
	v->voucher_len = v->sent_count = v->bytes_len = 0;
	v->peer = (struct mbedtls_port_peer){ v, take, judge };
	mbedtls_port_set_peer(&v->peer);
}
