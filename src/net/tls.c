/* SPDX-License-Identifier: MIT */
/* TLS 1.2 and 1.3 over a connected socket, by mbedTLS. */
#include "net/tls.h"

#include <errno.h>
#include <mbedtls/error.h>
#include <mbedtls/net_sockets.h>
#include <mbedtls/psa_util.h>
#include <mbedtls/ssl.h>
#include <psa/crypto.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/fmt.h"
#include "net/credential.h"
#include "net/random.h"

struct tls {
	mbedtls_ssl_context ssl;
	mbedtls_ssl_config config;
	struct verify *verify;
	int fd;
	int error; /* errno of the last system call that failed, or 0 */
	struct deadline deadline; /* of the call at hand */
	struct err *err; /* and where its error goes */
	bool mute; /* a record is stuck half-way: nothing more may leave */
	bool asked; /* by the server, for the client's certificate */
	bool left; /* it has gone since: what is sent does not arrive */
	bool reading; /* what leaves now is a courtesy, such as a warning */

	bool drained; /* the socket had less than was asked of it */
	struct span ahead; /* what came with what mbedTLS has asked for */
	struct span flight; /* what is to leave before anything is awaited */
	uint8_t in[TLS_AHEAD];
	uint8_t out[TLS_FLIGHT];
};

static struct tls connection;

/* --- What mbedTLS has no function for --- */

/* The one place that reads or writes its private fields. */
#define FIELD(t, name) ((t)->ssl.MBEDTLS_PRIVATE(name))

/*
 * RFC 8446 section 6: the fatal alert that has ended the session, which is
 * still there; -1 where it was none, though mbedTLS says so.
 */
static int alert_number(const struct tls *t)
{
	if (FIELD(t, in_msgtype) != MBEDTLS_SSL_MSG_ALERT)
		return -1;
	return FIELD(t, in_msg)[1];
}

/* One of mbedtls_ssl_states: what is sent or awaited next. */
static int state(const struct tls *t)
{
	return FIELD(t, state);
}

/*
 * Whether it takes records of TLS 1.3 as they are where they must be encrypted:
 * after a ServerHello that is no HelloRetryRequest (RFC 8446 section 2).
 * mbedTLS 3.6.7 does after one without supported_versions that gives 0x0304 as
 * its legacy_version, and goes on to keys made of zeros (CVE-2026-115490).
 */
static bool has_no_keys(const struct tls *t)
{
	switch (state(t)) {
	case MBEDTLS_SSL_HELLO_REQUEST:
	case MBEDTLS_SSL_CLIENT_HELLO:
	case MBEDTLS_SSL_CLIENT_CCS_BEFORE_2ND_CLIENT_HELLO:
	case MBEDTLS_SSL_SERVER_HELLO:
		return false;
	default:
		return mbedtls_ssl_get_version_number(&t->ssl) ==
		               MBEDTLS_SSL_VERSION_TLS1_3 &&
		       FIELD(t, transform_in) == NULL;
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
__typeof__(mbedtls_ssl_tls13_check_received_extension) tls_check_extension;

int tls_check_extension(mbedtls_ssl_context *ssl, int message, unsigned type,
                        uint32_t allowed)
{
	if (message == -MBEDTLS_SSL_HS_SERVER_HELLO &&
	    type == MBEDTLS_TLS_EXT_COOKIE)
		return 0;
	return mbedtls_ssl_tls13_check_received_extension(ssl, message, type,
	                                                  allowed);
}

/* --- What mbedTLS asks of its surroundings --- */

/* tls_setup has made sure that there are some: no wait, nor an error. */
psa_status_t
mbedtls_psa_external_get_random(mbedtls_psa_external_random_context_t *unused,
                                uint8_t *out, size_t size, size_t *made)
{
	const struct deadline at_once = { 0 };
	struct err e = { 0 };

	(void)unused;
	*made = size;
	return random_fill(out, size, at_once, &e)
	               ? PSA_SUCCESS
	               : PSA_ERROR_INSUFFICIENT_ENTROPY;
}

/* Nothing of it will leave any more. */
static void drop_flight(struct tls *t)
{
	t->flight = (struct span){ t->out, 0 };
}

/*
 * Sends what was collected, and with MSG_MORE as flags keeps the last of it
 * from being a segment of its own. Whole flights make TCP_NODELAY needless:
 * nothing small leaves while something small is under way.
 */
static int send_flight(struct tls *t, int flags)
{
	while (t->flight.len > 0) {
		ssize_t sent = send(t->fd, t->flight.at, t->flight.len,
		                    MSG_NOSIGNAL | flags);

		if (sent >= 0) {
			t->flight = span_skip(t->flight, (size_t)sent);
			t->drained = true; /* no answer is there yet */
			continue;
		}
		if (errno == EINTR)
			continue;
		if (errno == EAGAIN)
			return MBEDTLS_ERR_SSL_WANT_WRITE;
		drop_flight(t);
		/* An answer that has come is not lost if the peer has left. */
		if (t->reading)
			break;
		t->error = errno;
		/* Who does not like the client's certificate has said so. */
		t->left = t->asked && (errno == EPIPE || errno == ECONNRESET);
		return t->left ? 0 : MBEDTLS_ERR_NET_SEND_FAILED;
	}
	drop_flight(t);
	return 0;
}

/* Any record has room where nothing else is (TLS_FLIGHT). */
static int send_record(void *ctx, const unsigned char *bytes, size_t size)
{
	struct tls *t = ctx;
	size_t used = (size_t)(t->flight.at - t->out) + t->flight.len;
	int error = 0;

	if (size > sizeof(t->out) - used) {
		error = send_flight(t, MSG_MORE);
		used = 0;
	}
	if (error != 0)
		return error;
	if (size > sizeof(t->out))
		return MBEDTLS_ERR_NET_SEND_FAILED;
	memcpy(t->out + used, bytes, size);
	t->flight.len += size;
	return (int)size;
}

/*
 * What is there of the connection, but not before what is to be answered has
 * left; and not without a wait where nothing can be there.
 */
static int receive(struct tls *t, uint8_t *into, size_t room)
{
	int error = send_flight(t, 0);
	ssize_t got;

	if (error == 0 && t->drained) {
		t->drained = false;
		error = MBEDTLS_ERR_SSL_WANT_READ;
	}
	if (error != 0)
		return error;
	/* mbedTLS skips some records, and asks for more without a pause. */
	if (!wait_not_over(t->deadline, t->err))
		return MBEDTLS_ERR_SSL_TIMEOUT;
	do
		got = recv(t->fd, into, room, 0);
	while (got < 0 && errno == EINTR);
	if (got > 0) {
		t->drained = (size_t)got < room;
		return (int)got;
	}
	/* Not 0, which mbedtls_ssl_read also gives for an empty record. */
	if (got == 0)
		return MBEDTLS_ERR_NET_CONN_RESET;
	if (errno == EAGAIN)
		return MBEDTLS_ERR_SSL_WANT_READ;
	t->error = errno;
	return MBEDTLS_ERR_NET_RECV_FAILED;
}

/* For less than there is room for ahead, all that is there is received. */
static int receive_record(void *ctx, unsigned char *bytes, size_t size)
{
	struct tls *t = ctx;
	int got;

	if (t->ahead.len == 0 && size >= sizeof(t->in))
		return receive(t, bytes, size);
	if (t->ahead.len == 0) {
		got = receive(t, t->in, sizeof(t->in));
		if (got < 0)
			return got;
		t->ahead = (struct span){ t->in, (size_t)got };
	}
	if (size > t->ahead.len)
		size = t->ahead.len;
	memcpy(bytes, t->ahead.at, size);
	t->ahead = span_skip(t->ahead, size);
	return (int)size; /* at most a record */
}

/* --- Set-up --- */

static bool configure(struct tls *t)
{
	/* mbedTLS insists on a root to trust; this one has signed nothing. */
	static mbedtls_x509_crt nobody;

	mbedtls_ssl_init(&t->ssl);
	mbedtls_ssl_set_bio(&t->ssl, t, send_record, receive_record, NULL);
	mbedtls_ssl_config_init(&t->config);
	if (mbedtls_ssl_config_defaults(&t->config, MBEDTLS_SSL_IS_CLIENT,
	                                MBEDTLS_SSL_TRANSPORT_STREAM,
	                                MBEDTLS_SSL_PRESET_DEFAULT) != 0)
		return false;
	mbedtls_ssl_conf_min_tls_version(&t->config,
	                                 MBEDTLS_SSL_VERSION_TLS1_2);
	mbedtls_ssl_conf_rng(&t->config, mbedtls_psa_get_random, NULL);
	mbedtls_ssl_conf_authmode(&t->config, MBEDTLS_SSL_VERIFY_REQUIRED);
	mbedtls_ssl_conf_ca_chain(&t->config, &nobody, NULL);
	return credential_offer(&t->config) &&
	       mbedtls_ssl_setup(&t->ssl, &t->config) == 0;
}

struct tls *tls_setup(struct verify *verify, struct deadline d, struct err *e)
{
	uint8_t byte;

	connection.verify = verify;
	if (!random_fill(&byte, sizeof(byte), d, e))
		return NULL;
	if (psa_crypto_init() == PSA_SUCCESS && configure(&connection))
		return &connection;
	err_set(e, ERR_TLS_SETUP, "mbedTLS has failed");
	return NULL;
}

/* --- What went wrong --- */

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* RFC 8446 section 6.2; those that a client may see. */
#define ALERTS(X) \
	X(10, "unexpected_message") \
	X(20, "bad_record_mac") \
	X(22, "record_overflow") \
	X(40, "handshake_failure") \
	X(42, "bad_certificate") \
	X(43, "unsupported_certificate") \
	X(44, "certificate_revoked") \
	X(45, "certificate_expired") \
	X(46, "certificate_unknown") \
	X(47, "illegal_parameter") \
	X(48, "unknown_ca") \
	X(49, "access_denied") \
	X(50, "decode_error") \
	X(51, "decrypt_error") \
	X(70, "protocol_version") \
	X(71, "insufficient_security") \
	X(80, "internal_error") \
	X(86, "inappropriate_fallback") \
	X(90, "user_canceled") \
	X(109, "missing_extension") \
	X(110, "unsupported_extension") \
	X(112, "unrecognized_name") \
	X(116, "certificate_required") \
	X(120, "no_application_protocol")

/* The message that the server owes, or has just sent, in each state. */
#define MESSAGES(X) \
	X(MBEDTLS_SSL_SERVER_HELLO, "ServerHello") \
	X(MBEDTLS_SSL_ENCRYPTED_EXTENSIONS, "EncryptedExtensions") \
	X(MBEDTLS_SSL_CERTIFICATE_REQUEST, "CertificateRequest") \
	X(MBEDTLS_SSL_SERVER_CERTIFICATE, "Certificate") \
	X(MBEDTLS_SSL_SERVER_KEY_EXCHANGE, "ServerKeyExchange") \
	X(MBEDTLS_SSL_CLIENT_KEY_EXCHANGE, "ServerKeyExchange") \
	X(MBEDTLS_SSL_CERTIFICATE_VERIFY, "CertificateVerify") \
	X(MBEDTLS_SSL_SERVER_FINISHED, "Finished")

#define NUMBER(number, name) number,
#define NAME(number, name) name "\0"
static const uint8_t alert_numbers[] = { ALERTS(NUMBER) };
static const char alert_names[] = ALERTS(NAME);
static const uint8_t message_states[] = { MESSAGES(NUMBER) };
static const char message_names[] = MESSAGES(NAME);

static const char *find_name(const uint8_t *numbers, size_t count,
                             const char *names, int number)
{
	for (size_t i = 0; i < count; i++)
		if (numbers[i] == number)
			return span_nth(names, i);
	return NULL;
}

#define NOT_ALLOWED " has a value that is not allowed"

/*
 * What errors of mbedTLS mean: for the handshake, and as a sentence, which is
 * about the message at hand where it begins with a blank.
 */
#define MEANINGS(X) \
	X(MBEDTLS_ERR_SSL_ALLOC_FAILED, ERR_TLS_MEMORY, "") \
	X(MBEDTLS_ERR_X509_ALLOC_FAILED, ERR_TLS_MEMORY, "") \
	X(MBEDTLS_ERR_MPI_ALLOC_FAILED, ERR_TLS_MEMORY, "") \
	X(MBEDTLS_ERR_PK_ALLOC_FAILED, ERR_TLS_MEMORY, "") \
	X(MBEDTLS_ERR_ECP_ALLOC_FAILED, ERR_TLS_MEMORY, "") \
	X(MBEDTLS_ERR_MD_ALLOC_FAILED, ERR_TLS_MEMORY, "") \
	/* What another attempt may not meet again. */ \
	X(MBEDTLS_ERR_NET_SEND_FAILED, ERR_TLS_BROKEN, "") \
	X(MBEDTLS_ERR_NET_RECV_FAILED, ERR_TLS_BROKEN, "") \
	X(MBEDTLS_ERR_NET_CONN_RESET, ERR_TLS_BROKEN, \
	  "the server closed the connection") \
	X(MBEDTLS_ERR_SSL_FATAL_ALERT_MESSAGE, ERR_TLS_ALERT, "") \
	X(MBEDTLS_ERR_SSL_BAD_CERTIFICATE, ERR_CERT_FORM, \
	  "the server has sent none") \
	X(MBEDTLS_ERR_X509_INVALID_FORMAT, ERR_CERT_FORM, \
	  "its key is malformed") \
	X(MBEDTLS_ERR_SSL_PEER_CLOSE_NOTIFY, 0, \
	  "the server ended the session") \
	X(MBEDTLS_ERR_SSL_INVALID_MAC, 0, "a record cannot be decrypted") \
	X(MBEDTLS_ERR_SSL_DECODE_ERROR, 0, " is malformed") \
	X(MBEDTLS_ERR_SSL_ILLEGAL_PARAMETER, 0, NOT_ALLOWED) \
	X(MBEDTLS_ERR_SSL_FEATURE_UNAVAILABLE, 0, NOT_ALLOWED) \
	X(MBEDTLS_ERR_SSL_UNSUPPORTED_EXTENSION, 0, \
	  " has an extension that was not offered") \
	X(MBEDTLS_ERR_SSL_HANDSHAKE_FAILURE, 0, \
	  " does not match the handshake so far") \
	X(MBEDTLS_ERR_SSL_UNEXPECTED_MESSAGE, 0, " is not what belongs there") \
	X(MBEDTLS_ERR_SSL_INVALID_RECORD, 0, \
	  " is in a record that TLS does not allow")

#define ERROR(error, code, text) { error, code },
#define TEXT(error, code, text) text "\0"
static const struct {
	int16_t error;
	uint8_t code; /* 0: ERR_TLS_HANDSHAKE */
} meanings[] = { MEANINGS(ERROR){ 0, 0 } };
static const char meaning_texts[] = MEANINGS(TEXT);

/* The last one, without a text, for all that are not known. */
static size_t find_meaning(int error)
{
	size_t i = 0;

	while (meanings[i].error != error && meanings[i].error != 0)
		i++;
	return i;
}

static void put_alert(struct buf *out, const struct tls *t)
{
	int number = alert_number(t);
	const char *name = find_name(alert_numbers, COUNT(alert_numbers),
	                             alert_names, number);

	fmt_put(out, "alert %s", name != NULL ? name : "number ");
	if (name == NULL)
		fmt_uint(out, (unsigned)number);
	if (t->asked)
		fmt_put(out, ", having %s client certificate",
		        credential_is_given() ? "got the" : "asked for a");
}

/* What is wrong with the message at hand; with "", which is not known. */
static void put_fault(struct buf *out, const struct tls *t, int error,
                      const char *fault)
{
	const char *name = find_name(message_states, COUNT(message_states),
	                             message_names, state(t));

	/* No secret comes of its key, whatever the code; or no suite. */
	if (state(t) == MBEDTLS_SSL_CLIENT_KEY_EXCHANGE ||
	    error == MBEDTLS_ERR_SSL_BAD_INPUT_DATA)
		fault = NOT_ALLOWED;
	fmt_put(out, "its %s%s", name != NULL ? name : "message", fault);
	if (*fault == '\0') {
		buf_text(out, " cannot be used (mbedTLS -0x");
		fmt_hex(out, (uint32_t)-error, 4);
		buf_byte(out, ')');
	}
}

/* What is known of an error of mbedTLS, for the sentence. */
static void put_reason(struct buf *out, const struct tls *t, int error)
{
	const char *text = span_nth(meaning_texts, find_meaning(error));

	if (error == MBEDTLS_ERR_SSL_FATAL_ALERT_MESSAGE)
		put_alert(out, t);
	else if (error == MBEDTLS_ERR_NET_SEND_FAILED ||
	         error == MBEDTLS_ERR_NET_RECV_FAILED)
		err_put_errno(out, t->error);
	else if ((error == MBEDTLS_ERR_SSL_BAD_INPUT_DATA ||
	          error == MBEDTLS_ERR_ERROR_CORRUPTION_DETECTED) &&
	         state(t) != MBEDTLS_SSL_SERVER_HELLO) /* its buffer is full */
		buf_text(out, "a message, such as the certificates, is over "
		              "16 KiB");
	else if (*text != '\0' && *text != ' ')
		buf_text(out, text);
	else
		put_fault(out, t, error, text);
}

/* Sets the error, unless a wait has. */
static bool fail(const struct tls *t, enum err_code code, int error)
{
	BUF_ON_STACK(reason, 128);

	put_reason(&reason, t, error);
	return err_set_span(t->err, code, buf_written(&reason));
}

/* No TLS, or none that patrm speaks. */
static bool is_foreign(const struct tls *t, int error)
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
static bool is_about_proof(const struct tls *t, int error)
{
	if (state(t) != MBEDTLS_SSL_CERTIFICATE_VERIFY &&
	    state(t) != MBEDTLS_SSL_SERVER_KEY_EXCHANGE)
		return false;
	return error == MBEDTLS_ERR_SSL_HANDSHAKE_FAILURE ||
	       error == MBEDTLS_ERR_SSL_PK_TYPE_MISMATCH ||
	       (error > MBEDTLS_ERR_SSL_BAD_CONFIG && error < -0x1000);
}

static bool fail_handshake(const struct tls *t, int error)
{
	struct err *e = t->err;
	enum err_code code;

	if (e->code != ERR_NONE) /* the certificates were judged */
		return false;
	/* Its way to say that a server of TLS 1.3 has no certificate. */
	if (error == MBEDTLS_ERR_SSL_FATAL_ALERT_MESSAGE && alert_number(t) < 0)
		error = MBEDTLS_ERR_SSL_BAD_CERTIFICATE;
	code = (enum err_code)meanings[find_meaning(error)].code;
	if (code == ERR_TLS_MEMORY)
		return err_set(e, code, NULL);
	if (is_foreign(t, error))
		return err_set(e, ERR_TLS_VERSION, NULL);
	if (is_about_proof(t, error))
		return err_set(e, ERR_TLS_PROOF, NULL);
	if (code == ERR_TLS_ALERT && t->asked)
		code = ERR_CLIENT_REFUSED;
	return fail(t, code != 0 ? code : ERR_TLS_HANDSHAKE, error);
}

/* --- Certificates --- */

/*
 * What mbedTLS calls in the place of mbedtls_x509_crt_parse_der and
 * mbedtls_x509_crt_verify_restartable; see the Makefile. If it calls those
 * after all, it trusts nobody. The chain becomes the server's key, and nothing
 * else is put into it.
 */
__typeof__(mbedtls_x509_crt_parse_der) tls_take_certificate;
__typeof__(mbedtls_x509_crt_verify_restartable) tls_judge_server;

int tls_take_certificate(mbedtls_x509_crt *chain, const unsigned char *der,
                         size_t len)
{
	struct span key = { NULL, 0 };
	bool is_first = chain->version == 0;
	unsigned char *at;
	int error;

	if (!verify_take(connection.verify, (struct span){ der, len }, &key))
		return MBEDTLS_ERR_X509_INVALID_FORMAT;
	if (!is_first)
		return 0;
	at = (unsigned char *)(uintptr_t)key.at; /* mbedTLS only reads it */
	chain->pk_raw.p = at;
	chain->pk_raw.len = key.len;
	mbedtls_pk_init(&chain->pk);
	error = mbedtls_pk_parse_subpubkey(&at, at + key.len, &chain->pk);
	if (error != 0)
		return meanings[find_meaning(error)].code == ERR_TLS_MEMORY
		               ? error
		               : MBEDTLS_ERR_X509_INVALID_FORMAT;
	chain->version = 3; /* it is in use */
	return 0;
}

int tls_judge_server(mbedtls_x509_crt *chain, mbedtls_x509_crt *trusted,
                     mbedtls_x509_crl *revoked,
                     const mbedtls_x509_crt_profile *profile, const char *name,
                     uint32_t *flags,
                     int (*show)(void *, mbedtls_x509_crt *, int, uint32_t *),
                     void *context, mbedtls_x509_crt_restart_ctx *restart)
{
	const struct span key = { chain->pk_raw.p, chain->pk_raw.len };

	(void)trusted;
	(void)revoked;
	(void)profile;
	(void)name;
	(void)show;
	(void)context;
	(void)restart;
	*flags = 0;
	if (verify_judge(connection.verify, key))
		return 0;
	*flags = MBEDTLS_X509_BADCERT_OTHER;
	return MBEDTLS_ERR_X509_CERT_VERIFY_FAILED;
}

/* --- Connections --- */

/*
 * Whether an error only means that the socket was not ready, once it is;
 * otherwise e is set, or is left to the caller where no wait had to fail.
 */
static bool await(const struct tls *t, int error)
{
	/* After some warnings mbedTLS asks to be called again, for no reason. */
	if (error == MBEDTLS_ERR_SSL_WANT_READ)
		return t->ahead.len > 0 ||
		       wait_file(t->fd, POLLIN, t->deadline, t->err);
	if (error == MBEDTLS_ERR_SSL_WANT_WRITE)
		return wait_file(t->fd, POLLOUT, t->deadline, t->err);
	return false;
}

bool tls_connect(struct tls *t, int fd, struct deadline d, struct err *e)
{
	const struct verify *verify = t->verify;
	int error;

	/* What the last one has left. */
	if (state(t) != MBEDTLS_SSL_HELLO_REQUEST &&
	    mbedtls_ssl_session_reset(&t->ssl) != 0)
		return err_set(e, ERR_TLS_MEMORY, NULL);
	t->fd = fd;
	t->error = 0;
	t->mute = t->reading = t->asked = t->left = t->drained = false;
	t->ahead = (struct span){ t->in, 0 };
	drop_flight(t);
	t->deadline = deadline_for(d, "the TLS handshake");
	t->err = e;
	/*
	 * mbedTLS would look for an address among the DNS names, and send it
	 * as a name, which RFC 6066 section 3 forbids: so verify compares it.
	 */
	error = mbedtls_ssl_set_hostname(
		&t->ssl, verify->is_address ? NULL : verify->host);
	while (error == 0 && !mbedtls_ssl_is_handshake_over(&t->ssl)) {
		bool may_ask = state(t) == MBEDTLS_SSL_CERTIFICATE_REQUEST;

		error = mbedtls_ssl_handshake_step(&t->ssl);
		if (may_ask &&
		    FIELD(t, in_msg)[0] == MBEDTLS_SSL_HS_CERTIFICATE_REQUEST)
			t->asked = true;
		if (error == 0 && has_no_keys(t))
			return err_set(e, ERR_TLS_KEYLESS, NULL);
		if (await(t, error))
			error = 0;
	}
	/* Who does not like the certificate may say so before the request. */
	while (error == 0 && t->asked) {
		error = send_flight(t, 0);
		if (error == 0)
			break;
		if (await(t, error))
			error = 0;
	}
	return error == 0 || fail_handshake(t, error);
}

bool tls_is_quiet(const struct tls *t)
{
	return t->ahead.len == 0;
}

static bool fail_send(struct tls *t, int error)
{
	enum err_code code = ERR_SEND;
	uint8_t byte;

	t->mute = true;
	if (t->left) {
		t->drained = false; /* what is there now is all there will be */
		error = mbedtls_ssl_read(&t->ssl, &byte, sizeof(byte));
		if (error == MBEDTLS_ERR_SSL_FATAL_ALERT_MESSAGE)
			code = ERR_CLIENT_REFUSED;
		else
			error = MBEDTLS_ERR_NET_SEND_FAILED;
	}
	return fail(t, code, error);
}

bool tls_write(struct tls *t, struct span bytes, struct deadline d,
               struct err *e)
{
	bool done = false;

	t->deadline = d;
	t->err = e;
	t->reading = false;
	while (!done) {
		bool is_last = bytes.len == 0;
		int sent = is_last ? send_flight(t, 0)
		                   : mbedtls_ssl_write(&t->ssl, bytes.at,
		                                       bytes.len);

		done = is_last && sent == 0;
		if (t->left || (sent <= 0 && !done && !await(t, sent)))
			return fail_send(t, sent);
		if (sent > 0)
			bytes = span_skip(bytes, (size_t)sent);
	}
	return true;
}

enum net_input tls_read(struct tls *t, struct buf *into, struct deadline d,
                        struct err *e)
{
	t->deadline = d;
	t->err = e;
	t->reading = true;
	for (;;) {
		int got;

		/* It gives up at the fourth empty one; they are allowed. */
		FIELD(t, nb_zero) = 0;
		got = mbedtls_ssl_read(&t->ssl, into->at, into->cap);
		if (got > 0) {
			into->len = (size_t)got;
			return NET_DATA;
		}
		if (got == MBEDTLS_ERR_SSL_PEER_CLOSE_NOTIFY)
			return NET_END;
		if (got == 0 || await(t, got))
			continue;
		fail(t,
		     t->asked && got == MBEDTLS_ERR_SSL_FATAL_ALERT_MESSAGE
		             ? ERR_CLIENT_REFUSED_LATE
		             : ERR_RECEIVE,
		     got);
		return NET_FAILED;
	}
}

void tls_close(struct tls *t)
{
	/*
	 * A courtesy: whether it leaves changes nothing for patrm. But mbedTLS
	 * would send what is left of a request first, which has failed by now.
	 */
	if (!t->mute) {
		(void)mbedtls_ssl_close_notify(&t->ssl);
		(void)send_flight(t, 0);
	}
}

void tls_describe(const struct tls *t, struct buf *out)
{
	fmt_put(out, "%s, %s", mbedtls_ssl_get_version(&t->ssl),
	        mbedtls_ssl_get_ciphersuite(&t->ssl));
}
