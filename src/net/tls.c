/* SPDX-License-Identifier: MIT */
/* TLS 1.2 and 1.3 over a connected socket, by mbedTLS. */
#define MBEDTLS_ALLOW_PRIVATE_ACCESS
#include "net/tls.h"

#include <errno.h>
#include <mbedtls/net_sockets.h>
#include <psa/crypto.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/fmt.h"

/* --- What mbedTLS asks of its surroundings --- */

/* tls_setup has made sure that this cannot block. */
static int
fill_random(void *unused, unsigned char *out, size_t size)
{
	(void)unused;
	while (size > 0) {
		ssize_t got = getrandom(out, size, 0);

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return MBEDTLS_ERR_SSL_INTERNAL_ERROR;
		out += got;
		size -= (size_t)got;
	}
	return 0;
}

psa_status_t
mbedtls_psa_external_get_random(mbedtls_psa_external_random_context_t *unused,
                                uint8_t *out, size_t size, size_t *made)
{
	if (fill_random(unused, out, size) != 0)
		return PSA_ERROR_INSUFFICIENT_ENTROPY;
	*made = size;
	return PSA_SUCCESS;
}

static int
send_record(void *ctx, const unsigned char *bytes, size_t size)
{
	struct tls *t = ctx;
	ssize_t sent;

	do
		sent = send(t->fd, bytes, size, MSG_NOSIGNAL);
	while (sent < 0 && errno == EINTR);
	if (sent >= 0)
		return (int)sent; /* size is at most a record */
	if (errno == EAGAIN)
		return MBEDTLS_ERR_SSL_WANT_WRITE;
	t->error = errno;
	return MBEDTLS_ERR_NET_SEND_FAILED;
}

static int
receive_record(void *ctx, unsigned char *bytes, size_t size)
{
	struct tls *t = ctx;
	ssize_t got;

	/* mbedTLS skips some records, and asks for more without a pause. */
	if (!wait_not_over(t->deadline, t->err))
		return MBEDTLS_ERR_SSL_TIMEOUT;
	do
		got = recv(t->fd, bytes, size, 0);
	while (got < 0 && errno == EINTR);
	if (got >= 0)
		return (int)got;
	if (errno == EAGAIN)
		return MBEDTLS_ERR_SSL_WANT_READ;
	t->error = errno;
	return MBEDTLS_ERR_NET_RECV_FAILED;
}

/* --- Set-up --- */

/*
 * Early after the start of an appliance there may be no random numbers yet,
 * and the system call would block for as long as it takes.
 */
static bool
await_random(struct deadline d, struct err *e)
{
	uint8_t byte;

	while (getrandom(&byte, 1, GRND_NONBLOCK) != 1) {
		if (errno != EAGAIN && errno != EINTR)
			return err_set_errno(e, ERR_TLS_SETUP, "getrandom",
			                     errno);
		if (deadline_left(d) == 0)
			return err_set(e, ERR_TLS_SETUP,
			               SPAN("no random numbers yet"));
		if (!wait_pause(50, e))
			return false;
	}
	return true;
}

static int
configure(struct tls *t)
{
	int error;

	mbedtls_ssl_init(&t->ssl);
	mbedtls_ssl_config_init(&t->config);
	error = mbedtls_ssl_config_defaults(&t->config, MBEDTLS_SSL_IS_CLIENT,
	                                    MBEDTLS_SSL_TRANSPORT_STREAM,
	                                    MBEDTLS_SSL_PRESET_DEFAULT);
	if (error != 0)
		return error;
	mbedtls_ssl_conf_min_tls_version(&t->config,
	                                 MBEDTLS_SSL_VERSION_TLS1_2);
	mbedtls_ssl_conf_rng(&t->config, fill_random, NULL);
	mbedtls_port_configure(&t->config);
	error = mbedtls_ssl_setup(&t->ssl, &t->config);
	if (error == 0)
		mbedtls_ssl_set_bio(&t->ssl, t, send_record, receive_record,
		                    NULL);
	return error;
}

bool
tls_setup(struct tls *t, struct verify *verify, struct deadline d,
          struct err *e)
{
	t->verify = verify;
	if (!await_random(d, e))
		return false;
	if (psa_crypto_init() != PSA_SUCCESS || configure(t) != 0)
		return err_set(e, ERR_TLS_SETUP, SPAN("mbedTLS has failed"));
	return true;
}

/* --- What went wrong --- */

/* RFC 8446 section 6.2; those that a client may see. */
static const char *
alert_name(unsigned char number)
{
	static const struct {
		uint8_t number;
		char name[24]; /* smaller than a pointer to it */
	} alerts[] = {
		{ 10, "unexpected_message" },
		{ 20, "bad_record_mac" },
		{ 22, "record_overflow" },
		{ 40, "handshake_failure" },
		{ 42, "bad_certificate" },
		{ 43, "unsupported_certificate" },
		{ 44, "certificate_revoked" },
		{ 45, "certificate_expired" },
		{ 46, "certificate_unknown" },
		{ 47, "illegal_parameter" },
		{ 48, "unknown_ca" },
		{ 49, "access_denied" },
		{ 50, "decode_error" },
		{ 51, "decrypt_error" },
		{ 70, "protocol_version" },
		{ 71, "insufficient_security" },
		{ 80, "internal_error" },
		{ 86, "inappropriate_fallback" },
		{ 90, "user_canceled" },
		{ 109, "missing_extension" },
		{ 110, "unsupported_extension" },
		{ 112, "unrecognized_name" },
		{ 116, "certificate_required" },
		{ 120, "no_application_protocol" },
	};

	for (size_t i = 0; i < sizeof(alerts) / sizeof(alerts[0]); i++)
		if (alerts[i].number == number)
			return alerts[i].name;
	return "another one";
}

/* High-level codes, of the parts that a low-level one may be added to. */
static void
put_code(struct buf *out, int error)
{
	static const struct {
		int code;
		const char *reason;
	} codes[] = {
		{ MBEDTLS_ERR_SSL_BAD_INPUT_DATA,
		  "a message of its, such as its certificates, has more than"
		  " 16384 bytes" },
	};
	int high = -(-error & 0xff80);

	for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++)
		if (codes[i].code == high) {
			buf_text(out, codes[i].reason);
			return;
		}
	buf_text(out, "mbedTLS error -0x");
	fmt_hex(out, (uint32_t)-error, 4);
}

/* What is known of an error of mbedTLS, for the sentence. */
static void
put_reason(struct buf *out, const struct tls *t, int error)
{
	switch (error) {
	case MBEDTLS_ERR_SSL_FATAL_ALERT_MESSAGE:
		buf_text(out, "alert ");
		/* The alert's second byte; still there after the error. */
		buf_text(out, alert_name(t->ssl.in_msg[1]));
		return;
	case MBEDTLS_ERR_NET_SEND_FAILED:
	case MBEDTLS_ERR_NET_RECV_FAILED:
		buf_text(out, strerror(t->error));
		return;
	case 0:
	case MBEDTLS_ERR_SSL_CONN_EOF:
		buf_text(out, "the server closed the connection");
		return;
	case MBEDTLS_ERR_SSL_PEER_CLOSE_NOTIFY:
		buf_text(out, "the server ended the session");
		return;
	case MBEDTLS_ERR_SSL_BAD_PROTOCOL_VERSION:
		buf_text(out, "it speaks neither TLS 1.2 nor TLS 1.3");
		return;
	case MBEDTLS_ERR_SSL_INVALID_RECORD:
		buf_text(out, "what it sends is not TLS");
		return;
	case MBEDTLS_ERR_SSL_INVALID_MAC:
		buf_text(out, "a record was damaged on the way");
		return;
	default:
		put_code(out, error);
	}
}

static bool
fail(const struct tls *t, enum err_code code, int error, struct err *e)
{
	uint8_t text[128];
	struct buf reason = BUF_OVER(text);

	put_reason(&reason, t, error);
	return err_set(e, code, buf_written(&reason));
}

static bool
is_out_of_memory(int error)
{
	return error == MBEDTLS_ERR_SSL_ALLOC_FAILED ||
	       error == MBEDTLS_ERR_X509_ALLOC_FAILED ||
	       error == MBEDTLS_ERR_MPI_ALLOC_FAILED ||
	       error == MBEDTLS_ERR_PK_ALLOC_FAILED ||
	       error == MBEDTLS_ERR_ECP_ALLOC_FAILED ||
	       error == MBEDTLS_ERR_MD_ALLOC_FAILED;
}

/* What another attempt may not meet again. */
static bool
is_broken(int error)
{
	return error == MBEDTLS_ERR_NET_SEND_FAILED ||
	       error == MBEDTLS_ERR_NET_RECV_FAILED ||
	       error == MBEDTLS_ERR_SSL_CONN_EOF;
}

static bool
fail_handshake(const struct tls *t, int error, struct err *e)
{
	const char *reason = mbedtls_port_certificate_reason(error);

	if (e->code != ERR_NONE) /* the certificates were judged */
		return false;
	if (is_out_of_memory(error))
		return err_set(e, ERR_TLS_MEMORY, SPAN(""));
	if (error == MBEDTLS_ERR_SSL_FATAL_ALERT_MESSAGE &&
	    t->ssl.in_msg[1] == MBEDTLS_SSL_ALERT_MSG_PROTOCOL_VERSION)
		error = MBEDTLS_ERR_SSL_BAD_PROTOCOL_VERSION;
	if (error == MBEDTLS_ERR_SSL_FATAL_ALERT_MESSAGE)
		return fail(t, ERR_TLS_ALERT, error, e);
	if (reason != NULL)
		return err_set(e, ERR_CERT_FORM, span_of(reason));
	if (is_broken(error))
		return fail(t, ERR_TLS_BROKEN, error, e);
	return fail(t, ERR_TLS_HANDSHAKE, error, e);
}

/* --- Connections --- */

/*
 * Whether an error only means that the socket was not ready, once it is;
 * otherwise e is set, or is left to the caller where no wait had to fail.
 */
static bool
await(const struct tls *t, int error, struct deadline d, struct err *e)
{
	if (error == MBEDTLS_ERR_SSL_WANT_READ)
		return wait_file(t->fd, POLLIN, d, e);
	if (error == MBEDTLS_ERR_SSL_WANT_WRITE)
		return wait_file(t->fd, POLLOUT, d, e);
	return false;
}

bool
tls_connect(struct tls *t, int fd, struct deadline d, struct err *e)
{
	const struct verify *verify = t->verify;
	int error;

	t->fd = fd;
	t->error = 0;
	t->mute = false;
	d = deadline_for(d, "the TLS handshake");
	t->deadline = d;
	t->err = e;
	/*
	 * mbedTLS would look for an address among the DNS names, and send it
	 * as a name, which RFC 6066 section 3 forbids: so verify compares it.
	 */
	error = mbedtls_ssl_set_hostname(
		&t->ssl, verify->is_address ? NULL : verify->host);
	while (error == 0) {
		error = mbedtls_ssl_handshake(&t->ssl);
		if (error == 0)
			return true;
		if (await(t, error, d, e))
			error = 0;
	}
	return fail_handshake(t, error, e);
}

bool
tls_write(struct tls *t, struct span bytes, struct deadline d, struct err *e)
{
	t->deadline = d;
	t->err = e;
	while (bytes.len > 0) {
		int sent = mbedtls_ssl_write(&t->ssl, bytes.at, bytes.len);

		if (sent > 0)
			bytes = span_skip(bytes, (size_t)sent);
		else if (!await(t, sent, d, e)) {
			t->mute = true;
			return e->code != ERR_NONE ? false
			                           : fail(t, ERR_SEND, sent, e);
		}
	}
	return true;
}

enum net_input
tls_read(struct tls *t, struct buf *into, struct deadline d, struct err *e)
{
	t->deadline = d;
	t->err = e;
	for (;;) {
		int got = mbedtls_ssl_read(&t->ssl, into->at, into->cap);

		if (got > 0) {
			into->len = (size_t)got;
			return NET_DATA;
		}
		if (got == MBEDTLS_ERR_SSL_PEER_CLOSE_NOTIFY)
			return NET_END;
		if (await(t, got, d, e))
			continue;
		if (e->code == ERR_NONE)
			fail(t, ERR_RECEIVE, got, e);
		return NET_FAILED;
	}
}

void
tls_close(struct tls *t)
{
	/*
	 * A courtesy: whether it leaves changes nothing for patrm. But mbedTLS
	 * would send what is left of a request first, which has failed by now.
	 */
	if (!t->mute)
		(void)mbedtls_ssl_close_notify(&t->ssl);
	(void)mbedtls_ssl_session_reset(&t->ssl);
}

const char *
tls_version(const struct tls *t)
{
	return mbedtls_ssl_get_version(&t->ssl);
}

const char *
tls_suite(const struct tls *t)
{
	return mbedtls_ssl_get_ciphersuite(&t->ssl);
}
