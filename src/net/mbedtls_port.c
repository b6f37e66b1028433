/* SPDX-License-Identifier: MIT */
/* What mbedTLS is given and asked: time, certificates, signatures. */
#include "net/mbedtls_port.h"

#include <mbedtls/platform.h>
#include <mbedtls/platform_util.h>
#include <string.h>
#include <time.h>

#include "base/calendar.h"
#include "base/limits.h"
#include "wire/certificate.h"

/* --- Time --- */

/* What mbedtls_port_set_time has said. */
static bool time_is_set;
static int64_t set_time;

void
mbedtls_port_set_time(int64_t seconds)
{
	time_is_set = true;
	set_time = seconds;
}

bool
mbedtls_port_time_is_set(void)
{
	return time_is_set;
}

int64_t
mbedtls_port_time(void)
{
	return time_is_set ? set_time : (int64_t)time(NULL);
}

/* mbedtls_config.h makes it mbedTLS's time(). */
int64_t
patrm_time(int64_t *now)
{
	int64_t seconds = mbedtls_port_time();

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
	return mbedtls_port_time() * 1000;
}

/* --- Signatures --- */

/* Nothing below it is accepted by wire/algorithm either. */
static const mbedtls_x509_crt_profile profile = {
	.allowed_mds = MBEDTLS_X509_ID_FLAG(MBEDTLS_MD_SHA256) |
	               MBEDTLS_X509_ID_FLAG(MBEDTLS_MD_SHA384) |
	               MBEDTLS_X509_ID_FLAG(MBEDTLS_MD_SHA512),
	.allowed_pks = 0xfffffff, /* all that mbedTLS knows */
	.allowed_curves = 0xfffffff, /* all in the configuration: >= 256 bits */
	.rsa_min_bitlen = 2048,
};

/* Adds a certificate to the list that says: this name has this key. */
static int
append_stand_in(mbedtls_x509_crt *list, struct span name, struct span key)
{
	/* As long as it is parsed, which copies it. */
	static uint8_t room[2 * CERT_MAX + CERTIFICATE_REST];
	struct buf der = BUF_OVER(room);

	if (!certificate_put(&der, name, key))
		return MBEDTLS_ERR_X509_INVALID_FORMAT;
	return mbedtls_x509_crt_parse_der(list, der.at, der.len);
}

/* The keys for a name, and which of them mbedTLS has chosen. */
struct offer {
	struct span issuer;
	const struct span *keys;
	size_t count;
	const mbedtls_x509_crt *made[SIGNERS_MAX]; /* of the keys */
	size_t which; /* count: none */
	bool no_memory;
};

static bool
is_out_of_memory(int error)
{
	return error == MBEDTLS_ERR_X509_ALLOC_FAILED ||
	       error == MBEDTLS_ERR_PK_ALLOC_FAILED ||
	       error == MBEDTLS_ERR_MPI_ALLOC_FAILED;
}

/* Makes a certificate of each key that is one; mbedTLS frees the list. */
static int
offer_keys(void *context, const mbedtls_x509_crt *child,
           mbedtls_x509_crt **list)
{
	struct offer *offer = context;
	mbedtls_x509_crt *last;

	(void)child;
	last = *list = mbedtls_calloc(1, sizeof(**list));
	if (last == NULL) {
		offer->no_memory = true;
		return MBEDTLS_ERR_X509_ALLOC_FAILED;
	}
	mbedtls_x509_crt_init(last);
	for (size_t i = 0; i < offer->count; i++) {
		int error =
			append_stand_in(last, offer->issuer, offer->keys[i]);

		if (is_out_of_memory(error)) {
			offer->no_memory = true;
			return error;
		}
		if (error != 0)
			continue;
		if (last->next != NULL)
			last = last->next;
		offer->made[i] = last;
	}
	return 0;
}

/* mbedTLS shows what it has chosen first, at depth 1. */
static int
note_choice(void *context, mbedtls_x509_crt *shown, int depth, uint32_t *flags)
{
	struct offer *offer = context;

	(void)flags;
	for (size_t i = 0; depth > 0 && i < offer->count; i++)
		if (offer->made[i] == shown)
			offer->which = i;
	return 0;
}

/* Critical extensions that mbedTLS does not know are looked at by verify. */
static int
pass_over(void *context, const mbedtls_x509_crt *c, const mbedtls_x509_buf *oid,
          int critical, const unsigned char *at, const unsigned char *end)
{
	(void)context;
	(void)c;
	(void)oid;
	(void)critical;
	(void)at;
	(void)end;
	return 0;
}

static enum mbedtls_port_signer
choose(mbedtls_x509_crt *child, struct offer *offer)
{
	const uint32_t dates =
		MBEDTLS_X509_BADCERT_EXPIRED | MBEDTLS_X509_BADCERT_FUTURE;
	uint32_t flags = 0;

	(void)mbedtls_x509_crt_verify_with_ca_cb(child, offer_keys, offer,
	                                         &profile, NULL, &flags,
	                                         note_choice, offer);
	if (offer->no_memory)
		return PORT_NO_MEMORY;
	if ((flags & ~dates) != 0 || offer->which >= offer->count)
		return PORT_UNSIGNED;
	return PORT_SIGNED;
}

enum mbedtls_port_signer
mbedtls_port_find_signer(struct span certificate, struct span issuer,
                         const struct span *keys, size_t count, size_t *which)
{
	struct offer offer = { issuer, keys, count, { NULL }, count, false };
	enum mbedtls_port_signer signer = PORT_UNREADABLE;
	mbedtls_x509_crt child;
	int error;

	mbedtls_x509_crt_init(&child);
	error = mbedtls_x509_crt_parse_der_with_ext_cb(
		&child, certificate.at, certificate.len, 0, pass_over, NULL);
	if (error == 0)
		signer = choose(&child, &offer);
	else if (is_out_of_memory(error))
		signer = PORT_NO_MEMORY;
	mbedtls_x509_crt_free(&child);
	*which = offer.which;
	return signer;
}

/* --- The handshake --- */

static struct mbedtls_port_peer *peer;

void
mbedtls_port_set_peer(struct mbedtls_port_peer *p)
{
	peer = p;
	peer->judged = false;
}

/* A connection gets the stand-in of the server's own, and no other. */
int
mbedtls_port_parse_der(mbedtls_x509_crt *chain, const unsigned char *der,
                       size_t len)
{
	struct span key = { NULL, 0 };
	bool is_first = chain->version == 0;
	int error;

	if (!peer->take(peer->context, (struct span){ der, len }, &key))
		return MBEDTLS_ERR_X509_INVALID_FORMAT;
	if (!is_first)
		return 0;
	/* Of any name: it stands for the key alone. */
	error = append_stand_in(chain,
	                        SPAN("\x30\x0c\x31\x0a\x30\x08\x06\x03\x55\x04"
	                             "\x03\x0c\x01?"),
	                        key);
	if (error == 0 || is_out_of_memory(error))
		return error;
	return MBEDTLS_ERR_X509_INVALID_FORMAT;
}

static int
offer_nobody(void *context, const mbedtls_x509_crt *child,
             mbedtls_x509_crt **list)
{
	(void)context;
	(void)child;
	*list = NULL;
	return 0;
}

/* Nobody has signed the stand-in: mbedTLS's flags say so until this one. */
static int
judge(void *context, mbedtls_x509_crt *shown, int depth, uint32_t *flags)
{
	const struct span key = { shown->pk_raw.p, shown->pk_raw.len };

	(void)context;
	*flags = MBEDTLS_X509_BADCERT_OTHER;
	if (depth != 0 || !peer->judge(peer->context, key))
		return 0;
	peer->judged = true;
	*flags = 0;
	return 0;
}

void
mbedtls_port_configure(mbedtls_ssl_config *config)
{
	mbedtls_ssl_conf_authmode(config, MBEDTLS_SSL_VERIFY_REQUIRED);
	mbedtls_ssl_conf_cert_profile(config, &profile);
	mbedtls_ssl_conf_ca_cb(config, offer_nobody, NULL);
	mbedtls_ssl_conf_verify(config, judge, NULL);
}

const char *
mbedtls_port_certificate_reason(int error)
{
	if (error == MBEDTLS_ERR_SSL_BAD_CERTIFICATE)
		return "the server has sent none";
	if (error == MBEDTLS_ERR_X509_INVALID_FORMAT)
		return "its key is malformed";
	/* Codes of RSA and ECP, and what TLS 1.3 makes of them. */
	if (peer->judged && (error == MBEDTLS_ERR_SSL_HANDSHAKE_FAILURE ||
	                     (error <= -0x4080 && error >= -0x4fff)))
		return "the server does not prove that it has its key";
	return NULL;
}
