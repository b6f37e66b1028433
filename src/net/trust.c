/* SPDX-License-Identifier: MIT */
/* Which certificates are trusted, and why one is not; with tls, on mbedTLS. */
#define MBEDTLS_ALLOW_PRIVATE_ACCESS
#include "net/trust.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <mbedtls/oid.h>
#include <mbedtls/platform.h>
#include <mbedtls/platform_time.h>
#include <mbedtls/platform_util.h>
#include <mbedtls/sha1.h>
#include <mbedtls/sha256.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/calendar.h"
#include "base/fmt.h"
#include "net/dial.h"
#include "net/roots.h"
#include "wire/der.h"
#include "wire/pem.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define PIN_PREFIX "sha256//"

/* Certificates with one subject that are offered to mbedTLS. */
#define CANDIDATES_MAX 8

const mbedtls_x509_crt_profile trust_profile = {
	.allowed_mds = MBEDTLS_X509_ID_FLAG(MBEDTLS_MD_SHA256) |
	               MBEDTLS_X509_ID_FLAG(MBEDTLS_MD_SHA384) |
	               MBEDTLS_X509_ID_FLAG(MBEDTLS_MD_SHA512),
	.allowed_pks = 0xfffffff, /* all that mbedTLS knows */
	.allowed_curves = 0xfffffff, /* all in the configuration: >= 256 bits */
	.rsa_min_bitlen = 2048,
};

/* --- The time, as mbedTLS asks for it --- */

/* What trust_set_time has said. */
static bool time_is_set;
static int64_t set_time;

void
trust_set_time(int64_t seconds)
{
	time_is_set = true;
	set_time = seconds;
}

/* The time that certificates are checked at, in seconds since 1970. */
int64_t
patrm_time(int64_t *now)
{
	int64_t seconds = time_is_set ? set_time : (int64_t)time(NULL);

	if (now != NULL)
		*now = seconds;
	return seconds;
}

struct tm *
mbedtls_platform_gmtime_r(const mbedtls_time_t *seconds, struct tm *out)
{
	struct calendar c = calendar_from_unix(*seconds);

	memset(out, 0, sizeof(*out));
	out->tm_year = c.year - 1900;
	out->tm_mon = (int)c.month - 1;
	out->tm_mday = (int)c.day;
	out->tm_hour = (int)c.hour;
	out->tm_min = (int)c.minute;
	out->tm_sec = (int)c.second;
	return out;
}

/* For the age of session tickets, of which patrm has none. */
mbedtls_ms_time_t
mbedtls_ms_time(void)
{
	return patrm_time(NULL) * 1000;
}

/* --- SHA-1, as mbedTLS has to know it --- */

/*
 * A signature with SHA-1 proves nothing. So the hash is not computed: whatever
 * needs it has failed.
 */
void
mbedtls_sha1_init(mbedtls_sha1_context *c)
{
	c->nothing = 0;
}

void
mbedtls_sha1_free(mbedtls_sha1_context *c)
{
	(void)c;
}

void
mbedtls_sha1_clone(mbedtls_sha1_context *to, const mbedtls_sha1_context *from)
{
	*to = *from;
}

int
mbedtls_sha1_starts(mbedtls_sha1_context *c)
{
	(void)c;
	return MBEDTLS_ERR_MD_FEATURE_UNAVAILABLE;
}

int
mbedtls_sha1_update(mbedtls_sha1_context *c, const unsigned char *bytes,
                    size_t len)
{
	(void)bytes;
	(void)len;
	return mbedtls_sha1_starts(c);
}

int
mbedtls_sha1_finish(mbedtls_sha1_context *c, unsigned char out[20])
{
	(void)out;
	return mbedtls_sha1_starts(c);
}

/* --- The file --- */

/* Where systems keep the certificates that they trust. */
static const char *const system_files[] = {
	"/etc/ssl/certs/ca-certificates.crt", /* Debian, Alpine, OpenWrt */
	"/etc/pki/tls/certs/ca-bundle.crt", /* Fedora, RHEL */
	"/etc/ssl/ca-bundle.pem", /* openSUSE */
	"/etc/ssl/cert.pem", /* Alpine, OpenBSD, FreeBSD */
	"/opt/etc/ssl/certs/ca-certificates.crt", /* Entware */
	"/usr/local/share/certs/ca-root-nss.crt", /* FreeBSD's ports */
	"/etc/openssl/certs/ca-certificates.crt", /* NetBSD */
};

/* The file's certificates, one after the other. */
struct reader {
	struct trust *trust;
	struct pem pem;
	struct span rest;
	uint8_t chunk[INPUT_CHUNK];
};

static bool
reader_open(struct reader *r, struct trust *t, struct err *e)
{
	r->trust = t;
	r->pem = (struct pem){ 0 };
	r->rest = (struct span){ r->chunk, 0 };
	t->unreadable = 0;
	if (lseek(t->file, 0, SEEK_SET) == 0)
		return true;
	return err_set_errno(e, ERR_FILE_READ, t->name, errno);
}

/* The next certificate in what was read; false where there is none. */
static bool
reader_take(struct reader *r, struct buf *der, struct span *certificate)
{
	while (r->rest.len > 0) {
		enum pem_verdict verdict = pem_feed(&r->pem, &r->rest, der);

		if (verdict == PEM_BAD)
			r->trust->unreadable++;
		*certificate = buf_written(der);
		if (verdict == PEM_CERTIFICATE)
			return true;
	}
	return false;
}

/* The next certificate of the file; false at its end, or with an error. */
static bool
reader_next(struct reader *r, struct buf *der, struct span *certificate,
            struct err *e)
{
	while (!reader_take(r, der, certificate)) {
		ssize_t got = read(r->trust->file, r->chunk, sizeof(r->chunk));

		if (got < 0 && errno != EINTR)
			return err_set_errno(e, ERR_FILE_READ, r->trust->name,
			                     errno);
		if (got == 0) {
			if (pem_is_open(&r->pem))
				r->trust->unreadable++;
			return false;
		}
		r->rest = (struct span){ r->chunk, got > 0 ? (size_t)got : 0 };
	}
	return true;
}

static bool
open_file(struct trust *t, const char *path, struct err *e)
{
	struct buf der = BUF_OVER(t->der);
	struct reader reader;
	struct span first;
	struct stat about;

	t->name = path;
	/* Not to wait where somebody gives a pipe: it is refused anyway. */
	t->file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (t->file < 0)
		return err_set_errno(e, ERR_FILE_OPEN, path, errno);
	/* A device may go on for ever. */
	if (fstat(t->file, &about) == 0 && !S_ISREG(about.st_mode) &&
	    !S_ISDIR(about.st_mode))
		err_set(e, ERR_FILE_ONCE, span_of(path));
	else if (reader_open(&reader, t, e) &&
	         reader_next(&reader, &der, &first, e))
		return true;
	close(t->file);
	return err_set(e, ERR_NO_CERTIFICATE, span_of(path));
}

static void
open_builtin(struct trust *t)
{
	t->builtin = true;
	t->file = -1;
	t->name = "the roots inside";
}

bool
trust_open(struct trust *t, const char *path, struct err *e)
{
	if (path != NULL && strcmp(path, "builtin") != 0)
		return open_file(t, path, e);
	for (size_t i = 0; path == NULL && i < COUNT(system_files); i++) {
		struct err unusable = { 0 };

		if (open_file(t, system_files[i], &unusable))
			return true;
	}
	open_builtin(t);
	return true;
}

/* --- The search for issuers --- */

static struct span
span_of_buf(const mbedtls_x509_buf *b)
{
	return (struct span){ b->p, b->len };
}

/* Appends the certificate to the list, which begins where it is NULL. */
static int
append(mbedtls_x509_crt **list, struct span der)
{
	if (*list == NULL) {
		*list = mbedtls_calloc(1, sizeof(**list));
		if (*list == NULL)
			return MBEDTLS_ERR_X509_ALLOC_FAILED;
		mbedtls_x509_crt_init(*list);
	}
	return mbedtls_x509_crt_parse_der(*list, der.at, der.len);
}

/* Adds one that has the name that is looked for to the list. */
static int
offer(struct trust *t, struct span certificate, mbedtls_x509_crt **list)
{
	int error = append(list, certificate);

	if (error == MBEDTLS_ERR_X509_ALLOC_FAILED)
		return error;
	if (error == 0)
		t->candidates++;
	else {
		t->unusable++;
		t->unreadable++;
	}
	return 0;
}

/* As trust_find_issuer; also looks for the leaf itself, as it goes by. */
static int
find_in_file(struct trust *t, const mbedtls_x509_crt *child, bool is_leaf,
             mbedtls_x509_crt **found)
{
	const struct span self = span_of_buf(&child->raw);
	const struct span issuer = span_of_buf(&child->issuer_raw);
	struct buf der = BUF_OVER(t->der);
	struct der_certificate parts;
	struct reader reader;
	struct span next = { NULL, 0 };
	int error = 0;

	if (!reader_open(&reader, t, t->err))
		return MBEDTLS_ERR_X509_FATAL_ERROR;
	while (error == 0 && reader_next(&reader, &der, &next, t->err)) {
		if (is_leaf && span_equal(next, self))
			t->listed = true;
		if (!der_parse_certificate(next, &parts))
			t->unreadable++;
		/* mbedTLS compares names again, and also ignores their case. */
		else if (t->candidates < CANDIDATES_MAX &&
		         span_equal_nocase(parts.subject, issuer))
			error = offer(t, next, found);
	}
	if (t->err->code != ERR_NONE)
		return MBEDTLS_ERR_X509_FATAL_ERROR;
	return error;
}

/* The same among the roots inside. */
static int
find_builtin(struct trust *t, const mbedtls_x509_crt *child,
             mbedtls_x509_crt **found)
{
	const struct span issuer = span_of_buf(&child->issuer_raw);
	struct roots_key key;
	int error = 0;

	for (size_t n = 0;
	     n < CANDIDATES_MAX && error == 0 && roots_find(issuer, n, &key);
	     n++) {
		struct buf der = BUF_OVER(t->der);

		if (!roots_put_certificate(&der, issuer, &key))
			return 0; /* the name is too long for any root */
		error = offer(t, buf_written(&der), found);
	}
	return error;
}

/* RFC 5280 section 4.2.1.10: 2.5.29.30. */
static bool
has_name_constraints(const mbedtls_x509_crt *sent)
{
	for (; sent != NULL; sent = sent->next)
		if (der_has_extension(span_of_buf(&sent->v3_ext),
		                      SPAN("\x55\x1d\x1e")))
			return true;
	return false;
}

static void
drop_empty(mbedtls_x509_crt **list)
{
	if (*list == NULL || (*list)->raw.p != NULL)
		return;
	mbedtls_free(*list);
	*list = NULL;
}

int
trust_find_issuer(void *ctx, const mbedtls_x509_crt *child,
                  mbedtls_x509_crt **found)
{
	struct trust *t = ctx;
	bool is_leaf = !t->leaf_seen;
	int error;

	*found = NULL;
	/* mbedTLS asks for the leaf's issuer first; the rest hangs on it. */
	if (is_leaf)
		t->constrained = has_name_constraints(child);
	t->leaf_seen = true;
	t->candidates = t->unusable = 0;
	error = t->builtin ? find_builtin(t, child, found)
	                   : find_in_file(t, child, is_leaf, found);
	/* mbedTLS frees the list, in case of an error as well. */
	drop_empty(found);
	return error;
}

/* --- The verdict --- */

static void
put_printable(struct buf *out, const mbedtls_x509_buf *value)
{
	fmt_printable(out, span_of_buf(value));
}

/* How people call a name: its common name, else its organization. */
static struct span
best_name(const mbedtls_x509_name *name)
{
	struct span best = SPAN("(without a name)");

	for (; name != NULL; name = name->next) {
		if (MBEDTLS_OID_CMP(MBEDTLS_OID_AT_CN, &name->oid) == 0)
			return span_of_buf(&name->val);
		if (MBEDTLS_OID_CMP(MBEDTLS_OID_AT_ORGANIZATION, &name->oid) ==
		    0)
			best = span_of_buf(&name->val);
	}
	return best;
}

static void
put_name(struct buf *out, const mbedtls_x509_name *name)
{
	fmt_printable(out, best_name(name));
}

static int64_t
seconds_of(const mbedtls_x509_time *t)
{
	struct calendar c = {
		.year = t->year,
		.month = (unsigned)t->mon,
		.day = (unsigned)t->day,
		.hour = (unsigned)t->hour,
		.minute = (unsigned)t->min,
		.second = (unsigned)t->sec,
	};
	int64_t seconds = 0;

	/* mbedTLS has checked it, but for years that no calendar has. */
	return calendar_to_unix(&c, &seconds) ? seconds : 0;
}

static void
put_clock(struct buf *out, const struct trust *t)
{
	int64_t now = patrm_time(NULL);

	buf_text(out, time_is_set ? "; --at says " : "; this clock says ");
	fmt_time(out, now);
	if (!time_is_set && now < t->built) {
		buf_text(out, ", which is wrong: patrm was built on ");
		fmt_date(out, t->built);
	}
}

/* What an error says of the certificate: its owner, and a time. */
static int
refuse_time(struct trust *t, const mbedtls_x509_crt *c, enum err_code code)
{
	uint8_t text[ERR_DETAIL_MAX];
	struct buf detail = BUF_OVER(text);
	bool expired = code == ERR_CERT_EXPIRED;

	put_name(&detail, &c->subject);
	buf_text(&detail, expired ? " expired " : " is not valid before ");
	fmt_time(&detail, seconds_of(expired ? &c->valid_to : &c->valid_from));
	put_clock(&detail, t);
	err_set(t->err, code, buf_written(&detail));
	return 0;
}

static int
refuse(struct trust *t, const mbedtls_x509_crt *c, const char *reason)
{
	uint8_t text[ERR_DETAIL_MAX];
	struct buf detail = BUF_OVER(text);

	put_name(&detail, &c->subject);
	buf_text(&detail, reason);
	err_set(t->err, ERR_CERT_BAD, buf_written(&detail));
	return 0;
}

static bool
has_extension(const mbedtls_x509_crt *c, int extension)
{
	return (c->ext_types & extension) != 0;
}

static int
san_type(const mbedtls_x509_sequence *name)
{
	return name->buf.tag & MBEDTLS_ASN1_TAG_VALUE_MASK;
}

/* Whether a certificate of that name was sent, which mbedTLS did not take. */
static bool
was_sent(const mbedtls_x509_crt *chain, struct span name)
{
	for (; chain != NULL; chain = chain->next)
		if (span_equal(span_of_buf(&chain->subject_raw), name))
			return true;
	return false;
}

/* Nobody vouches for c, the end of the chain: what is the matter with that. */
static int
refuse_issuer(struct trust *t, const mbedtls_x509_crt *c)
{
	const struct span issuer = span_of_buf(&c->issuer_raw);
	uint8_t text[ERR_DETAIL_MAX];
	struct buf detail = BUF_OVER(text);
	bool self_signed = span_equal(span_of_buf(&c->subject_raw), issuer);

	put_name(&detail, &c->issuer);
	if (self_signed) {
		buf_text(&detail, " is self-signed");
	} else {
		buf_text(&detail, ", which issued ");
		put_name(&detail, &c->subject);
		buf_byte(&detail, ',');
	}
	if (!self_signed && was_sent(c->next, issuer))
		buf_text(&detail, " was sent but may not have issued it, and");
	if (t->unusable > 0 && t->candidates == 0) {
		buf_text(&detail, " cannot be used for its key or its "
		                  "extensions, such as nameConstraints, in ");
	} else {
		buf_text(&detail, self_signed ? " and is not " : " is not ");
		buf_text(&detail, t->candidates > 0 ? "the one in " : "in ");
	}
	buf_text(&detail, t->name);
	err_set(t->err, ERR_CERT_ISSUER, buf_written(&detail));
	return 0;
}

/* The names that a certificate has, for the sentence about a wrong one. */
static int
refuse_name(struct trust *t, const mbedtls_x509_crt *c)
{
	uint8_t text[ERR_DETAIL_MAX];
	struct buf detail = BUF_OVER(text);
	const char *between = ", but for ";

	buf_text(&detail, t->host);
	if (!has_extension(c, MBEDTLS_X509_EXT_SUBJECT_ALT_NAME)) {
		buf_text(&detail, between);
		put_name(&detail, &c->subject);
	}
	for (const mbedtls_x509_sequence *i = &c->subject_alt_names; i != NULL;
	     i = i->next) {
		int type = san_type(i);

		if (type != MBEDTLS_X509_SAN_DNS_NAME &&
		    type != MBEDTLS_X509_SAN_IP_ADDRESS)
			continue;
		buf_text(&detail, between);
		between = ", ";
		if (type == MBEDTLS_X509_SAN_IP_ADDRESS) {
			fmt_address(&detail, span_of_buf(&i->buf));
			continue;
		}
		/* It may look like the address that it is not. */
		if (t->is_address)
			buf_text(&detail, "the name ");
		put_printable(&detail, &i->buf);
	}
	err_set(t->err, ERR_CERT_NAME, buf_written(&detail));
	return 0;
}

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

/* mbedTLS also takes a uniformResourceIdentifier that is the host's name. */
static bool
has_host_name(const mbedtls_x509_crt *c, const char *host)
{
	for (const mbedtls_x509_sequence *i = &c->subject_alt_names; i != NULL;
	     i = i->next)
		if (san_type(i) == MBEDTLS_X509_SAN_DNS_NAME &&
		    is_name_of(span_of_buf(&i->buf), span_of(host)))
			return true;
	return false;
}

/* RFC 9110 section 4.3.5: an address matches an iPAddress, and only that. */
static bool
has_address(const mbedtls_x509_crt *c, const char *host)
{
	uint8_t address[16];
	size_t len = inet_pton(AF_INET, host, address) == 1 ? 4 : 16;

	if (len == 16 && inet_pton(AF_INET6, host, address) != 1)
		return false;
	for (const mbedtls_x509_sequence *i = &c->subject_alt_names; i != NULL;
	     i = i->next)
		if (san_type(i) == MBEDTLS_X509_SAN_IP_ADDRESS &&
		    i->buf.len == len && memcmp(i->buf.p, address, len) == 0)
			return true;
	return false;
}

/* As curl does: the hash of the leaf's whole SubjectPublicKeyInfo. */
static int
judge_pin(struct trust *t, const mbedtls_x509_crt *c)
{
	uint8_t text[64];
	struct buf seen = BUF_OVER(text);
	struct trust_pin pin;

	if (mbedtls_sha256(c->pk_raw.p, c->pk_raw.len, pin.hash, 0) != 0)
		return MBEDTLS_ERR_X509_FATAL_ERROR;
	for (size_t i = 0; i < t->pin_count; i++)
		if (memcmp(pin.hash, t->pins[i].hash, sizeof(pin.hash)) == 0)
			return 0;
	buf_text(&seen, PIN_PREFIX);
	pem_put_base64(&seen, (struct span){ pin.hash, sizeof(pin.hash) });
	err_set(t->err, ERR_CERT_PIN, buf_written(&seen));
	return 0;
}

/*
 * Whether it is the host's. Only a listed certificate may lack names: its
 * subject is compared then, by mbedTLS for host names.
 */
static bool
is_for_host(const struct trust *t, const mbedtls_x509_crt *c, uint32_t flags)
{
	if (!t->is_address && (flags & MBEDTLS_X509_BADCERT_CN_MISMATCH) != 0)
		return false;
	if (has_extension(c, MBEDTLS_X509_EXT_SUBJECT_ALT_NAME))
		return t->is_address ? has_address(c, t->host)
		                     : has_host_name(c, t->host);
	return !t->is_address ||
	       span_equal(best_name(&c->subject), span_of(t->host));
}

/* RFC 5280 section 4.2.1.12; anyExtendedKeyUsage is no word for servers. */
static bool
is_for_servers(const mbedtls_x509_crt *c)
{
	if (!has_extension(c, MBEDTLS_X509_EXT_EXTENDED_KEY_USAGE))
		return true;
	for (const mbedtls_x509_sequence *i = &c->ext_key_usage; i != NULL;
	     i = i->next)
		if (MBEDTLS_OID_CMP(MBEDTLS_OID_SERVER_AUTH, &i->buf) == 0)
			return true;
	return false;
}

/* The server's own certificate. */
static int
judge_leaf(struct trust *t, const mbedtls_x509_crt *c, uint32_t flags)
{
	if (!t->listed && c->ca_istrue)
		return refuse(t, c, " is a CA's, not a server's");
	if (!t->listed && c->version < 3)
		return refuse(t, c, " is of X.509 version 1 or 2");
	if (!t->listed && !has_extension(c, MBEDTLS_X509_EXT_SUBJECT_ALT_NAME))
		return refuse(t, c, " has no subjectAltName");
	if (t->constrained)
		return refuse(t, c, " comes with nameConstraints");
	if (!is_for_host(t, c, flags))
		return refuse_name(t, c);
	if (!is_for_servers(c))
		return refuse(t, c, " is not for servers (extKeyUsage)");
	return t->pin_count > 0 ? judge_pin(t, c) : 0;
}

/* mbedTLS marks a certificate for its own key and for its issuer's. */
static bool
has_weak_key(const mbedtls_x509_crt *c)
{
	return mbedtls_pk_get_type(&c->pk) == MBEDTLS_PK_RSA &&
	       mbedtls_pk_get_bitlen(&c->pk) < trust_profile.rsa_min_bitlen;
}

static int
judge_any(struct trust *t, const mbedtls_x509_crt *c, uint32_t flags)
{
	/* The first of them: a hash that is not computed vouches for nobody. */
	if ((flags & MBEDTLS_X509_BADCERT_BAD_MD) != 0)
		return refuse(t, c, " is signed with too weak a hash");
	if ((flags & MBEDTLS_X509_BADCERT_NOT_TRUSTED) != 0)
		return refuse_issuer(t, c);
	if ((flags & MBEDTLS_X509_BADCERT_EXPIRED) != 0)
		return refuse_time(t, c, ERR_CERT_EXPIRED);
	if ((flags & MBEDTLS_X509_BADCERT_FUTURE) != 0)
		return refuse_time(t, c, ERR_CERT_FUTURE);
	if ((flags &
	     (MBEDTLS_X509_BADCERT_BAD_KEY | MBEDTLS_X509_BADCERT_BAD_PK)) != 0)
		return refuse(t, c,
		              has_weak_key(c) ? " has too weak a key"
		                              : " is signed by too weak a key");
	if ((flags & ~(uint32_t)MBEDTLS_X509_BADCERT_CN_MISMATCH) != 0)
		return refuse(t, c, " breaks a rule of X.509");
	return 0;
}

/* The name of the root, or that of a listed leaf. */
static void
note_voucher(struct trust *t, const mbedtls_x509_crt *c, int depth)
{
	struct buf name = BUF_OVER(t->voucher);

	if (t->listed && depth > 0)
		return;
	put_name(&name, &c->subject);
	t->voucher_len = name.len;
}

/* mbedTLS calls it for each certificate of the chain, the leaf last. */
int
trust_judge(void *ctx, mbedtls_x509_crt *c, int depth, uint32_t *flags)
{
	struct trust *t = ctx;
	int error;

	/* A listed leaf needs nobody to vouch for it. */
	if (t->listed && depth > 0)
		*flags = 0;
	if (t->listed)
		*flags &= ~(uint32_t)(MBEDTLS_X509_BADCERT_NOT_TRUSTED |
		                      MBEDTLS_X509_BADCERT_BAD_MD);
	/* The first certificate of all is the one that vouches. */
	if (t->voucher_len == 0)
		note_voucher(t, c, depth);
	judge_any(t, c, *flags);
	error = depth == 0 ? judge_leaf(t, c, *flags) : 0;
	if (t->err->code != ERR_NONE)
		*flags |= MBEDTLS_X509_BADCERT_OTHER;
	return error;
}

bool
trust_parse_pin(struct span text, struct trust_pin *pin, struct err *e)
{
	const struct span prefix = SPAN(PIN_PREFIX);
	struct buf hash = BUF_OVER(pin->hash);

	/* 44 characters are 32 bytes: there is no room for blanks. */
	if (text.len == prefix.len + 44 &&
	    span_equal((struct span){ text.at, prefix.len }, prefix) &&
	    pem_take_base64(&hash, span_skip(text, prefix.len)) &&
	    hash.len == sizeof(pin->hash))
		return true;
	return err_set(e, ERR_PIN_FORM, text);
}

void
trust_expect(struct trust *t, const char *host, struct err *e)
{
	t->host = host;
	t->is_address = dial_is_address(host);
	t->err = e;
	t->leaf_seen = false;
	t->listed = false;
	t->constrained = false;
	t->voucher_len = 0;
}
