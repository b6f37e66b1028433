/* SPDX-License-Identifier: MIT */
/* TLS 1.2 and 1.3 over a connected socket, by mbedTLS. */
#include "net/tls.h"

#include <errno.h>
#include <mbedtls/error.h>
#include <mbedtls/net_sockets.h>
#include <mbedtls/ssl.h>
#include <psa/crypto.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/fmt.h"

struct tls {
	mbedtls_ssl_context ssl;
	mbedtls_ssl_config config;
	struct verify *verify;
	int fd;
	int error; /* errno of the last system call that failed, or 0 */
	struct deadline deadline; /* of the call at hand */
	struct err *err; /* and where its error goes */
	bool mute; /* a record is stuck half-way: nothing more may leave */
	bool reading; /* what leaves now is a courtesy, such as a warning */
};

/* --- What mbedTLS has no function for --- */

/* The one place that reads or writes its private fields. */
#define FIELD(t, name) ((t)->ssl.MBEDTLS_PRIVATE(name))

/*
 * RFC 8446 section 6: the fatal alert that has ended the session, which is
 * still there; -1 where it was none, though mbedTLS says so.
 */
static int
alert_number(const struct tls *t)
{
	if (FIELD(t, in_msgtype) != MBEDTLS_SSL_MSG_ALERT)
		return -1;
	return FIELD(t, in_msg)[1];
}

/* One of mbedtls_ssl_states: what is sent or awaited next. */
static int
state(const struct tls *t)
{
	return FIELD(t, state);
}

static bool
is_tls13(const struct tls *t)
{
	return mbedtls_ssl_get_version_number(&t->ssl) ==
	       MBEDTLS_SSL_VERSION_TLS1_3;
}

/*
 * Whether it takes records of TLS 1.3 as they are where they must be encrypted:
 * after a ServerHello that is no HelloRetryRequest (RFC 8446 section 2).
 * mbedTLS 3.6.7 does after one without supported_versions that gives 0x0304 as
 * its legacy_version, and goes on to keys made of zeros (CVE-2026-115490).
 */
static bool
has_no_keys(const struct tls *t)
{
	switch (state(t)) {
	case MBEDTLS_SSL_HELLO_REQUEST:
	case MBEDTLS_SSL_CLIENT_HELLO:
	case MBEDTLS_SSL_CLIENT_CCS_BEFORE_2ND_CLIENT_HELLO:
	case MBEDTLS_SSL_SERVER_HELLO:
		return false;
	default:
		return is_tls13(t) && FIELD(t, transform_in) == NULL;
	}
}

/*
 * Called by ssl_tls13_client.c in the place of the function that it calls (see
 * the Makefile), which takes no cookie: a HelloRetryRequest may have one though
 * no ClientHello asks for it (RFC 8446 section 4.2).
 */
int mbedtls_ssl_tls13_check_received_extension(mbedtls_ssl_context *ssl,
                                               int message, unsigned type,
                                               uint32_t allowed);
int tls_check_extension(mbedtls_ssl_context *ssl, int message, unsigned type,
                        uint32_t allowed);

int
tls_check_extension(mbedtls_ssl_context *ssl, int message, unsigned type,
                    uint32_t allowed)
{
	if (message == -MBEDTLS_SSL_HS_SERVER_HELLO &&
	    type == MBEDTLS_TLS_EXT_COOKIE)
		return 0;
	return mbedtls_ssl_tls13_check_received_extension(ssl, message, type,
	                                                  allowed);
}

/* It gives up at the fourth record without content, which are allowed. */
static void
forget_empty_records(struct tls *t)
{
	FIELD(t, nb_zero) = 0;
}

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
	/* An answer that has come is not lost because the peer has left. */
	if (t->reading)
		return (int)size;
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
	if (got > 0)
		return (int)got;
	/* Not 0, which mbedtls_ssl_read also gives for an empty record. */
	if (got == 0)
		return MBEDTLS_ERR_NET_CONN_RESET;
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

struct tls *
tls_setup(struct verify *verify, struct deadline d, struct err *e)
{
	static struct tls connection;

	connection.verify = verify;
	if (!await_random(d, e))
		return NULL;
	if (psa_crypto_init() == PSA_SUCCESS && configure(&connection) == 0)
		return &connection;
	err_set(e, ERR_TLS_SETUP, SPAN("mbedTLS has failed"));
	return NULL;
}

/* --- What went wrong --- */

/* RFC 8446 section 6.2; those that a client without a certificate may see. */
static void
put_alert(struct buf *out, int number)
{
	static const struct {
		uint8_t number;
		char name[24]; /* smaller than a pointer to it */
	} alerts[] = {
		{ 10, "unexpected_message" },
		{ 20, "bad_record_mac" },
		{ 22, "record_overflow" },
		{ 40, "handshake_failure" },
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
		if (alerts[i].number == number) {
			buf_text(out, alerts[i].name);
			return;
		}
	buf_text(out, "number ");
	fmt_uint(out, (unsigned)number);
}

/* The message that the server owes, or has just sent. */
static const char *
message_name(const struct tls *t)
{
	switch (state(t)) {
	case MBEDTLS_SSL_SERVER_HELLO:
		return "ServerHello";
	case MBEDTLS_SSL_ENCRYPTED_EXTENSIONS:
		return "EncryptedExtensions";
	case MBEDTLS_SSL_CERTIFICATE_REQUEST:
		return "CertificateRequest";
	case MBEDTLS_SSL_SERVER_CERTIFICATE:
		return "Certificate";
	case MBEDTLS_SSL_SERVER_KEY_EXCHANGE:
	case MBEDTLS_SSL_CLIENT_KEY_EXCHANGE: /* which is made of it */
		return "ServerKeyExchange";
	case MBEDTLS_SSL_CERTIFICATE_VERIFY:
		return "CertificateVerify";
	case MBEDTLS_SSL_SERVER_FINISHED:
		return "Finished";
	default:
		return "message";
	}
}

/* What is wrong with that message; NULL where that is not known. */
static const char *
message_fault(const struct tls *t, int error)
{
	/* No secret comes of its key, whatever the code; or no suite. */
	if (state(t) == MBEDTLS_SSL_CLIENT_KEY_EXCHANGE ||
	    error == MBEDTLS_ERR_SSL_BAD_INPUT_DATA)
		error = MBEDTLS_ERR_SSL_ILLEGAL_PARAMETER;
	switch (error) {
	case MBEDTLS_ERR_SSL_DECODE_ERROR:
		return " is malformed";
	case MBEDTLS_ERR_SSL_ILLEGAL_PARAMETER:
	case MBEDTLS_ERR_SSL_FEATURE_UNAVAILABLE:
		return " has a value that is not allowed";
	case MBEDTLS_ERR_SSL_UNSUPPORTED_EXTENSION:
		return " has an extension that was not offered";
	case MBEDTLS_ERR_SSL_HANDSHAKE_FAILURE:
		return " does not match the handshake so far";
	case MBEDTLS_ERR_SSL_UNEXPECTED_MESSAGE:
		return " is not what belongs there";
	case MBEDTLS_ERR_SSL_INVALID_RECORD:
		return " is in a record that TLS does not allow";
	default:
		return NULL;
	}
}

static void
put_code(struct buf *out, int error)
{
	buf_text(out, " (mbedTLS -0x");
	fmt_hex(out, (uint32_t)-error, 4);
	buf_byte(out, ')');
}

static void
put_fault(struct buf *out, const struct tls *t, int error)
{
	const char *fault = message_fault(t, error);

	buf_text(out, "its ");
	buf_text(out, message_name(t));
	buf_text(out, fault != NULL ? fault : " cannot be used");
	if (fault == NULL)
		put_code(out, error);
}

/* What is known of an error of mbedTLS, for the sentence. */
static void
put_reason(struct buf *out, const struct tls *t, int error)
{
	switch (error) {
	case MBEDTLS_ERR_SSL_FATAL_ALERT_MESSAGE:
		buf_text(out, "alert ");
		put_alert(out, alert_number(t));
		return;
	case MBEDTLS_ERR_NET_SEND_FAILED:
	case MBEDTLS_ERR_NET_RECV_FAILED:
		buf_text(out, strerror(t->error));
		return;
	case MBEDTLS_ERR_NET_CONN_RESET:
		buf_text(out, "the server closed the connection");
		return;
	case MBEDTLS_ERR_SSL_PEER_CLOSE_NOTIFY:
		buf_text(out, "the server ended the session");
		return;
	case MBEDTLS_ERR_SSL_INVALID_MAC:
		buf_text(out, "a record cannot be decrypted");
		return;
	case MBEDTLS_ERR_SSL_BAD_INPUT_DATA:
	case MBEDTLS_ERR_ERROR_CORRUPTION_DETECTED: /* the buffer is full */
		if (state(t) != MBEDTLS_SSL_SERVER_HELLO)
			buf_text(out,
			         "a message, such as the certificates, is over "
			         "16 KiB");
		else
			put_fault(out, t, error);
		return;
	default:
		put_fault(out, t, error);
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
	       error == MBEDTLS_ERR_NET_CONN_RESET;
}

/* No TLS, or none that patrm speaks. */
static bool
is_foreign(const struct tls *t, int error)
{
	return error == MBEDTLS_ERR_SSL_BAD_PROTOCOL_VERSION ||
	       (error == MBEDTLS_ERR_SSL_FATAL_ALERT_MESSAGE &&
	        alert_number(t) == MBEDTLS_SSL_ALERT_MSG_PROTOCOL_VERSION) ||
	       (error == MBEDTLS_ERR_SSL_INVALID_RECORD &&
	        state(t) == MBEDTLS_SSL_SERVER_HELLO);
}

/*
 * The signature over the handshake is wrong, or by another kind of key. All
 * that is not about the form of the message is, whatever part of mbedTLS the
 * code is from.
 */
static bool
is_about_proof(const struct tls *t, int error)
{
	if (state(t) != MBEDTLS_SSL_CERTIFICATE_VERIFY &&
	    state(t) != MBEDTLS_SSL_SERVER_KEY_EXCHANGE)
		return false;
	return error == MBEDTLS_ERR_SSL_HANDSHAKE_FAILURE ||
	       error == MBEDTLS_ERR_SSL_PK_TYPE_MISMATCH ||
	       (error > MBEDTLS_ERR_SSL_BAD_CONFIG && error < -0x1000);
}

static bool
fail_handshake(const struct tls *t, int error, struct err *e)
{
	const char *reason;

	if (e->code != ERR_NONE) /* the certificates were judged */
		return false;
	if (is_out_of_memory(error))
		return err_set(e, ERR_TLS_MEMORY, SPAN(""));
	if (is_broken(error))
		return fail(t, ERR_TLS_BROKEN, error, e);
	/* Its way to say that a server of TLS 1.3 has no certificate. */
	if (error == MBEDTLS_ERR_SSL_FATAL_ALERT_MESSAGE && alert_number(t) < 0)
		error = MBEDTLS_ERR_SSL_BAD_CERTIFICATE;
	if (is_foreign(t, error))
		return err_set(e, ERR_TLS_VERSION, SPAN(""));
	if (error == MBEDTLS_ERR_SSL_FATAL_ALERT_MESSAGE)
		return fail(t, ERR_TLS_ALERT, error, e);
	if (is_about_proof(t, error))
		return err_set(e, ERR_TLS_PROOF, SPAN(""));
	reason = mbedtls_port_certificate_reason(error);
	if (reason != NULL)
		return err_set(e, ERR_CERT_FORM, span_of(reason));
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
	t->mute = t->reading = false;
	d = deadline_for(d, "the TLS handshake");
	t->deadline = d;
	t->err = e;
	/*
	 * mbedTLS would look for an address among the DNS names, and send it
	 * as a name, which RFC 6066 section 3 forbids: so verify compares it.
	 */
	error = mbedtls_ssl_set_hostname(
		&t->ssl, verify->is_address ? NULL : verify->host);
	while (error == 0 && !mbedtls_ssl_is_handshake_over(&t->ssl)) {
		error = mbedtls_ssl_handshake_step(&t->ssl);
		if (error == 0 && has_no_keys(t))
			return err_set(e, ERR_TLS_KEYLESS, SPAN(""));
		if (await(t, error, d, e))
			error = 0;
	}
	return error == 0 || fail_handshake(t, error, e);
}

bool
tls_write(struct tls *t, struct span bytes, struct deadline d, struct err *e)
{
	t->deadline = d;
	t->err = e;
	t->reading = false;
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
	t->reading = true;
	for (;;) {
		int got;

		forget_empty_records(t);
		got = mbedtls_ssl_read(&t->ssl, into->at, into->cap);
		if (got > 0) {
			into->len = (size_t)got;
			return NET_DATA;
		}
		if (got == MBEDTLS_ERR_SSL_PEER_CLOSE_NOTIFY)
			return NET_END;
		if (got == 0 || await(t, got, d, e))
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
